// SPDX-License-Identifier: Apache-2.0
import { beforeEach, describe, expect, test } from "vitest";
import { type Part, Parts } from "./parts.js";

const part = (first: number, next: number): Part => ({ first, next, source: { file: `${first}-${next}` } });

let errors: string[];
let parts: Parts;

beforeEach(() => {
  errors = [];
  parts = new Parts((error) => errors.push(error.message));
});

/** A removal that ends when it is told to. */
function slow() {
  const end = { finish: (): void => undefined, fail: (_error: Error): void => undefined };
  const removal = new Promise<void>((resolve, reject) =>
    Object.assign(end, { finish: resolve, fail: reject }),
  );
  return { remove: () => removal, end };
}

/** Whether the promise is settled by the time everything that was ready has run. */
async function isSettled(promise: Promise<unknown>): Promise<boolean> {
  const turn = new Promise<false>((resolve) => setImmediate(() => resolve(false)));
  return Promise.race([promise.then(() => true as const), turn]);
}

describe("what is replaced is removed", () => {
  test("and `removed` waits for it", async () => {
    const [one, two] = [part(0, 10), part(10, 20)];
    parts.extend(one);
    parts.extend(two);
    const { remove, end } = slow();
    parts.replace([one, two], part(0, 20), remove);
    const removed = parts.removed();
    expect(await isSettled(removed)).toBe(false);
    end.finish();
    expect(await isSettled(removed)).toBe(true);
    expect(errors).toEqual([]);
  });

  test("a removal that fails is reported, and holds nobody up", async () => {
    parts.extend(part(0, 10));
    const { remove, end } = slow();
    parts.drop(parts.list, remove);
    end.fail(new Error("EPERM"));
    await parts.removed();
    expect(errors).toEqual(["EPERM"]);
    expect(parts.indexed).toBe(10);
  });

  test("but not while a search reads it, and `removed` does not wait for the search", async () => {
    const one = part(0, 10);
    parts.extend(one);
    const snapshot = parts.snapshot();
    const gone: Part[] = [];
    parts.drop([one], (each) => {
      gone.push(each);
      return Promise.resolve();
    });
    await parts.removed();
    expect(gone).toEqual([]);
    snapshot.release();
    await parts.removed();
    expect(gone).toEqual([one]);
  });
});

// SPDX-License-Identifier: Apache-2.0
import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { emptyRoot } from "@telltale/merkle";
import { tempDir } from "@telltale/testkit";
import { afterAll, describe, expect, it } from "vitest";
import { nodeFileSystem } from "./fs.js";
import { createSigner } from "./keys.js";
import { repairPublished } from "./publish.js";

const dir = tempDir("published");
const { signer } = createSigner("test/0123456789abcdef0123456789abcdef");
const record = (size: number): Buffer => Buffer.from(`${signer.signCheckpoint(size, emptyRoot())}\n`);
const RECORDS = [record(1), record(2), record(3)];

afterAll(() => dir.dispose());

/** What is left of a file of these bytes, and what its newest checkpoint is said to be. */
async function repair(bytes: Buffer): Promise<{ left: Buffer; newest: number }> {
  const file = path.join(dir.path, "checkpoints");
  writeFileSync(file, bytes);
  const newest = await repairPublished(nodeFileSystem, file);
  return { left: readFileSync(file), newest };
}

describe("the file of published checkpoints", () => {
  it("is left as it is where it is whole", async () => {
    const whole = Buffer.concat(RECORDS);
    expect(await repair(whole)).toEqual({ left: whole, newest: 3 });
    expect(await repair(Buffer.alloc(0))).toEqual({ left: Buffer.alloc(0), newest: -1 });
  });

  it("loses the record whose end is missing, wherever it is cut", async () => {
    const whole = Buffer.concat(RECORDS);
    const two = Buffer.concat(RECORDS.slice(0, 2));
    for (let cut = two.length + 1; cut < whole.length; cut++)
      expect(await repair(whole.subarray(0, cut))).toEqual({ left: two, newest: 2 });
  });

  it("loses the record in which a power cut left a hole, and those behind it", async () => {
    for (const [at, left] of RECORDS.entries()) {
      for (const [from, to] of [
        [0, 10],
        [40, 60],
      ]) {
        const holed = RECORDS.map((each) => Buffer.from(each));
        holed[at]?.fill(0, from, to);
        const kept = Buffer.concat(RECORDS.slice(0, at));
        expect(await repair(Buffer.concat(holed)), `${left.length}`).toEqual({
          left: kept,
          newest: at === 0 ? -1 : at,
        });
      }
    }
  });

  it("keeps what is wrong in another way: a verifier has to see it", async () => {
    const changed = Buffer.concat(RECORDS);
    changed[RECORDS[0]!.length + 45]! ^= 1;
    expect((await repair(changed)).left).toEqual(changed);
  });
});

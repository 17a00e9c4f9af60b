// SPDX-License-Identifier: Apache-2.0
import { afterEach, beforeEach, expect, test } from "vitest";
import { type Collector, createCollector } from "../test/collector.js";
import { createTelltale, type Telltale } from "./index.js";

let collector: Collector;
let telltale: Telltale;

beforeEach(async () => {
  collector = await createCollector();
  telltale = createTelltale({ app: "shop", url: collector.url, key: "k", batch: { ms: 5 } });
});

afterEach(async () => {
  await telltale.close(0);
  await collector.close();
});

test("a function's result is unchanged and its success recorded", async () => {
  const double = telltale.audit("doubled", (n: number) => n * 2, {
    details: (n) => ({ targets: [{ type: "number", id: String(n) }], level: "warn" }),
  });
  expect(double(21)).toBe(42);
  await telltale.flush();
  expect(collector.events).toMatchObject([
    { action: "doubled", outcome: "success", level: "warn", targets: [{ type: "number", id: "21" }] },
  ]);
  expect(collector.events[0]?.data?.durationMs).toBeGreaterThanOrEqual(0);
});

test("what it throws is unchanged and recorded as a failure", async () => {
  const error = Object.assign(new Error("token=abcdefghijklmnop"), { code: "E_NO" });
  const fail = telltale.audit("tried", () => {
    throw error;
  });
  expect(fail).toThrow(error);
  const reject = telltale.audit("tried_later", () => Promise.reject(error));
  await expect(reject()).rejects.toBe(error);
  await telltale.flush();
  expect(collector.events).toMatchObject([
    { action: "tried", outcome: "failure", reason: "E_NO" },
    { action: "tried_later", outcome: "failure", reason: "E_NO" },
  ]);
  expect(JSON.stringify(collector.events)).not.toContain("abcdefghijklmnop");
});

test("an asynchronous function is recorded when it ends, with the context of its call", async () => {
  const work = telltale.audit("worked", async (ms: number) => {
    await new Promise((resolve) => setTimeout(resolve, ms));
    return "done";
  });
  const results = await telltale.run({ actor: { type: "service", id: "cron" } }, () =>
    Promise.all([work(20), work(1)]),
  );
  expect(results).toEqual(["done", "done"]);
  await telltale.flush();
  expect(collector.events).toMatchObject([
    { action: "worked", actor: { type: "service", id: "cron" } },
    { action: "worked", actor: { type: "service", id: "cron" } },
  ]);
  expect(collector.events[1]?.data?.durationMs).toBeGreaterThanOrEqual(15);
});

test("`this`, name and a mistake in the details leave the function alone", async () => {
  const object = {
    n: 5,
    read: telltale.audit(
      "read",
      function read(this: { n: number }) {
        return this.n;
      },
      {
        details: () => {
          throw new Error("mistake");
        },
      },
    ),
  };
  expect(object.read()).toBe(5);
  expect(object.read.name).toBe("read");
  await telltale.flush();
  expect(collector.events).toMatchObject([
    { action: "read", outcome: "success", data: { details: "[unreadable]" } },
  ]);
});

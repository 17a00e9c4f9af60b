// SPDX-License-Identifier: Apache-2.0
import { expect, test } from "vitest";
import { callSiteOf } from "./call-site.js";

const OWN = `Error: where am I
    at findCallSite (file:///app/node_modules/@telltale/sdk/dist/index.js:10:17)
    at Core.record (file:///app/node_modules/@telltale/sdk/dist/index.js:300:5)`;

test.each([
  [
    `${OWN}\n    at login (file:///app/src/login.ts:42:13)\n    at main (/app/src/main.ts:1:1)`,
    "src/login.ts:42",
  ],
  [`${OWN}\n    at /app/src/login.js:7:3`, "src/login.js:7"],
  [`${OWN}\n    at async /app/src/login.js:7:3`, "src/login.js:7"],
  [`${OWN}\n    at login (/elsewhere/x.js:7:3)`, "/elsewhere/x.js:7"],
  [
    `${OWN}\n    at new Promise (<anonymous>)\n    at node:internal/process:1:1\n    at f (/app/a (b).js:7:3)`,
    "a (b).js:7",
  ],
  [OWN, undefined],
  ["", undefined],
  [undefined, undefined],
  ["Error: x\n at y\n at (((", undefined],
])("%#", (stack, site) => {
  expect(callSiteOf(stack, "/app")).toBe(site);
});

test("takes a stack of any length in a moment", () => {
  const start = performance.now();
  callSiteOf(`${OWN}\n${"at (".repeat(100_000)}\n${"/".repeat(100_000)}`, "/app");
  expect(performance.now() - start).toBeLessThan(500);
});

test("finds the line of a real call from another folder", () => {
  expect(callSiteOf(new Error("x").stack, "/")).toBeDefined();
});

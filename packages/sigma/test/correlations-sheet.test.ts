// SPDX-License-Identifier: Apache-2.0
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";

const root = fileURLToPath(new URL("../../../", import.meta.url));

it("docs/design/sigma-correlations.md names tests that are there", () => {
  const sheet = readFileSync(`${root}docs/design/sigma-correlations.md`, "utf8");
  const proofs = [...sheet.matchAll(/`(packages\/[^`]+\.test\.ts)`: (.+?)(?=<br>| \|$)/gm)];
  expect(proofs.length).toBeGreaterThan(40);
  const missing = proofs.filter(
    ([, file = "", name = ""]) => !readFileSync(`${root}${file}`, "utf8").includes(name),
  );
  expect(missing.map(([proof]) => proof)).toEqual([]);
});

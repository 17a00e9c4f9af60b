// SPDX-License-Identifier: Apache-2.0
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { createProtector } from "@telltale/protect";
import { describe, expect, it } from "vitest";

const VECTORS =
  process.env["TELLTALE_VECTORS"] ?? fileURLToPath(new URL("../../../../shared/vectors", import.meta.url));

describe("a real log without secrets", () => {
  it("stays as it is, line for line", () => {
    const protector = createProtector();
    const lines = readFileSync(`${VECTORS}/openssh/OpenSSH_2k.log`, "utf8").split("\r\n");
    expect(lines).toHaveLength(2000);
    expect(lines.filter((line) => protector.protectText(line).found.length > 0)).toEqual([]);
  });
});

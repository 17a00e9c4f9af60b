// SPDX-License-Identifier: Apache-2.0
import { existsSync, mkdirSync, mkdtempSync, rmSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { createServer, type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { prepareDemoDir } from "./data-dir.js";
import { findPort } from "./ports.js";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "telltale-demo-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe("prepareDemoDir", () => {
  it("makes a private directory and empties one of an earlier demo", () => {
    const dir = prepareDemoDir(join(folder, "demo"));
    expect(statSync(dir).mode & 0o777).toBe(0o700);
    writeFileSync(join(dir, "old"), "x");
    expect(prepareDemoDir(dir)).toBe(dir);
    expect(existsSync(join(dir, "old"))).toBe(false);
  });
  it("never touches a directory that no demo made", () => {
    const real = join(folder, "real");
    mkdirSync(real);
    writeFileSync(join(real, "state.db"), "precious");
    expect(() => prepareDemoDir(real)).toThrow(expect.objectContaining({ code: "cannotWrite" }));
    expect(existsSync(join(real, "state.db"))).toBe(true);
  });
  it("follows no link and takes no file", () => {
    const demo = prepareDemoDir(join(folder, "demo"));
    symlinkSync(demo, join(folder, "link"));
    writeFileSync(join(folder, "file"), "");
    for (const name of ["link", "file"]) {
      expect(() => prepareDemoDir(join(folder, name))).toThrow(
        expect.objectContaining({ code: "cannotWrite" }),
      );
    }
    expect(existsSync(demo)).toBe(true);
  });
});

describe("findPort", () => {
  it("takes the next port when one is taken", async () => {
    const taken = createServer();
    await new Promise<void>((resolve) => taken.listen(0, "127.0.0.1", resolve));
    const { port } = taken.address() as AddressInfo;
    const found = await findPort(port);
    taken.close();
    expect(found).toBeGreaterThan(port);
    expect(await findPort(0)).toBeGreaterThan(0);
  });
});

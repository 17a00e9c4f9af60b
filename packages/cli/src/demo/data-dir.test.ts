// SPDX-License-Identifier: Apache-2.0
import { spawn } from "node:child_process";
import { once } from "node:events";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { createServer, type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { makeDemoDir, takeDemoDir } from "./data-dir.js";
import { findPort } from "./ports.js";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "telltale-demo-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const refused = expect.objectContaining({ code: "cannotWrite" });

describe("takeDemoDir", () => {
  it("makes a private directory and empties one of an earlier demo", async () => {
    const demo = await takeDemoDir(join(folder, "demo"));
    expect(statSync(demo.path).mode & 0o777).toBe(0o700);
    mkdirSync(join(demo.path, "old"));
    writeFileSync(join(demo.path, "old/file"), "x");
    await demo.release();
    const again = await takeDemoDir(demo.path);
    expect(again.path).toBe(demo.path);
    expect(existsSync(join(demo.path, "old"))).toBe(false);
    await again.release();
  });
  it("refuses the directory of a demo that runs, and leaves it whole", async () => {
    const demo = await takeDemoDir(join(folder, "demo"));
    writeFileSync(join(demo.path, "state.db"), "in use");
    await expect(takeDemoDir(demo.path)).rejects.toThrow("a demo is already running");
    expect(existsSync(join(demo.path, "state.db"))).toBe(true);
    await demo.release();
  });
  it("never touches a directory that no demo made", async () => {
    const real = join(folder, "real");
    mkdirSync(real);
    writeFileSync(join(real, "state.db"), "precious");
    await expect(takeDemoDir(real)).rejects.toThrow(refused);
    expect(readdirSync(real)).toEqual(["state.db"]);
  });
  it("follows no link and takes no file", async () => {
    const demo = await takeDemoDir(join(folder, "demo"));
    await demo.release();
    symlinkSync(demo.path, join(folder, "link"));
    symlinkSync(join(folder, "nothing"), join(folder, "dangling"));
    writeFileSync(join(folder, "file"), "");
    for (const name of ["link", "dangling", "file"]) {
      await expect(takeDemoDir(join(folder, name))).rejects.toThrow(refused);
    }
    expect(existsSync(demo.path)).toBe(true);
  });
});

describe("makeDemoDir", () => {
  it("gives each run a private directory of its own", async () => {
    const one = await makeDemoDir(folder);
    const two = await makeDemoDir(folder);
    expect(two.path).not.toBe(one.path);
    expect(statSync(two.path).mode & 0o777).toBe(0o700);
    expect(existsSync(one.path)).toBe(true);
    await one.release();
    await two.release();
  });
  it("removes what ended demos left, and nothing that is not theirs or still runs", async () => {
    const ended = await makeDemoDir(folder);
    await ended.release();
    const unmarked = join(folder, "telltale-data-demo-mine");
    mkdirSync(unmarked);
    const outside = mkdtempSync(join(folder, "elsewhere-"));
    await (await takeDemoDir(outside)).release();
    symlinkSync(outside, join(folder, "telltale-data-demo-link"));
    const running = await makeDemoDir(folder);
    const now = await makeDemoDir(folder);
    expect(existsSync(ended.path)).toBe(false);
    for (const path of [unmarked, outside, running.path, now.path]) expect(existsSync(path), path).toBe(true);
    await running.release();
    await now.release();
  });
  it("does not take the directory of another process's demo", async () => {
    const demo = await makeDemoDir(folder);
    await demo.release();
    const module = new URL("../../../log/dist/index.js", import.meta.url).href;
    const code = `const { lockDirectory } = await import(${JSON.stringify(module)});
      await lockDirectory(${JSON.stringify(demo.path)}, "main"); process.stdout.write("held"); setInterval(() => {}, 1000);`;
    const child = spawn(process.execPath, ["--input-type=module", "-e", code]);
    try {
      await once(child.stdout, "data");
      const mine = await makeDemoDir(folder);
      expect(existsSync(demo.path)).toBe(true);
      await expect(takeDemoDir(demo.path)).rejects.toThrow("a demo is already running");
      await mine.release();
    } finally {
      child.kill("SIGKILL");
      await once(child, "exit");
    }
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

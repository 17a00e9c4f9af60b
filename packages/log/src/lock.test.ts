// SPDX-License-Identifier: Apache-2.0
import { spawn } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import path from "node:path";
import { tempDir } from "@telltale/testkit";
import { describe, expect, it } from "vitest";
import { lockDirectory } from "./lock.js";
import { codeOf } from "../test/code-of.js";

describe("the lock of a directory", () => {
  it("is taken, refused, freed, taken again; and leaves nothing behind", async () => {
    const dir = tempDir("lock");
    const lock = await lockDirectory(dir.path, "main");
    expect(await codeOf(lockDirectory(dir.path, "main"))).toBe("locked");
    const other = await lockDirectory(dir.path, "other");
    await lock.release();
    await lock.release();
    expect(existsSync(path.join(dir.path, "lock"))).toBe(true);
    await other.release();
    expect(existsSync(path.join(dir.path, "lock"))).toBe(false);
    expect(existsSync(path.join(dir.path, "control.sock"))).toBe(false);
    await (await lockDirectory(dir.path, "main")).release();
    dir.dispose();
  });

  it("survives what a kill -9 leaves behind, a reused process id and nonsense included", async () => {
    const dir = tempDir("lock");
    const boot = existsSync("/proc/sys/kernel/random/boot_id")
      ? readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim()
      : "";
    for (const stale of [
      "",
      "garbage",
      `999999999 1 ${boot}\n`,
      `1 1 ${boot}\n`,
      `${process.pid} 5 other\n`,
    ]) {
      writeFileSync(path.join(dir.path, "lock"), stale);
      writeFileSync(path.join(dir.path, "control.sock"), "");
      const lock = await lockDirectory(dir.path, "main");
      expect(readFileSync(path.join(dir.path, "lock"), "utf8")).toContain(`${process.pid} `);
      await lock.release();
    }
    dir.dispose();
  });

  it("is refused while the process named in it lives, and not any longer", async () => {
    const dir = tempDir("lock");
    const sleeper = spawn("sleep", ["60"]);
    const stat = readFileSync(`/proc/${sleeper.pid}/stat`, "utf8");
    const started = stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19];
    const boot = readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim();
    writeFileSync(path.join(dir.path, "lock"), `${sleeper.pid} ${started} ${boot}\n`);
    await expect(lockDirectory(dir.path, "main")).rejects.toMatchObject({
      code: "locked",
      message: expect.stringContaining(`process ${sleeper.pid}`) as string,
    });
    sleeper.kill("SIGKILL");
    await new Promise((resolve) => sleeper.once("close", resolve));
    await (await lockDirectory(dir.path, "main")).release();
    dir.dispose();
  });

  it("hands over connections to control.sock, also where the path is long", async () => {
    const dir = tempDir(`lock-${"long-".repeat(20)}`);
    const greeting = await new Promise<string>((resolve, reject) => {
      lockDirectory(dir.path, "main", (socket) => socket.end("hello")).then((lock) => {
        const short = path.relative(process.cwd(), path.join(dir.path, "control.sock"));
        const address = short.length < 100 ? short : undefined;
        if (address === undefined) return lock.release().then(() => resolve("hello"), reject);
        const socket = connect(address);
        socket.on("data", (bytes) => void lock.release().then(() => resolve(bytes.toString()), reject));
        return undefined;
      }, reject);
    });
    expect(greeting).toBe("hello");
    expect(existsSync(path.join(dir.path, "control.sock"))).toBe(false);
    dir.dispose();
  });
});

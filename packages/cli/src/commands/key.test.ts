// SPDX-License-Identifier: Apache-2.0
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { openLog, verifyLog } from "@telltale/log";
import { parseConfig, startServer } from "@telltale/server";
import { type TempDir, tempDir, toBatch } from "@telltale/testkit";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { runCommand } from "../../test/test-io.js";

let dir: TempDir;
let data: string;

beforeEach(() => {
  dir = tempDir("cli-key");
  data = join(dir.path, "data");
});
afterEach(() => dir.dispose());

const rotate = (...more: string[]) =>
  runCommand(["key", "rotate", "--data", data, "--reason", "a test", ...more]);

async function newestEvent(headDir?: string): Promise<Record<string, unknown>> {
  const log = await openLog({ dataDir: data, onFatal: () => undefined, ...(headDir && { headDir }) });
  const { bytes } = await log.read(log.size - 1, log.size);
  await log.close();
  return JSON.parse(bytes.toString()) as Record<string, unknown>;
}

describe("telltale key rotate", () => {
  it("on a stopped server's directory, with the head elsewhere, and again", async () => {
    const headDir = join(dir.path, "head");
    const log = await openLog({
      dataDir: data,
      headDir,
      create: { originName: "t" },
      onFatal: () => undefined,
    });
    const { vkey } = log;
    await log.append(toBatch(["{}"]));
    await log.close();
    const without = await rotate();
    expect(without.code).toBe(66);
    const ran = await rotate("--head-dir", headDir);
    expect(ran.code).toBe(0);
    expect(ran.stdout).toBe(readFileSync(join(data, "keys", "main.vkey"), "utf8"));
    expect(await newestEvent(headDir)).toMatchObject({
      via: "telltale",
      action: "log_key_changed",
      reason: "rotated",
      actor: { type: "system" },
      data: { from: vkey, to: ran.stdout.trimEnd(), why: "a test" },
    });
    const again = await rotate("--head-dir", headDir, "--json");
    expect(JSON.parse(again.stdout)).toMatchObject({ from: ran.stdout.trimEnd() });
    expect(await verifyLog({ dataDir: data, headDir, vkey })).toMatchObject({ verdict: "intact", size: 3 });
    const checked = await runCommand(["verify", "--data", data, "--head-dir", headDir, "--vkey", vkey]);
    expect(checked.code).toBe(0);
  });

  it("asks the server while one runs, which goes on and publishes its keys", async () => {
    const server = await startServer(
      parseConfig({
        dataDir: data,
        port: "0",
        logLevel: "silent",
        publicLog: "true",
        learn: "false",
        workers: "1",
      }),
    );
    try {
      const before = readFileSync(join(data, "keys", "main.vkey"), "utf8");
      const ran = await rotate();
      expect({ code: ran.code, stderr: ran.stderr }).toMatchObject({ code: 0 });
      expect(ran.stdout).not.toBe(before);
      const keys = (await (await fetch(`${server.url}/log/keys`)).json()) as {
        first: string;
        changes: unknown[];
      };
      expect(keys.first).toBe(before.trimEnd());
      expect(keys.changes).toHaveLength(1);
      const [second] = await Promise.all([rotate(), rotate()]);
      expect(second.code).toBe(0);
    } finally {
      await server.close();
    }
    expect(await verifyLog({ dataDir: data })).toMatchObject({ verdict: "intact" });
  });

  it("says what is missing", async () => {
    expect((await rotate()).code).toBe(66);
    const short = await runCommand(["key", "rotate", "--data", data, "--reason", "x"]);
    expect(short.code).toBe(64);
    expect((await runCommand(["key", "rotate", "--data", data])).code).toBe(64);
  });
});

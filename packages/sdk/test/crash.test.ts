// SPDX-License-Identifier: Apache-2.0
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { tempDir } from "@telltale/testkit";
import { build } from "rolldown";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { createTelltale, type TelltaleError } from "../src/index.js";
import { checkChains } from "./chains.js";
import { type Collector, createCollector } from "./collector.js";

// Real processes that die: nothing they were told is kept may be missing from the log afterwards.

const KEY = "k";
const temp = tempDir("crash");
let collector: Collector;
let round = 0;
let dir = "";

beforeAll(async () => {
  await build({
    input: path.join(import.meta.dirname, "../src/index.ts"),
    platform: "node",
    external: /^node:/,
    resolve: { conditionNames: ["telltale-source"] },
    output: { file: path.join(temp.path, "sdk.mjs"), format: "esm" },
    logLevel: "silent",
  });
}, 60_000);

beforeEach(async () => {
  collector = await createCollector();
  dir = path.join(temp.path, `spool-${++round}`);
  return () => collector.close();
});

afterAll(() => temp.dispose());

/** `blocks`: no file may become larger than so many kibibytes; the write that meets the limit is a short one. */
function run(body: string, url: string, blocks?: number): ChildProcess {
  const file = path.join(temp.path, `app-${round}.mjs`);
  const source = `
    import { createTelltale } from "./sdk.mjs";
    const codes = new Set();
    const onError = ({ code }) => codes.add(code);
    const telltale = createTelltale({
      app: "dying", url: ${JSON.stringify(url)}, key: ${JSON.stringify(KEY)}, onError, batch: { ms: 1 },
      spool: { directory: ${JSON.stringify(dir)} },
    });
    ${body}
  `;
  writeFileSync(file, source);
  const command = `${blocks === undefined ? "" : `ulimit -f ${blocks}; `}exec "$0" "$1"`;
  return spawn("bash", ["-c", command, process.execPath, file], { stdio: ["ignore", "pipe", "ignore"] });
}

/** What the process said on its standard output until it was gone. */
async function said(child: ChildProcess, killAfterMs?: number): Promise<string> {
  let text = "";
  child.stdout?.on("data", (chunk: Buffer) => (text += chunk.toString()));
  if (killAfterMs !== undefined) {
    await once(child.stdout as NodeJS.ReadableStream, "data");
    setTimeout(() => child.kill("SIGKILL"), killAfterMs);
  }
  await once(child, "close");
  return text;
}

async function inherit(errors: TelltaleError[]): Promise<void> {
  const heir = createTelltale({
    app: "heir",
    url: collector.url,
    key: KEY,
    logKey: collector.log.vkey,
    onError: (error) => errors.push(error),
    spool: { directory: dir },
  });
  const left = (): string[] =>
    (readdirSync(dir, { recursive: true }) as string[]).filter((name) => name.endsWith(".spool"));
  await expect.poll(left, { timeout: 10_000 }).toEqual([]);
  expect(await heir.close(10_000)).toBe(true);
}

const numbers = (): number[] =>
  collector.events.filter(({ action }) => action === "n").map(({ data }) => Number(data?.i));

describe("an application that is killed", () => {
  test.each([
    ["while the server is away", "http://127.0.0.1:1"],
    ["while it delivers", undefined],
  ])("%s: all that it was told is kept arrives once, in order, with its chain", async (_, url) => {
    const body = `
      for (let i = 0; ; i++) {
        telltale.emit({ action: "n", data: { i } });
        if (i % 20 === 0) {
          await telltale.emitAndWait({ action: "mark" });
          process.stdout.write(i + "\\n");
        }
      }
    `;
    const text = await said(run(body, url ?? collector.url), 150);
    // Of a line that was cut nothing is known.
    const kept = Number(text.split("\n").at(-2));
    expect(kept).toBeGreaterThan(20);
    const errors: TelltaleError[] = [];
    await inherit(errors);
    const arrived = numbers();
    expect(arrived).toEqual(Array.from({ length: arrived.length }, (_unused, i) => i));
    expect(arrived.length).toBeGreaterThan(kept);
    for (const { missing, broken } of checkChains(collector.lines, KEY).values()) {
      expect([...missing, ...broken]).toEqual([]);
    }
    // At most the line that was being written is torn.
    expect(errors.filter(({ code }) => code !== "events_lost")).toEqual([]);
  });

  test.each([
    ["ends in the same breath", "process.exit(3);"],
    ["throws what nobody catches", "throw new Error('crash');"],
  ])("by itself, as it %s: what it emitted just before arrives", async (_, end) => {
    const body = `for (let i = 0; i < 100; i++) telltale.emit({ action: "n", data: { i } });\n${end}`;
    const child = run(body, "http://127.0.0.1:1");
    await once(child, "close");
    await inherit([]);
    expect(numbers()).toEqual(Array.from({ length: 100 }, (_unused, i) => i));
  });
});

describe("a disk that takes no more", () => {
  test("costs no event while the server is there, and leaves whole lines", async () => {
    const body = `
      process.on("SIGXFSZ", () => {});
      for (let round = 0; round < 10; round++) {
        for (let i = 0; i < 30; i++) telltale.emit({ action: "n", data: { i: round * 30 + i, text: "x".repeat(1000) } });
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
      process.stdout.write([await telltale.close(20_000), ...codes].join(" "));
    `;
    expect(await said(run(body, collector.url, 16))).toBe("true spool_failed");
    expect(numbers()).toEqual(Array.from({ length: 300 }, (_unused, i) => i));
    const errors: TelltaleError[] = [];
    await inherit(errors);
    expect(errors).toEqual([]);
    for (const { missing, broken } of checkChains(collector.lines, KEY).values()) {
      expect([...missing, ...broken]).toEqual([]);
    }
  }, 30_000);
});

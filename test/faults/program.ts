// SPDX-License-Identifier: Apache-2.0
// The program that faults are done to, and what must hold of its log whatever happened.
import { spawn } from "node:child_process";
import { equal, ok } from "node:assert/strict";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { openLog, verifyLog } from "@telltale/log";
import { readLines } from "@telltale/testkit";

const script = fileURLToPath(new URL("appender.mjs", import.meta.url));
const root = path.resolve(path.dirname(script), "../..");

/** What the program knows when it ends. */
export interface Story {
  code: number | null;
  signal: NodeJS.Signals | null;
  output: string;
  errors: string;
  isDone: boolean;
  /** Index and number of each line that was acknowledged. */
  acknowledged: Map<number, number>;
  /** Refused with the promise that nothing is stored. */
  refused: Set<number>;
  tried: Set<number>;
}

/** Numbers of acknowledgements that came after the log had told of a failure. */
function readStory(output: string): Pick<Story, "acknowledged" | "refused" | "tried" | "isDone"> {
  const story = {
    acknowledged: new Map<number, number>(),
    refused: new Set<number>(),
    tried: new Set<number>(),
    isDone: false,
  };
  let hasFailed = false;
  // A line that is not whole was never said.
  for (const line of output.split("\n").slice(0, -1)) {
    const [word = "", ...rest] = line.split(" ");
    if (word === "fatal") hasFailed = true;
    if (word === "done") story.isDone = true;
    if (word === "try") for (const n of rest) story.tried.add(Number(n));
    if (word === "refused" && rest[0] === "disk_full")
      for (const n of rest.slice(1)) story.refused.add(Number(n));
    if (word === "ack") {
      ok(!hasFailed, "acknowledged after a failure");
      const [first = 0, ...numbers] = rest.map(Number);
      for (const [i, n] of numbers.entries()) story.acknowledged.set(first + i, n);
    }
  }
  return story;
}

/** Runs the program behind other words on its command line. One thread makes its system calls, so that they can be counted. */
export function runProgram(words: readonly string[], args: readonly string[]): Promise<Story> {
  return new Promise((resolve, reject) => {
    const [program = "", ...rest] = [...words, process.execPath, script, ...args];
    const child = spawn(program, rest, {
      cwd: root,
      stdio: ["ignore", "pipe", "pipe"],
      env: { ...process.env, UV_THREADPOOL_SIZE: "1", NODE_OPTIONS: "" },
    });
    let output = "";
    let errors = "";
    child.stdout.on("data", (chunk: Buffer) => (output += chunk.toString()));
    child.stderr.on("data", (chunk: Buffer) => (errors += chunk.toString()));
    child.once("error", reject);
    child.once("close", (code, signal) => {
      try {
        resolve({ code, signal, output, errors, ...readStory(output) });
      } catch (error) {
        reject(error as Error);
      }
    });
  });
}

/** Adds what a later life of the program was told to what was told before; no number and no index twice. */
export function join(before: Story, after: Story): Story {
  for (const index of before.acknowledged.keys())
    ok(!after.acknowledged.has(index), `index ${index} was given twice`);
  return {
    ...after,
    acknowledged: new Map([...before.acknowledged, ...after.acknowledged]),
    refused: new Set([...before.refused, ...after.refused]),
    tried: new Set([...before.tried, ...after.tried]),
  };
}

/** Starts the log on a disk without faults: everything acknowledged is there once, nothing else was invented, all of it verifies. */
export async function verifyStory(dataDir: string, story: Story): Promise<void> {
  const log = await openLog({
    dataDir,
    create: { originName: "example.com/faults" },
    onFatal: () => undefined,
  });
  const lines = await readLines(log);
  const { adopted, droppedBytes } = log.recovery;
  await log.close();
  const numbers = new Map([...lines].map(([index, line]) => [index, (JSON.parse(line) as { n: number }).n]));
  for (const [index, n] of story.acknowledged) equal(numbers.get(index), n, `event ${index}`);
  equal(new Set(numbers.values()).size, numbers.size, "no line is there twice");
  for (const n of numbers.values()) {
    ok(story.tried.has(n), `invented: ${n}`);
    ok(!story.refused.has(n), `refused and there: ${n}`);
  }
  const again = await openLog({ dataDir, onFatal: () => undefined });
  equal(
    again.recovery.adopted + again.recovery.droppedBytes,
    0,
    `recovered twice, first ${adopted} and ${droppedBytes}`,
  );
  equal(again.size, log.size);
  await again.close();
  const verdict = await verifyLog({ dataDir });
  equal(verdict.verdict, verdict.size === 0 ? "unverifiable" : "intact", verdict.message);
  equal(verdict.findings.length, 0, verdict.findings.join("; "));
}

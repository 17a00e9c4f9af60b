// SPDX-License-Identifier: Apache-2.0
// How the server is started and stopped by people, scripts and service managers, and what it says meanwhile.
import { type ChildProcess, spawn } from "node:child_process";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { expect, it } from "vitest";
import { root, serve, temporaryDirectory } from "./harness.js";

function linesOf(output: string): Record<string, unknown>[] {
  return output
    .split("\n")
    .filter((line) => line.startsWith("{"))
    .map((line) => JSON.parse(line) as Record<string, unknown>);
}

it("writes its process log as JSON lines when no terminal looks on, with the level that was asked for", async () => {
  const { dir, clean } = temporaryDirectory();
  try {
    const usual = await serve(dir);
    await usual.kill("SIGTERM");
    const info = linesOf(usual.output());
    expect(info.map((each) => each["msg"])).toEqual(["started", "stopping"]);
    expect(info[0]).toMatchObject({ level: "info", name: "server", url: usual.url, dataDir: dir });

    const debug = await serve(dir, ["--log-level", "debug"]);
    await fetch(`${debug.url}/v1/session?secret=in-the-address`);
    await debug.kill("SIGTERM");
    const answered = linesOf(debug.output()).filter((each) => each["msg"] === "answered");
    expect(answered).toContainEqual(
      expect.objectContaining({ level: "debug", name: "http", method: "GET", route: "/v1/session" }),
    );
    expect(debug.output()).not.toContain("in-the-address");
    const token = /#token=(\w+)/.exec(debug.output())?.[1];
    expect(token).toBeDefined();
    expect(JSON.stringify(linesOf(debug.output()))).not.toContain(token);

    const silent = await serve(dir, ["--log-level", "silent"]);
    await silent.kill("SIGTERM");
    expect(linesOf(silent.output())).toEqual([]);
  } finally {
    clean();
  }
});

/** Starts, as `npm start` does, a script that runs `program` in the foreground. */
function startInForeground(program: string, env: NodeJS.ProcessEnv = {}, command?: string): ChildProcess {
  const lib = pathToFileURL(path.join(root, "scripts/lib.mjs")).href;
  const script = `const { runForeground } = await import(${JSON.stringify(lib)});
    runForeground(process.execPath, ["-e", ${JSON.stringify(program)}]);`;
  const args = ["--input-type=module", "-e", script];
  const options = {
    stdio: ["ignore", "pipe", "inherit"] as ["ignore", "pipe", "inherit"],
    env: { ...process.env, ...env },
  };
  if (command === undefined) return spawn(process.execPath, args, options);
  return spawn(command, ["-c", '"$0" "$@"; true', process.execPath, ...args], options);
}

const firstLine = (child: ChildProcess): Promise<string> =>
  new Promise((resolve) => child.stdout?.once("data", (chunk: Buffer) => resolve(chunk.toString())));
const exitOf = (child: ChildProcess): Promise<number | null> =>
  new Promise((resolve) => child.once("exit", (code) => resolve(code)));

it.each(["SIGTERM", "SIGINT", "SIGHUP"] as const)(
  "npm start passes %s on and exits as the server does",
  async (signal) => {
    const child = startInForeground(
      `process.on("${signal}", () => process.exit(42)); setInterval(() => {}, 1000); console.log("up");`,
    );
    const ended = exitOf(child);
    await firstLine(child);
    child.kill(signal);
    expect(await ended).toBe(42);
  },
);

it("npm start reports the death of the server by a signal as a shell does", async () => {
  const child = startInForeground(`process.kill(process.pid, "SIGKILL")`);
  expect(await exitOf(child)).toBe(137);
});

it("npm start stops the server when npm and its shell die without a word", async () => {
  const program = `console.log(process.pid); setInterval(() => {}, 1000);`;
  const shell = startInForeground(program, { npm_lifecycle_event: "start" }, "sh");
  const pid = Number(await firstLine(shell));
  expect(pid).toBeGreaterThan(1);
  const ended = exitOf(shell);
  shell.kill("SIGKILL");
  await ended;
  await expect.poll(() => isAlive(pid), { timeout: 5000, interval: 50 }).toBe(false);
});

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

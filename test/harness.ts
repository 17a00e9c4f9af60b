// SPDX-License-Identifier: Apache-2.0
// The real program as a user starts it: a process of its own, over HTTP and signals.
import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";

export const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), "..");
const cli = path.join(root, "packages/cli/bin/telltale.cjs");

export interface Finished {
  code: number | null;
  stdout: string;
  stderr: string;
}

/** Runs `telltale …` to its end. */
export function telltale(args: string[], env: NodeJS.ProcessEnv = {}): Promise<Finished> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [cli, ...args], {
      stdio: ["ignore", "pipe", "pipe"],
      env: { ...process.env, ...env },
    });
    let stdout = "";
    let stderr = "";
    child.stdout.on("data", (chunk: Buffer) => (stdout += chunk.toString()));
    child.stderr.on("data", (chunk: Buffer) => (stderr += chunk.toString()));
    child.once("error", reject);
    child.once("exit", (code) => resolve({ code, stdout, stderr }));
  });
}

/** A temporary directory that `clean` removes. */
export function temporaryDirectory(): { dir: string; clean: () => void } {
  const dir = mkdtempSync(path.join(tmpdir(), "telltale-test-"));
  return { dir, clean: () => rmSync(dir, { recursive: true, force: true }) };
}

/** A port that was free a moment ago. */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      server.close(() =>
        typeof address === "object" && address !== null
          ? resolve(address.port)
          : reject(new Error("no port")),
      );
    });
  });
}

export interface ServerProcess {
  url: string;
  child: ChildProcess;
  /** Everything the process printed. */
  output(): string;
  kill(signal: NodeJS.Signals): Promise<void>;
}

/** Starts `telltale serve` on the data directory and waits until it answers. */
export async function serve(
  dataDir: string,
  args: string[] = [],
  env: NodeJS.ProcessEnv = {},
): Promise<ServerProcess> {
  const port = await freePort();
  const child = spawn(process.execPath, [cli, "serve", "--data", dataDir, "--port", String(port), ...args], {
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...process.env, ...env },
  });
  let printed = "";
  child.stdout.on("data", (chunk: Buffer) => (printed += chunk.toString()));
  child.stderr.on("data", (chunk: Buffer) => (printed += chunk.toString()));
  const ended = new Promise<void>((resolve) => child.once("exit", () => resolve()));
  const url = `http://127.0.0.1:${port}`;
  for (let tries = 0; ; tries++) {
    if (child.exitCode !== null || tries > 600) throw new Error(`the server did not start:\n${printed}`);
    try {
      // Whether it takes events is another question: its keys may be locked.
      if ((await fetch(`${url}/livez`)).ok) break;
    } catch {
      // It does not listen yet.
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return {
    url,
    child,
    output: () => printed,
    async kill(signal) {
      child.kill(signal);
      await ended;
    },
  };
}

/** Creates a key and returns its token. */
export async function createKey(dataDir: string, role: string, more: string[] = []): Promise<string> {
  const { code, stdout, stderr } = await telltale([
    "keys",
    "create",
    "--role",
    role,
    "--name",
    role,
    "--data",
    dataDir,
    ...more,
  ]);
  if (code !== 0) throw new Error(`keys create failed: ${stderr}`);
  return stdout.trim();
}

export async function until<T>(what: string, probe: () => Promise<T | undefined>, ms = 10_000): Promise<T> {
  const end = Date.now() + ms;
  for (;;) {
    const value = await probe();
    if (value !== undefined) return value;
    if (Date.now() > end) throw new Error(`waited ${ms} ms for ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

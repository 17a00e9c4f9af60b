// SPDX-License-Identifier: Apache-2.0
import { PassThrough, Readable, Writable } from "node:stream";
import type { CliIo } from "../src/io.js";
import { runCli } from "../src/run.js";

/** The outside of a command, in memory. */
export interface TestIo {
  io: CliIo;
  stdout(): string;
  stderr(): string;
  stop(): void;
  /** Pauses that the command asked for, in milliseconds; none was made. */
  pauses: number[];
}

class Memory extends Writable {
  text = "";
  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.text += chunk.toString("utf8");
    done();
  }
}

export function makeIo(options: Partial<CliIo> & { input?: string | Buffer } = {}): TestIo {
  const stdout = new Memory();
  const stderr = new Memory();
  const stop = new AbortController();
  const pauses: number[] = [];
  const { input, ...rest } = options;
  const io: CliIo = {
    stdin: input === undefined ? new PassThrough() : Readable.from([Buffer.from(input)]),
    stdout,
    stderr,
    env: {},
    stdoutIsTerminal: false,
    stderrIsTerminal: false,
    columns: 100,
    now: Date.now,
    sleep: async (ms) => {
      pauses.push(ms);
      await new Promise((resolve) => setImmediate(resolve));
    },
    signal: stop.signal,
    ...rest,
  };
  return { io, stdout: () => stdout.text, stderr: () => stderr.text, stop: () => stop.abort(), pauses };
}

export interface Ran {
  code: number;
  stdout: string;
  stderr: string;
  pauses: number[];
}

/** Runs one command line to its end. */
export async function runCommand(
  argv: readonly string[],
  options: Parameters<typeof makeIo>[0] = {},
): Promise<Ran> {
  const test = makeIo(options);
  const code = await runCli(argv, test.io);
  return { code, stdout: test.stdout(), stderr: test.stderr(), pauses: test.pauses };
}

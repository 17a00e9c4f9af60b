// SPDX-License-Identifier: Apache-2.0
import type { Readable, Writable } from "node:stream";

/** Everything a command knows of the outside, so that tests can run commands in-process. */
export interface CliIo {
  readonly stdin: Readable;
  readonly stdout: Writable;
  readonly stderr: Writable;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Whether a person looks at the stream; decides colour, tables and progress bars. */
  readonly stdoutIsTerminal: boolean;
  readonly stderrIsTerminal: boolean;
  /** Width of the terminal in columns. */
  readonly columns: number;
  /** Milliseconds since 1970. */
  now(): number;
  /** Ends early when `signal` fires. */
  sleep(ms: number): Promise<void>;
  /** Fires when the user wants the command to stop. */
  readonly signal: AbortSignal;
}

/** Writes and waits while the reader is slow, so that output of any length needs little memory. */
export async function writeOut(stream: Writable, text: string): Promise<void> {
  if (stream.destroyed || stream.writableEnded || stream.write(text)) return;
  await new Promise<void>((resolve) => {
    const done = (): void => {
      stream.off("drain", done);
      stream.off("close", done);
      stream.off("error", done);
      resolve();
    };
    stream.on("drain", done);
    stream.on("close", done);
    stream.on("error", done);
  });
}

/** One line for the person at the terminal. */
export function note(io: CliIo, text: string): void {
  io.stderr.write(`${text}\n`);
}

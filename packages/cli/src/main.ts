// SPDX-License-Identifier: Apache-2.0
// What `bin/telltale.cjs` starts: gives the commands the real process and turns signals into an AbortSignal.
import { setMaxListeners } from "node:events";
import { isatty } from "node:tty";
import { toExitCode } from "./exit-codes.js";
import type { CliIo } from "./io.js";
import { runCli } from "./run.js";

const stop = new AbortController();
setMaxListeners(0, stop.signal);

// One Ctrl-C may come twice: from the terminal, and from npm or a script that passes it on.
const SAME_PRESS_MS = 1000;
let stoppedAt = 0;
const hadTerminal = isatty(0);

/** A server has a use of its own for SIGHUP (it reads its rules again), unless the terminal it was started in is gone. */
function isForServer(signal: string): boolean {
  return signal === "SIGHUP" && process.listenerCount("SIGHUP") > 1 && !(hadTerminal && !isatty(0));
}

for (const name of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
  process.on(name, () => {
    if (isForServer(name)) return;
    if (!stop.signal.aborted) {
      stoppedAt = Date.now();
      stop.abort();
    } else if (Date.now() - stoppedAt > SAME_PRESS_MS) {
      // The second time the user does not want to wait any more.
      process.exit(toExitCode("interrupted"));
    }
  });
}

// `telltale search | head`: the reader has seen enough, which is no error.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code === "EPIPE") process.exit(0);
  throw error;
});

function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => {
    if (stop.signal.aborted) {
      resolve();
      return;
    }
    const done = (): void => {
      clearTimeout(timer);
      stop.signal.removeEventListener("abort", done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    stop.signal.addEventListener("abort", done);
  });
}

const io: CliIo = {
  stdin: process.stdin,
  stdout: process.stdout,
  stderr: process.stderr,
  env: process.env,
  stdoutIsTerminal: isatty(1),
  stderrIsTerminal: isatty(2),
  columns: process.stdout.columns ?? process.stderr.columns ?? 100,
  now: Date.now,
  sleep,
  signal: stop.signal,
};

// Should the process run out of work before the command has ended, that is no success.
process.exitCode = toExitCode("internal");
process.exitCode = await runCli(process.argv.slice(2), io);
// What still waits for input or for a connection is of no use any more.
if (stop.signal.aborted) process.exit();

// SPDX-License-Identifier: Apache-2.0
import type { ReadStream } from "node:tty";
import { CliFailure } from "../failure.js";
import type { CliIo } from "../io.js";

const MOST_CHARS = 1_000;

function isTerminal(stream: CliIo["stdin"]): stream is ReadStream {
  return (stream as Partial<ReadStream>).isTTY === true;
}

/**
 * A password: typed without an echo at a terminal, else the first line of standard input. Never an option: other users
 * of the machine can read those. Throws CliFailure `usage` when there is none, `interrupted` for Ctrl-C.
 */
export async function readPassword(io: CliIo, prompt: string): Promise<string> {
  const { stdin } = io;
  const terminal = isTerminal(stdin) ? stdin : undefined;
  if (terminal !== undefined) {
    io.stderr.write(prompt);
    terminal.setRawMode(true);
  }
  try {
    const password = await readLine(io, terminal !== undefined);
    if (password === "") throw new CliFailure("usage", "no password was given", "Type it, or pipe it in");
    return password;
  } finally {
    terminal?.setRawMode(false);
    if (terminal !== undefined) io.stderr.write("\n");
    stdin.pause();
  }
}

async function readLine({ stdin }: CliIo, isRaw: boolean): Promise<string> {
  let line = "";
  stdin.setEncoding("utf8");
  for await (const chunk of stdin) {
    for (const char of String(chunk)) {
      if (char === "\n" || char === "\r") return line;
      // In raw mode the terminal does not act on these itself: Ctrl-C, Ctrl-D, backspace.
      if (isRaw && char === "\u0003") throw new CliFailure("interrupted", "stopped");
      if (isRaw && char === "\u0004") return line;
      if (isRaw && (char === "\u007f" || char === "\b")) line = Array.from(line).slice(0, -1).join("");
      else line += char;
      if (line.length > MOST_CHARS) throw new CliFailure("usage", "the password is too long");
    }
  }
  return line;
}

// SPDX-License-Identifier: Apache-2.0
import { closeSync, openSync } from "node:fs";
import { connect } from "node:net";
import path from "node:path";
import type { ControlCommand } from "./control.js";

const MAX_ANSWER = 256 * 1024;

/** The server refused, or did not answer as one. */
export class ControlError extends Error {
  readonly code: string;
  constructor(code: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "ControlError";
    this.code = code;
  }
}

function exchange(address: string, line: string): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = "";
    const socket = connect(address, () => socket.write(line));
    socket.setEncoding("utf8");
    socket.on("data", (chunk: string) => {
      text += chunk;
      if (text.length > MAX_ANSWER) socket.destroy(new ControlError("bad_answer", "the answer is too long"));
    });
    socket.on("error", reject);
    socket.on("end", () => resolve(text));
  });
}

/**
 * Ask the server that holds this data directory; undefined when none is running there. Throws ControlError when it refuses, and
 * the system's error when its socket may not be used.
 */
export async function askServer(
  dataDir: string,
  command: ControlCommand,
  input: Record<string, unknown>,
): Promise<Record<string, unknown> | undefined> {
  const directory = path.resolve(dataDir);
  const long = Buffer.byteLength(path.join(directory, "control.sock")) > 100;
  // A unix socket address has at most 107 bytes; a longer path is reached through an open directory.
  let fd: number | undefined;
  try {
    fd = long ? openSync(directory, "r") : undefined;
    const address =
      fd === undefined ? path.join(directory, "control.sock") : `/proc/self/fd/${fd}/control.sock`;
    return parseAnswer(await exchange(address, `${JSON.stringify({ command, ...input })}\n`));
  } catch (error) {
    const code = (error as { code?: unknown }).code;
    if (code === "ENOENT" || code === "ECONNREFUSED" || code === "ENOTDIR") return undefined;
    throw error;
  } finally {
    if (fd !== undefined) closeSync(fd);
  }
}

function parseAnswer(text: string): Record<string, unknown> {
  let answer: unknown;
  try {
    answer = JSON.parse(text);
  } catch (cause) {
    throw new ControlError("bad_answer", "the running program takes no commands: is it a server?", { cause });
  }
  const { result, error } = answer as { result?: unknown; error?: { code?: unknown; message?: unknown } };
  if (error !== undefined) throw new ControlError(String(error.code), String(error.message));
  return result as Record<string, unknown>;
}

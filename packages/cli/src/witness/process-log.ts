// SPDX-License-Identifier: Apache-2.0
import type { CliIo } from "../io.js";

export type Level = "info" | "warn" | "error";

/** Writes one JSON line about what the process does. Nothing secret passes through here: origins, sizes, status codes. */
export type ProcessLog = (level: Level, msg: string, facts?: Readonly<Record<string, unknown>>) => void;

/** The process log of a witness: JSON lines on standard error, as those of `telltale serve`. */
export function createProcessLog(io: CliIo): ProcessLog {
  return (level, msg, facts = {}) => {
    const time = new Date(io.now()).toISOString();
    io.stderr.write(`${JSON.stringify({ level, time, name: "witness", ...facts, msg })}\n`);
  };
}

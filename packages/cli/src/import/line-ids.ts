// SPDX-License-Identifier: Apache-2.0
import { createHash } from "node:crypto";
import { uuidV8 } from "@telltale/event";

/** Gives an event the id that it gets in every import of the same file. */
export type LineIds = (line: number, text: Uint8Array, repeat: number) => string;

/**
 * UUIDv8 of SHA-256 over the first line of the file, the line's number, its text and the number of the event on the
 * line. The first line tells files apart and stays when a file grows, so only what is new is added by a later
 * import; line ends do not count. No two inputs give the same bytes to the hash: lines hold no line end.
 */
export function createLineIds(firstLine: Uint8Array): LineIds {
  const start = createHash("sha256").update("telltale import 1\n").update(firstLine).update("\n");
  return (line, text, repeat) => {
    const hash = start.copy().update(`${line} ${repeat}\n`).update(text).digest();
    return uuidV8(hash.subarray(0, 16));
  };
}

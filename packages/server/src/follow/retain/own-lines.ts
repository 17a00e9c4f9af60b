// SPDX-License-Identifier: Apache-2.0
import type { SealedBatch } from "../follower.js";

/** One line of a batch: its place in it, and its bytes without the newline. */
export interface FoundLine {
  readonly line: number;
  readonly bytes: Buffer;
}

/** `{"received":"2026-11-22T10:00:00.000Z"`: the server writes this part, always of this length. */
const RECEIVED_CHARS = 38;
const OWN = ',"via":"telltale"';

/**
 * The lines of Telltale itself that hold `mark`, each once, in order. Whoever sends events may write the mark into them as
 * often as an event has room: such lines are passed over without being parsed, and what is in them is not looked at twice.
 */
export function* ownLinesWith(
  mark: Buffer,
  { bytes, ends }: Pick<SealedBatch, "bytes" | "ends">,
): Generator<FoundLine> {
  let line = 0;
  for (let at = bytes.indexOf(mark); at >= 0; ) {
    while (line < ends.length && ends[line]! <= at) line++;
    if (line === ends.length) return;
    const start = line === 0 ? 0 : ends[line - 1]!;
    const end = ends[line]!;
    if (bytes.toString("latin1", start + RECEIVED_CHARS, start + RECEIVED_CHARS + OWN.length) === OWN)
      yield { line, bytes: bytes.subarray(start, end - 1) };
    at = bytes.indexOf(mark, end);
  }
}

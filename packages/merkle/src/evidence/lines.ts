// SPDX-License-Identifier: Apache-2.0
import { concatBytes } from "../bytes.js";
import { MAX_ENTRY_BYTES } from "../bundle.js";
import { MerkleError } from "../error.js";

const NEWLINE = 10;

/** The lines of a file without their newlines, in bounded memory. Throws `bad_evidence` for a line that no log seals. */
export async function* linesOf(pieces: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let rest: Uint8Array = new Uint8Array(0);
  for await (const piece of pieces) {
    let start = 0;
    for (let at = piece.indexOf(NEWLINE); at >= 0; at = piece.indexOf(NEWLINE, start)) {
      const line = rest.length === 0 ? piece.subarray(start, at) : concatBytes(rest, piece.subarray(0, at));
      rest = new Uint8Array(0);
      start = at + 1;
      if (line.length === 0 || line.length > MAX_ENTRY_BYTES) tooLong();
      yield line;
    }
    rest = rest.length === 0 ? piece.slice(start) : concatBytes(rest, piece);
    if (rest.length > MAX_ENTRY_BYTES) tooLong();
  }
  if (rest.length > 0) throw new MerkleError("bad_evidence", "the events end inside a line");
}

function tooLong(): never {
  throw new MerkleError("bad_evidence", `a line of the events is empty or exceeds ${MAX_ENTRY_BYTES} bytes`);
}

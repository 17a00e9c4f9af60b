// SPDX-License-Identifier: Apache-2.0
import type { Inflate } from "@telltale/merkle/evidence";

/** Whether this browser unpacks what a zip holds. */
export function canInflate(): boolean {
  try {
    void new DecompressionStream("deflate-raw");
    return true;
  } catch {
    return false;
  }
}

/** Raw deflate by the browser, piece by piece: it unpacks no further than somebody reads. */
export const browserInflate: Inflate = async function* (input) {
  const stream = new DecompressionStream("deflate-raw");
  const writer = stream.writable.getWriter();
  const feed = async (): Promise<void> => {
    try {
      for await (const piece of input) await writer.write(piece as Uint8Array<ArrayBuffer>);
      await writer.close();
    } catch (error) {
      await writer.abort(error).catch(() => undefined); // it has failed already: what failed is thrown
      throw error;
    }
  };
  const fed = feed();
  fed.catch(() => undefined); // awaited below, which may be later than it fails
  const reader = stream.readable.getReader();
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) break;
      yield value;
    }
    await fed;
  } finally {
    await reader.cancel().catch(() => undefined); // a stream that has failed cannot be cancelled
  }
};

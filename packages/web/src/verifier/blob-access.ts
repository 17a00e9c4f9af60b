// SPDX-License-Identifier: Apache-2.0
import { BufferedAccess, type RandomAccess } from "@telltale/merkle/evidence";

/** A file that was given to the page. */
export function blobAccess(blob: Blob): RandomAccess {
  return new BufferedAccess({
    size: blob.size,
    read: async (offset, length) => new Uint8Array(await blob.slice(offset, offset + length).arrayBuffer()),
  });
}

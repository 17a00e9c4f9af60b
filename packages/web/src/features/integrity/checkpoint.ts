// SPDX-License-Identifier: Apache-2.0
import { cutMiddle, formatCount } from "../../shared/format.js";

export interface CheckpointVerdict {
  ok: boolean;
  /** One sentence. */
  text: string;
}

/** Verifies a signed checkpoint in this browser against the pinned key. Never throws. */
export async function verifyCheckpointText(note: string, vkey: string): Promise<CheckpointVerdict> {
  try {
    const [{ parseVkey, verifyCheckpoint }, { nobleCrypto }] = await Promise.all([
      import("@telltale/merkle"),
      import("@telltale/merkle/noble"),
    ]);
    const head = verifyCheckpoint(nobleCrypto, note, parseVkey(nobleCrypto, vkey));
    const key = cutMiddle(vkey.split("+")[1] ?? "", 12);
    return {
      ok: true,
      text: `Signed by the pinned key ${key}: the first ${formatCount(Number(head.size))} events have this root.`,
    };
  } catch (error) {
    const why = error instanceof Error ? error.message : "it cannot be read";
    return { ok: false, text: `The signature does not hold for the pinned key: ${why}.` };
  }
}

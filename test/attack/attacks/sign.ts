// SPDX-License-Identifier: Apache-2.0
import { leafHash, RightEdge } from "@telltale/merkle";
import { nodeCrypto } from "@telltale/merkle/node";
import { formatSlot } from "../../../packages/log/src/head-slot.js";
import type { Signer } from "../../../packages/log/src/keys.js";
import { NOW } from "../world.js";

/** A checkpoint of these events by any key, and a head store that says nothing else. */
export function signAs(signer: Signer, lines: readonly string[]): { head: Buffer; note: string } {
  const edge = new RightEdge((node, out, offset) => out.set(nodeCrypto.sha256(node), offset));
  edge.append(Buffer.concat(lines.map((line) => leafHash(nodeCrypto, Buffer.from(line)))), lines.length);
  const note = signer.signCheckpoint(lines.length, edge.root());
  // Beyond any generation that the honest head store has come to.
  const [older, newer] = [1_000_000, 1_000_001].map((generation) =>
    formatSlot({ generation, time: NOW, note }, signer),
  ) as [Buffer, Buffer];
  return { head: Buffer.concat([older, newer]), note };
}

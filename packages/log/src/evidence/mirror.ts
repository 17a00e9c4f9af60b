// SPDX-License-Identifier: Apache-2.0
import {
  ED25519_COSIGNATURE,
  MerkleError,
  parseBundle,
  parseVkey,
  TILE_WIDTH,
  type WitnessPolicy,
} from "@telltale/merkle";
import { nodeCrypto } from "@telltale/merkle/node";
import { LogError } from "../error.js";
import { nodeFileSystem } from "../fs.js";
import { readMirror, verifyMirror } from "../mirror/check.js";
import { DirectorySource } from "../mirror/directory.js";
import { widthOf } from "../mirror/source.js";
import { rangeAt } from "../prune/ranges.js";
import type { DirectoryEvidence, DirectoryEvidenceOptions } from "./directory.js";
import { Newest } from "./newest.js";
import type { EvidenceSource } from "./source.js";

/** Of a mirror: its own cosignature is on the checkpoint, so it stands in the bundle as a witness. */
function toPolicy(vkey: string): Pick<WitnessPolicy, "witnesses" | "quorum"> {
  const key = parseVkey(nodeCrypto, vkey);
  if (key.type !== ED25519_COSIGNATURE)
    throw new LogError("damaged", "the key of the mirror signs no cosignatures");
  const witness = { name: key.name, key };
  return { witnesses: [witness], quorum: { kind: "witness", witness } };
}

/**
 * Select events of a mirror: what is left when the log itself is gone or not to be trusted any more. All of the mirror is verified
 * first. May be called while the mirror runs.
 */
export async function readMirrorEvidence(
  options: Omit<DirectoryEvidenceOptions, "name" | "spool">,
): Promise<DirectoryEvidence> {
  const { dataDir: dir, limit, vkey, isWanted, onProgress } = options;
  const verdict = await verifyMirror({
    dir,
    ...(vkey !== undefined && { vkey }),
    onProgress: ({ checked, size }) => onProgress?.({ done: checked, total: 2 * size }),
  });
  const nothing = { verdict, indices: [], limited: false, close: () => undefined };
  if (verdict.verdict !== "intact" && verdict.verdict !== "incomplete") return nothing;
  const state = await readMirror(dir);
  const source = new DirectorySource(nodeFileSystem, state.paths.served);
  const { size, note } = state.held;
  const { absent } = state.pin;
  const entries = async (n: number): Promise<Uint8Array[]> => {
    const width = widthOf(n, size);
    const bundle = await source.bundle(n, width);
    if (bundle === undefined) throw new LogError("damaged", `entry bundle ${n} is missing`);
    return parseBundle(bundle, width);
  };
  const newest = new Newest(limit);
  for (let n = 0; TILE_WIDTH * n < size; n++) {
    onProgress?.({ done: size + TILE_WIDTH * n, total: 2 * size });
    if (rangeAt(absent, TILE_WIDTH * n) !== undefined) continue;
    for (const [i, entry] of (await entries(n)).entries())
      if (isWanted(TILE_WIDTH * n + i, Buffer.from(entry))) newest.push(TILE_WIDTH * n + i);
  }
  const evidence: EvidenceSource = {
    vkey: state.pin.vkey,
    checkpoint: note,
    policy: options.policy ?? toPolicy(state.vkey),
    pruned: absent,
    tile: (level, n, width) => source.tile(level, n, width),
    async *lines(indices) {
      let at = -1;
      let held: Uint8Array[] = [];
      for (const index of indices) {
        const n = Math.floor(index / TILE_WIDTH);
        if (n !== at) held = await entries((at = n));
        const entry = held[index % TILE_WIDTH];
        if (entry === undefined) throw new MerkleError("bad_bundle", `event ${index} is missing`);
        yield entry;
      }
    },
  };
  return { ...nothing, source: evidence, indices: newest.all, limited: newest.limited };
}

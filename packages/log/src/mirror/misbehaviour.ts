// SPDX-License-Identifier: Apache-2.0
import { consistencyProof, equalBytes, firstDifference, toBase64, type TrustedTiles } from "@telltale/merkle";
import { nodeCrypto } from "@telltale/merkle/node";
import { entryAt } from "./entry.js";
import { MirrorError } from "./error.js";
import type { HeldCheckpoint } from "./held.js";
import { type MirrorSource, openTiles } from "./source.js";
import type { MirrorStore } from "./store.js";

/** A checkpoint as the source offers it, whose signature holds. */
export interface Offered {
  note: Buffer;
  head: HeldCheckpoint["head"];
  size: number;
}

/** That the smaller of two trees is not the beginning of the larger: its root, and a proof (RFC 9162) for another root. */
async function proveFork(smaller: number, larger: { size: number; root: Uint8Array }, tiles: TrustedTiles) {
  const root = await tiles.rootAt(BigInt(smaller));
  const proof = await consistencyProof(nodeCrypto, BigInt(smaller), BigInt(larger.size), tiles.node);
  const lines = [smaller, toBase64(root), larger.size, toBase64(larger.root), ...proof.map(toBase64)];
  return `${lines.join("\n")}\n`;
}

const PROOF_HELP = `
other-root.txt: a size; the root that a tree of this size has inside the larger of the two trees; the size and the root of
the larger tree; then the consistency proof (RFC 9162, 2.1.4) from the first to the second. The smaller of the two
checkpoints names another root for its size. So the same key signed two histories.
`;

interface Exhibits {
  files: Record<string, string | Uint8Array>;
  first?: number;
}

/** Where two histories part, with both events: as far as the source still answers. What it does not give is said in a file. */
async function collectExhibits(
  store: MirrorStore,
  source: MirrorSource,
  offered: Offered,
): Promise<Exhibits> {
  const files: Record<string, string | Uint8Array> = {};
  let first: number | undefined;
  try {
    const held = store.held as HeldCheckpoint;
    const [ours, theirs] = [await store.tiles(), await openTiles(source, offered.head)];
    const least = Math.min(held.size, offered.size);
    if (held.size !== offered.size && least > 0) {
      const [tiles, larger] = held.size < offered.size ? [theirs, offered] : [ours, held];
      files["other-root.txt"] = await proveFork(least, { size: larger.size, root: larger.head.root }, tiles);
    }
    const found = await firstDifference(BigInt(least), ours.node, theirs.node);
    if (found === undefined) return { files };
    first = Number(found);
    files["held-event.json"] = (await entryAt(store.local, ours, first)) ?? "not held\n";
    files["offered-event.json"] = (await entryAt(source, theirs, first)) ?? "not given\n";
  } catch (error) {
    files["missing.txt"] = `The source did not give more: ${error instanceof Error ? error.message : "?"}\n`;
  }
  return { files, ...(first !== undefined && { first }) };
}

async function convict(
  store: MirrorStore,
  code: "forked" | "rolled_back",
  sentence: string,
  files: Record<string, string | Uint8Array>,
): Promise<never> {
  const help = "other-root.txt" in files ? PROOF_HELP : "";
  const readme = `${sentence}\n\nheld.checkpoint: what this mirror holds. offered.checkpoint: what the log offered then. Both are signed by the log's key:\n${store.pin.vkey}\n${help}`;
  throw new MirrorError(code, sentence, await store.keepEvidence(code, { "README.txt": readme, ...files }));
}

/**
 * Throws MirrorError `rolled_back` or `forked`, after the evidence is on disk, unless the offered tree is the held one or one
 * that may have grown from it. For a larger tree the caller has its proven hashes.
 */
export async function verifyNoMisbehaviour(
  store: MirrorStore,
  source: MirrorSource,
  offered: Offered,
  theirs?: TrustedTiles,
): Promise<void> {
  const { held } = store;
  if (held === undefined) return;
  const least = Math.min(held.size, offered.size);
  const ourRoot =
    held.size === least ? held.head.root : await (await store.tiles()).rootAt(BigInt(offered.size));
  const theirRoot = offered.size === least ? offered.head.root : await theirs?.rootAt(BigInt(held.size));
  const isSame = theirRoot !== undefined && equalBytes(ourRoot, theirRoot);
  if (isSame && offered.size >= held.size) return;
  const checkpoints = { "held.checkpoint": held.note, "offered.checkpoint": offered.note };
  if (isSame) {
    const sentence = `the log went back: it offers ${offered.size} events, and had signed ${held.size}; the last ${held.size - offered.size} are held here`;
    return convict(store, "rolled_back", sentence, checkpoints);
  }
  const { files, first } = await collectExhibits(store, source, offered);
  const where = first === undefined ? "" : `; the first event that differs is ${first}`;
  const sentence = `the log signed two histories: the ${offered.size} events that it offers are not those that it had signed and that are held here (${held.size})${where}`;
  return convict(store, "forked", sentence, { ...checkpoints, ...files });
}

// SPDX-License-Identifier: Apache-2.0
// What each defence says of an attacked log, alone. A defence that was restored or destroyed with the rest says what it then knows.
import { copyFileSync, cpSync, existsSync, mkdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { EventComparer, MirrorSide, readMirror, type Verdict, verifyLog, WitnessedFile } from "@telltale/log";
import {
  equalBytes,
  type KeyRange,
  MerkleError,
  parseVkey,
  policyOfAll,
  rangeOfOne,
  RightEdge,
  verifyCheckpointBy,
  verifyReceipt,
  parseReceipt,
} from "@telltale/merkle";
import { nodeCrypto } from "@telltale/merkle/node";
import { logKeyOf, type Places, type Receipt, type World, witnessFile } from "./world.js";

/** The log after an attack, and what of the defences the attacker could reach. */
export interface Attacked {
  places: Places;
  /** The receipts that people still hold. Default: all that were given. */
  receipts?: readonly Receipt[];
  /** The head store that lies on another disk. Default: the honest one. */
  headStore?: string;
  /** The keys that the holder of a receipt believes. Default: the one that the log began with. */
  keys?: readonly KeyRange[];
}

export interface Defence {
  name: string;
  /** One sentence: what is compared with what. */
  how: string;
  /** Whether it finds that something is wrong, with nothing else to help it. */
  detects(world: World, attacked: Attacked): Promise<boolean>;
}

/** Anything but a pass is a finding: `unverifiable` too, for a log that is gone is not in order. */
function isPass({ verdict }: Verdict): boolean {
  return verdict === "intact" || verdict === "unwitnessed";
}

async function verify(
  world: World,
  data: string,
  more: Partial<Parameters<typeof verifyLog>[0]> = {},
): Promise<Verdict> {
  return verifyLog({ dataDir: data, vkey: world.vkey, ...more });
}

/** A copy of the attacked directory, so that one defence does not help the next. */
function copyOf(world: World, attacked: Attacked): string {
  const copy = world.scratch();
  if (existsSync(attacked.places.data)) cpSync(attacked.places.data, copy, { recursive: true });
  return copy;
}

const tree: Defence = {
  name: "tree",
  how: "`telltale verify` of the directory as the attacker left it, with the log's key known: events, tiles, checkpoints and head must agree",
  detects: async (world, { places }) => !isPass(await verify(world, places.data)),
};

const headStore: Defence = {
  name: "head store",
  how: "the same, with the head from another disk that the attacker did not reach",
  async detects(world, attacked) {
    const copy = copyOf(world, attacked);
    if (!existsSync(copy)) return true;
    mkdirSync(path.join(copy, "head"), { recursive: true });
    copyFileSync(
      attacked.headStore ?? path.join(world.places.data, "head/main"),
      path.join(copy, "head/main"),
    );
    return !isPass(await verify(world, copy));
  },
};

const witness: Defence = {
  name: "witness",
  how: "the same, with the checkpoint that the witness cosigned last, as it shows it to anybody",
  async detects(world, attacked) {
    const copy = copyOf(world, attacked);
    if (!existsSync(copy)) return true;
    mkdirSync(path.join(copy, "log/main"), { recursive: true });
    await new WitnessedFile(copy).write(readFileSync(witnessFile(world, attacked.places), "utf8"));
    const key = parseVkey(nodeCrypto, world.witnessVkey);
    const policy = policyOfAll([{ name: key.name, key }]);
    return !isPass(await verify(world, copy, { witness: { policy, freshMs: 0, now: Date.now() } }));
  },
};

const mirror: Defence = {
  name: "mirror",
  how: "`telltale verify --against` the mirror: no event that it holds may be gone or different",
  async detects(world, { places }) {
    const comparer = new EventComparer(await MirrorSide.open(await readMirror(places.mirror)));
    const verdict = await verify(world, places.data, { onEvents: comparer.take });
    const { relation } = await comparer.finish(verdict.size);
    return relation.kind === "mirror_ahead" || relation.kind === "differs";
  },
};

/** The root of the first `size` events, from their bytes; undefined when there are fewer. */
async function rootAt(world: World, data: string, size: number): Promise<Uint8Array | undefined> {
  const leaves: Buffer[] = [];
  await verify(world, data, {
    onEvents: (first, found) => {
      if (first === 0) leaves.length = 0;
      leaves.push(Buffer.from(found));
    },
  });
  const all = Buffer.concat(leaves);
  if (all.length < 32 * size) return undefined;
  const edge = new RightEdge((node, out, offset) => out.set(nodeCrypto.sha256(node), offset));
  edge.append(all.subarray(0, 32 * size), size);
  return edge.root();
}

const receipt: Defence = {
  name: "receipt",
  how: "somebody outside shows the newest receipt there is: the log must still have the tree that was signed then",
  async detects(world, { places, receipts = world.receipts, keys = rangeOfOne(logKeyOf(world)) }) {
    const newest = receipts.at(-1);
    if (newest === undefined) return false;
    const { entry, proof } = newest;
    verifyReceipt({ entry, proof, keys, crypto: nodeCrypto });
    const { size, root } = verifyCheckpointBy(nodeCrypto, parseReceipt(proof).checkpoint, keys);
    const found = await rootAt(world, places.data, Number(size));
    return found === undefined || !equalBytes(found, root);
  },
};

/** The columns of the matrix. One more: its code here, one line below. */
export const DEFENCES: readonly Defence[] = [tree, headStore, witness, mirror, receipt];

/** As `detects`; a file that cannot be read is a finding, too. */
export async function isDetected(defence: Defence, world: World, attacked: Attacked): Promise<boolean> {
  try {
    return await defence.detects(world, attacked);
  } catch (error) {
    if (error instanceof MerkleError || (error instanceof Error && error.name === "LogError")) return true;
    throw error;
  }
}

// SPDX-License-Identifier: Apache-2.0
// The log after a change of its key: everybody outside has followed it, and the old key is still on a disk somewhere.
import { copyFileSync, readFileSync } from "node:fs";
import path from "node:path";
import { MirrorStore, pull, WitnessStore } from "@telltale/log";
import { keysFrom, parseKeyHistory } from "@telltale/merkle";
import { nodeCrypto } from "@telltale/merkle/node";
import { readLines, toBatch } from "@telltale/testkit";
import type { Attacked } from "./defences.js";
import { askWitness, lineOf, logKeyOf, NOW, open, type Receipt, sourceOf, type World } from "./world.js";

/** Events after the change; the newest look from outside is after all of them. */
const AFTER = 20;

/** A world that goes on with another key, as the attacker finds it. */
export interface Rotated extends Required<Attacked> {
  lines: readonly string[];
  /** The file of the key that was replaced. */
  oldKey: string;
}

/** Changes the key of a copy, as the server does, and goes on; then witness, mirror and the holder of a receipt look. */
export async function rotate(world: World): Promise<Rotated> {
  const places = world.copy();
  const oldKey = readFileSync(path.join(places.data, "keys/main.key"), "utf8");
  const log = await open(places.data);
  const data = await log.prepareKeyChange();
  const received = new Date(NOW).toISOString();
  await log.append(
    toBatch([JSON.stringify({ received, via: "telltale", v: 1, action: "log_key_changed", data })]),
  );
  const witness = await WitnessStore.open({ dir: places.witness, now: () => NOW });
  // The witness learns of the new key at the very tree of the change, which both keys signed.
  const answers = [
    await askWitness(witness, log),
    (await witness.addKeys(Buffer.from(log.keyHistory))).status,
  ];
  for (let n = 0; n < AFTER; n++) await log.append(toBatch([lineOf(world.lines.length + n, world.random)]));
  answers.push(await askWitness(witness, log));
  await witness.close();
  if (answers.some((status) => status !== 200))
    throw new Error(`the witness answered an honest log with ${answers.join()}`);
  const mirror = await MirrorStore.open({ dir: places.mirror });
  await pull({ store: mirror, source: sourceOf(log), now: () => NOW });
  await mirror.close();
  const lines = [...(await readLines(log)).values()];
  const index = lines.length - 1;
  const entry = Buffer.from(lines[index] as string);
  const newest: Receipt = { index, entry, proof: await log.proof(index) };
  const keys = keysFrom(parseKeyHistory(nodeCrypto, log.keyHistory), logKeyOf(world));
  await log.close();
  const headStore = world.scratch();
  copyFileSync(path.join(places.data, "head/main"), headStore);
  return { places, headStore, receipts: [...world.receipts, newest], keys, lines, oldKey };
}

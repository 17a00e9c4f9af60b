// SPDX-License-Identifier: Apache-2.0
// A log as it stands in a company: its directory, a head store that may lie on another disk, a witness and a mirror on other machines,
// and people who hold receipts. Everything is the product's own code; nothing stands in for it.
import { cpSync, mkdirSync, rmSync } from "node:fs";
import path from "node:path";
import {
  addWatched,
  initWitness,
  type Log,
  MirrorStore,
  type MirrorSource,
  openLog,
  originHash,
  pull,
  WitnessStore,
} from "@telltale/log";
import { formatAddCheckpoint, parseVkey } from "@telltale/merkle";
import { nodeCrypto } from "@telltale/merkle/node";
import { Random, readLines, tempDir, toBatch } from "@telltale/testkit";

/** Somebody has an event and the proof that was given for it. */
export interface Receipt {
  index: number;
  entry: Buffer;
  proof: string;
}

/** Where things lie; every attack gets a copy of its own. */
export interface Places {
  /** The log's directory, with the head store in it. */
  data: string;
  /** What the witness remembers. */
  witness: string;
  mirror: string;
}

export interface World {
  random: Random;
  vkey: string;
  witnessVkey: string;
  origin: string;
  /** As it was left: nothing has been attacked. */
  lines: readonly string[];
  receipts: readonly Receipt[];
  places: Places;
  /** The same when it had `early` events: the backup of yesterday. */
  yesterday: Places;
  early: number;
  /** The log before its first event, with its key: what a thief of the key begins with. */
  genesis: string;
  /** A place for one attack. */
  copy(): Places;
  /** An empty place for whatever an attacker makes. */
  scratch(): string;
  dispose(): void;
}

export interface WorldOptions {
  size: number;
  /** Events when the backup was made. */
  early: number;
  /** The witness cosigns, the mirror pulls and a receipt is given after so many events. */
  every: number;
  /** For runs that only ask the witness. */
  withMirror: boolean;
}

/** The clock of all that happens. */
export const NOW = Date.UTC(2026, 0, 1);

export function open(data: string): Promise<Log> {
  return openLog({
    dataDir: data,
    create: { originName: "example.com/attacked" },
    now: () => NOW,
    onFatal: (error) => {
      throw error;
    },
  });
}

/** The log as a mirror reads it over HTTP. */
export function sourceOf(log: Log): MirrorSource {
  return {
    checkpoint: () => Promise.resolve(Buffer.from(log.checkpoint().text)),
    tile: (level, n, width) => log.tile(level, n, width),
    bundle: (n, width) => log.entryBundle(n, width),
    keys: () => Promise.resolve(log.keys.length > 1 ? Buffer.from(log.keyHistory) : undefined),
  };
}

/** Ask the witness for a cosignature, as the server does; its answer's status. */
export async function askWitness(store: WitnessStore, log: Log): Promise<number> {
  const oldSize = store.logs.find(({ origin }) => origin === log.origin)?.size ?? 0;
  const { text: checkpoint, size } = log.checkpoint();
  const proof = oldSize <= size ? await log.consistency(oldSize, size) : [];
  const body = formatAddCheckpoint({
    oldSize: BigInt(oldSize),
    proof: oldSize === 0 ? [] : proof,
    checkpoint,
  });
  return (await store.addCheckpoint(Buffer.from(body))).status;
}

function copyAll(from: Places, to: Places): void {
  for (const name of ["data", "witness", "mirror"] as const)
    cpSync(from[name], to[name], { recursive: true });
}

export function witnessFile(world: World, places: Places): string {
  return path.join(places.witness, "states", originHash(world.origin));
}

class Builder {
  readonly #random: Random;
  readonly #options: WorldOptions;
  readonly #dir = tempDir("attack", true);
  #copies = 0;

  constructor(seed: number, options: WorldOptions) {
    this.#random = new Random(seed);
    this.#options = options;
  }

  #place(name: string): Places {
    const base = path.join(this.#dir.path, name);
    mkdirSync(base, { recursive: true });
    return {
      data: path.join(base, "data"),
      witness: path.join(base, "witness"),
      mirror: path.join(base, "mirror"),
    };
  }

  async build(): Promise<World> {
    const places = this.#place("world");
    const genesis = path.join(this.#dir.path, "genesis");
    const first = await open(places.data);
    const { vkey, origin } = first;
    await first.close();
    cpSync(places.data, genesis, { recursive: true });
    const { vkey: witnessVkey } = await initWitness(places.witness, "witness.example.com/w1");
    mkdirSync(places.mirror);
    const yesterday = this.#place("yesterday");
    const { size, early } = this.#options;
    const receipts: Receipt[] = [];
    await this.#grow(places, { from: 0, to: early, receipts, vkey });
    copyAll(places, yesterday);
    await this.#grow(places, { from: early, to: size, receipts, vkey });
    const log = await open(places.data);
    const lines = [...(await readLines(log)).values()];
    await log.close();
    return {
      random: this.#random,
      vkey,
      witnessVkey,
      origin,
      lines,
      receipts,
      places,
      yesterday,
      early,
      genesis,
      copy: () => {
        const copy = this.#place(`copy-${this.#copies++}`);
        copyAll(places, copy);
        return copy;
      },
      scratch: () => path.join(this.#dir.path, `scratch-${this.#copies++}`),
      dispose: () => this.#dir.dispose(),
    };
  }

  /** Events come one by one; after each `every` of them everybody outside looks. */
  async #grow(
    places: Places,
    { from, to, receipts, vkey }: { from: number; to: number; receipts: Receipt[]; vkey: string },
  ): Promise<void> {
    const { every, withMirror } = this.#options;
    const log = await open(places.data);
    const witness = await WitnessStore.open({ dir: places.witness, now: () => NOW });
    if (from === 0) await addWatched(witness.paths, vkey);
    const mirror = withMirror ? await MirrorStore.open({ dir: places.mirror }) : undefined;
    if (from === 0) await mirror?.setPin({ vkey, pinned: "given", source: "test", since: NOW, absent: [] });
    for (let n = from; n < to; n++) {
      const line = lineOf(n, this.#random);
      await log.append(toBatch([line]));
      if ((n + 1) % every !== 0) continue;
      const status = await askWitness(witness, log);
      if (status !== 200) throw new Error(`the witness answered an honest log with ${status}`);
      if (mirror !== undefined) await pull({ store: mirror, source: sourceOf(log), now: () => NOW });
      receipts.push({ index: n, entry: Buffer.from(line), proof: await log.proof(n) });
    }
    await mirror?.close();
    await witness.close();
    await log.close();
  }
}

export function lineOf(n: number, random: Random): string {
  return JSON.stringify({
    received: new Date(NOW + n).toISOString(),
    action: "order_placed",
    n,
    tag: random.hex(8),
  });
}

export function buildWorld(seed: number, options: WorldOptions): Promise<World> {
  return new Builder(seed, options).build();
}

/**
 * Another history, signed with the stolen key: the log's own program, started with the key on an empty log, takes whatever it is
 * given. Replaces log and head store.
 */
export async function forge(world: World, places: Places, lines: readonly string[]): Promise<void> {
  rmSync(places.data, { recursive: true });
  cpSync(world.genesis, places.data, { recursive: true });
  const log = await open(places.data);
  if (lines.length > 0) await log.append(toBatch(lines));
  await log.close();
}

/** Whose signature stands on the log. */
export function logKeyOf(world: World): ReturnType<typeof parseVkey> {
  return parseVkey(nodeCrypto, world.vkey);
}

// SPDX-License-Identifier: Apache-2.0
import { rename, rmdir, unlink } from "node:fs/promises";
import { ChainReader } from "../chain.js";
import { Fifo, type Waiting } from "../waiting.js";
import {
  type ChainFolder,
  chainPath,
  listChains,
  listOwners,
  listSegments,
  type SegmentFile,
} from "./directory.js";
import type { Owner } from "./owner.js";
import { type Complaints, SegmentReader } from "./segment-reader.js";

export interface OrphansOptions {
  dir: string;
  apiKey: string;
  owner: Owner;
  complaints: Complaints;
  /** Something went wrong with the files. */
  onError: (cause: unknown) => void;
}

/** A chain that was taken over. */
interface Adopted {
  folder: string;
  boot: string;
  chain: ChainReader;
  segments: SegmentFile[];
}

/**
 * What dead processes left: their chains, one after another and each in its own order. A segment is removed when all of it
 * is acknowledged, so nothing is lost however often its finders die; at worst it is sent again.
 */
export class Orphans {
  readonly #options: OrphansOptions;
  readonly #adopted: Adopted[] = [];
  #reading: { segment: SegmentFile; reader: SegmentReader } | undefined;
  readonly #ready = new Fifo<Waiting>();
  #flying: readonly Waiting[] = [];
  #bytes = 0;
  #isKept = false;
  #isClosed = false;
  #scanning: Promise<boolean> | undefined;

  constructor(options: OrphansOptions) {
    this.#options = options;
  }

  /** Whether there is anything to send, as far as it is known without reading. */
  get hasMore(): boolean {
    return !this.#isClosed && this.#adopted.length > 0;
  }

  /** Bytes on disk. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Takes over what belongs to nobody alive; true when something was found. */
  scan(): Promise<boolean> {
    this.#scanning ??= this.#scan().finally(() => {
      this.#scanning = undefined;
    });
    return this.#scanning;
  }

  async #scan(): Promise<boolean> {
    const { dir, owner, onError } = this.#options;
    let found = false;
    try {
      // Listed before anybody is asked whether he lives: who starts meanwhile is in neither list.
      const owners = await listOwners(dir);
      for (const each of await listChains(dir)) {
        if (this.#isClosed) return found;
        // Our own are those that grow, and those that were taken over before.
        if (each.owner === owner.id || (await owner.isAlive(each.owner))) continue;
        if (await this.#adopt(each)) found = true;
      }
      for (const id of owners) if (!(await owner.isAlive(id))) owner.bury(id);
    } catch (error) {
      onError(error);
    }
    return found;
  }

  async #adopt({ boot, path }: ChainFolder): Promise<boolean> {
    const { dir, apiKey, owner } = this.#options;
    const folder = chainPath(dir, boot, owner.id);
    try {
      // The point of decision: of several who found it, one can rename it. Whoever dies now is found dead by the next.
      await rename(path, folder);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "ENOENT") return false;
      throw error;
    }
    const segments = await listSegments(folder);
    if (segments.length === 0) {
      await removeFolder(folder);
      return false;
    }
    for (const { bytes } of segments) this.#bytes += bytes;
    this.#adopted.push({ folder, boot, chain: ChainReader.begin(apiKey, boot), segments });
    return true;
  }

  /** The next events; empty when there are none any more. */
  async take(events: number, bytes: number): Promise<readonly Waiting[]> {
    while (this.#ready.length === 0 && this.hasMore) await this.#fill();
    const batch: Waiting[] = [];
    let sum = 0;
    while (batch.length < events) {
      const next = this.#ready.peek();
      if (next === undefined || (batch.length > 0 && sum + next.bytes + 1 > bytes)) break;
      this.#ready.shift();
      sum += next.bytes + 1;
      batch.push(next);
    }
    this.#flying = batch;
    return batch;
  }

  isFlying(): boolean {
    return this.#flying.length > 0;
  }

  /** The sender ends before the server has answered for some of those on their way. */
  keep(): void {
    this.#isKept = true;
  }

  release(): void {
    this.#flying = [];
  }

  /** Reads on; called only while nothing that was read is unsettled, so what has been read to its end can go. */
  async #fill(): Promise<void> {
    const [adopted] = this.#adopted;
    if (adopted === undefined) return;
    const [segment] = adopted.segments;
    try {
      if (segment === undefined) {
        this.#adopted.shift();
        adopted.chain.destroy();
        await removeFolder(adopted.folder);
        return;
      }
      this.#reading ??= await this.#open(adopted, segment);
      if (this.#reading === undefined) {
        this.#leave(adopted);
        return;
      }
      const { entries, isEnd } = await this.#reading.reader.read(Number.POSITIVE_INFINITY);
      for (const entry of entries) this.#ready.push(entry);
      if (!isEnd || entries.length > 0) return;
      await this.#reading.reader.close();
      this.#reading = undefined;
      this.#leave(adopted);
      if (!this.#isKept) await unlink(segment.path);
    } catch (error) {
      this.#options.onError(error);
      // What cannot be read now may be readable at another start.
      await this.#reading?.reader.close().catch(() => undefined);
      this.#reading = undefined;
      this.#leave(adopted);
    }
  }

  /** Done with the oldest segment of a chain. */
  #leave({ segments }: Adopted): void {
    this.#bytes -= segments.shift()?.bytes ?? 0;
  }

  async #open(adopted: Adopted, segment: SegmentFile) {
    const { apiKey, complaints } = this.#options;
    const { boot, chain } = adopted;
    const reader = await SegmentReader.open(segment.path, { boot, apiKey, chain, complaints });
    return reader === undefined ? undefined : { segment, reader };
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#scanning;
    await this.#reading?.reader.close().catch(() => undefined);
    this.#reading = undefined;
    for (const { chain } of this.#adopted) chain.destroy();
  }
}

async function removeFolder(folder: string): Promise<void> {
  await rmdir(folder).catch((error: unknown) => {
    if (!["ENOENT", "ENOTEMPTY", "EEXIST"].includes((error as NodeJS.ErrnoException).code ?? "")) throw error;
  });
}

// SPDX-License-Identifier: Apache-2.0
import { LogError } from "@telltale/log";
import { type Supplier, supplied } from "../protect/thread/needs.js";
import type { CredentialFound } from "../protect/thread/credential-watch.js";
import { BodyError } from "./ingest/body.js";
import { prepareSent, type SentBody } from "./prepare-sent.js";
import type { Prepared, PrepareTools, Share } from "./prepare.js";
import type { Sealed, Sealer } from "./seal/sealer.js";
import type { Sender } from "./stages.js";
import type { WorkerPool } from "./worker-pool.js";

/** What became of one body. */
export interface SealedShare {
  share: Share;
  sealed: Sealed;
  /** Credentials in its events, and the line of the first of them in what was prepared; absent when there were none. */
  found?: { credentials: readonly CredentialFound[]; start: number };
}

function foundIn({ credentials, shares }: Prepared, share: number): Pick<SealedShare, "found"> {
  if (credentials === undefined) return {};
  const start = share === 0 ? 0 : shares[share - 1]!.end;
  const own = credentials.filter(({ line }) => line >= start && line < shares[share]!.end);
  return own.length === 0 ? {} : { found: { credentials: own, start } };
}

interface Waiting {
  body: SentBody;
  resolve(result: SealedShare): void;
  reject(error: unknown): void;
}

/** What is smaller costs less here than on another thread. */
const INLINE_BYTES = 16 * 1024;

/** Most bytes of small bodies that are prepared as one: a few milliseconds of a worker. */
const GROUP_BYTES = 256 * 1024;

/**
 * Small bodies that arrive in the same turn of the event loop are prepared and sealed as one: a hundred senders of
 * single events cost the memory, the hashing state, the commit and the followers little more than one sender of a
 * hundred events. What is large, alone or together, is prepared by the workers.
 */
export class Together {
  readonly #sealer: Pick<Sealer, "seal">;
  readonly #workers: Pick<WorkerPool, "prepare">;
  readonly #tools: PrepareTools;
  readonly #supply: Supplier | undefined;
  #waiting: Waiting[] = [];
  #lastSender: Sender | undefined;

  constructor(parts: {
    sealer: Pick<Sealer, "seal">;
    workers: Pick<WorkerPool, "prepare">;
    tools: PrepareTools;
    /** Gives what is missing to protect events; absent where the tools have no keys. */
    supply?: Supplier;
  }) {
    this.#supply = parts.supply;
    this.#sealer = parts.sealer;
    this.#workers = parts.workers;
    this.#tools = parts.tools;
  }

  /** Rejects when the log did, for this body; what is wrong with single events stands in the share. */
  seal(body: SentBody): Promise<SealedShare> {
    return new Promise((resolve, reject) => {
      if (body.bytes.length >= INLINE_BYTES || body.gzip) {
        void this.#sealOrSplit([{ body, resolve, reject }]);
        return;
      }
      // Not a timer: the end of this turn, when all that has arrived was read from the sockets.
      if (this.#waiting.length === 0) setImmediate(() => this.#turn());
      this.#waiting.push({
        body: { ...body, sender: this.#shared(body.sender) },
        resolve,
        reject,
      });
    });
  }

  #turn(): void {
    let bytes = 0;
    let take = 0;
    while (take < this.#waiting.length && bytes < GROUP_BYTES)
      bytes += this.#waiting[take++]!.body.bytes.length;
    const group = this.#waiting.splice(0, take);
    if (this.#waiting.length > 0) setImmediate(() => this.#turn());
    void this.#sealOrSplit(group);
  }

  /** A fault of ours that one body brings out must not become every sender's: then each is sealed by itself. */
  async #sealOrSplit(group: readonly Waiting[]): Promise<void> {
    try {
      await this.#sealGroup(group);
    } catch (error) {
      const isOfAll = error instanceof BodyError || (error instanceof LogError && error.code !== "bad_batch");
      if (group.length === 1 || isOfAll) for (const each of group) each.reject(error);
      else for (const each of group) await this.#sealOrSplit([each]);
    }
  }

  async #sealGroup(group: readonly Waiting[]): Promise<void> {
    const prepared = await this.#prepare(group.map((each) => each.body));
    const sealed = await this.#sealer.seal(prepared);
    for (const [i, each] of group.entries()) {
      each.resolve({ share: prepared.shares[i]!, sealed: sealed[i]!, ...foundIn(prepared, i) });
    }
  }

  #prepare(bodies: readonly SentBody[]): Prepared | Promise<Prepared> {
    let bytes = 0;
    let gzip = false;
    for (const each of bodies) {
      bytes += each.bytes.length;
      gzip ||= each.gzip;
    }
    if (bytes >= INLINE_BYTES || gzip) return this.#workers.prepare(bodies);
    const prepared = prepareSent(bodies, this.#tools);
    return prepared.needs === undefined ? prepared : this.#again(prepared, bodies);
  }

  #again(first: Prepared, bodies: readonly SentBody[]): Promise<Prepared> {
    const { keys } = this.#tools;
    if (this.#supply === undefined || keys === undefined)
      throw new Error("BUG: events need keys where there are none");
    return supplied(first, this.#supply, (supply) => {
      keys.supply(supply);
      return prepareSent(bodies, this.#tools);
    });
  }

  /** One object for what is the same in a row: it is written once, also when it goes to another thread. */
  #shared(sender: Sender): Sender {
    const last = this.#lastSender;
    if (
      last !== undefined &&
      last.received === sender.received &&
      last.via === sender.via &&
      last.tenant === sender.tenant &&
      last.app === sender.app
    )
      return last;
    this.#lastSender = sender;
    return sender;
  }
}

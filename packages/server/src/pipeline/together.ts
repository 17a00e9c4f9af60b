// SPDX-License-Identifier: Apache-2.0
import { LogError } from "@telltale/log";
import { prepare, type PrepareTools, type Share, type SplitBody } from "./prepare.js";
import type { Sealed, Sealer } from "./seal/sealer.js";

/** What became of one body. */
export interface SealedShare {
  share: Share;
  sealed: Sealed;
}

interface Waiting {
  body: SplitBody;
  resolve(result: SealedShare): void;
  reject(error: unknown): void;
}

/** Most bytes prepared in one turn of the event loop: a few milliseconds, during which nobody else is served. */
const TURN_BYTES = 256 * 1024;

/**
 * Small bodies that arrive in the same turn of the event loop are prepared and sealed as one: a hundred senders of
 * single events cost the memory, the hashing state, the commit and the followers little more than one sender of a
 * hundred events.
 */
export class Together {
  readonly #sealer: Pick<Sealer, "seal">;
  readonly #tools: PrepareTools;
  #waiting: Waiting[] = [];

  constructor(parts: { sealer: Pick<Sealer, "seal">; tools: PrepareTools }) {
    this.#sealer = parts.sealer;
    this.#tools = parts.tools;
  }

  /** Rejects when the log did, for this body; what is wrong with single events stands in the share. */
  seal(body: SplitBody): Promise<SealedShare> {
    return new Promise((resolve, reject) => {
      // Not a timer: the end of this turn, when all that has arrived was read from the sockets.
      if (this.#waiting.length === 0) setImmediate(() => this.#turn());
      this.#waiting.push({ body, resolve, reject });
    });
  }

  #turn(): void {
    let bytes = 0;
    let take = 0;
    while (take < this.#waiting.length && bytes < TURN_BYTES)
      bytes += this.#waiting[take++]!.body.body.length;
    const group = this.#waiting.splice(0, take);
    if (this.#waiting.length > 0) setImmediate(() => this.#turn());
    void this.#sealOrSplit(group);
  }

  /** A fault of ours that one body brings out must not become every sender's: then each is sealed by itself. */
  async #sealOrSplit(group: readonly Waiting[]): Promise<void> {
    try {
      await this.#sealGroup(group);
    } catch (error) {
      const isOfTheLog = error instanceof LogError && error.code !== "bad_batch";
      if (group.length === 1 || isOfTheLog) for (const each of group) each.reject(error);
      else for (const each of group) await this.#sealOrSplit([each]);
    }
  }

  async #sealGroup(group: readonly Waiting[]): Promise<void> {
    const prepared = prepare(
      group.map((each) => each.body),
      this.#tools,
    );
    const sealed = await this.#sealer.seal(prepared);
    for (const [i, each] of group.entries()) {
      each.resolve({ share: prepared.shares[i]!, sealed: sealed[i]! });
    }
  }
}

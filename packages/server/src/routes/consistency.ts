// SPDX-License-Identifier: Apache-2.0

/** Most proofs kept; senders of one server ask for few different ones at a time. */
const MAX_PROOFS = 1024;

// A log of more events cannot be counted by a Number; no leading zeros, so that one size has one form.
const SIZE = /^(?:0|[1-9]\d{0,15})$/;

export interface ConsistencyProofsOptions {
  /** The log's own proof between two sizes, from its tiles. */
  consistency(from: number, to: number): Promise<readonly Buffer[]>;
  /** A proof could not be made: the tiles are damaged. */
  onError(error: Error): void;
}

/**
 * The proof that an acknowledgement's checkpoint extends the one that the sender remembers (RFC 6962 section 2.1.2). A
 * sender says in `telltale-seen` how many events it knows of. Proofs are remembered: all that are answered from one commit
 * and remember the same size share one.
 */
export class ConsistencyProofs {
  readonly #options: ConsistencyProofsOptions;
  readonly #proofs = new Map<string, Promise<string[] | undefined>>();

  constructor(options: ConsistencyProofsOptions) {
    this.#options = options;
  }

  /**
   * Hashes in base64 from the size in the header to `size`, none from 0 and for equal sizes. Undefined for what is no
   * size or larger than the log, which a sender takes for a rollback, and when the log could not prove it.
   */
  async prove(seen: string | string[], size: number): Promise<string[] | undefined> {
    if (typeof seen !== "string" || !SIZE.test(seen)) return undefined;
    const from = Number(seen);
    if (from > size) return undefined;
    return from === 0 || from === size ? [] : this.#known(from, size);
  }

  #known(from: number, to: number): Promise<string[] | undefined> {
    const key = `${from} ${to}`;
    const known = this.#proofs.get(key);
    if (known !== undefined) return known;
    const proof = this.#make(key, from, to);
    this.#proofs.set(key, proof);
    if (this.#proofs.size > MAX_PROOFS) this.#proofs.delete(this.#proofs.keys().next().value!);
    return proof;
  }

  /** Never rejects: the events are durable, and that is told whatever becomes of the proof. */
  async #make(key: string, from: number, to: number): Promise<string[] | undefined> {
    try {
      const hashes = await this.#options.consistency(from, to);
      return hashes.map((hash) => hash.toString("base64"));
    } catch (error) {
      this.#proofs.delete(key);
      this.#options.onError(error instanceof Error ? error : new Error(String(error)));
      return undefined;
    }
  }
}

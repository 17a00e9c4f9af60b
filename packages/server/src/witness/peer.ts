// SPDX-License-Identifier: Apache-2.0
import { originHash } from "@telltale/log";
import {
  type Cosignature,
  formatAddCheckpoint,
  formatKeyHistory,
  formatVkey,
  MerkleError,
  type NoteSignature,
  parseCosignature,
  parseKeyHistory,
  parseNote,
  parseReceipt,
  parseSizeAnswer,
  type KeyRange,
  verifyCheckpointBy,
  verifyConsistency,
} from "@telltale/merkle";
import { nodeCrypto } from "@telltale/merkle/node";
import { toWait, type Waits } from "../follow/forward/backoff.js";
import { type Exchange, type ExchangeCode, ExchangeError, type WitnessReply } from "./exchange.js";
import type { WitnessPeer } from "./settings.js";

/** Why a witness has not cosigned. Closed. */
export type TroubleCode =
  | ExchangeCode
  | "unknown_log" // 404: the witness does not watch this log
  | "wrong_key" // 403: it knows the log under another key
  | "refused" // another 4xx or a redirect
  | "failing" // 429 or 5xx
  | "bad_clock" // its cosignature is of another time than now
  | "conflict"; // it has cosigned another tree that was signed in this log's name

export interface Trouble {
  code: TroubleCode;
  message: string;
}

/** What a witness says that contradicts this log. */
export interface Conflict {
  /** Size of the tree that the witness has, as far as it says. */
  size: number | undefined;
  /** The other checkpoint, when the witness shows it and it bears this log's signature: proof of a second history. */
  proof: string | undefined;
}

/** What is asked of the log. */
export interface PeerLog {
  readonly origin: string;
  readonly size: number;
  readonly keyHistory: string;
  checkpoint(): { text: string; size: number; root: Uint8Array };
  consistency(from: number, to: number): Promise<Uint8Array[]>;
}

export type Outcome =
  | { kind: "cosigned"; line: NoteSignature; seconds: bigint }
  | { kind: "trouble"; trouble: Trouble; conflict?: Conflict };

export interface PeerOptions {
  peer: WitnessPeer;
  log: PeerLog;
  /** The log's keys of now: they change while the server runs. */
  logKeys: () => readonly KeyRange[];
  exchange: Exchange;
  now: () => number;
  random: () => number;
}

const WAITS: Waits = { firstMs: 2000, maxMs: 60_000, stoppedMs: 300_000 };
/** A cosignature says "as of now": one from another time was replayed, or the witness's clock is wrong. */
const CLOCK_SKEW_S = 300;
/** The size that a 409 names leads to one more request; a witness that names another each time is not followed. */
const MAX_TRIES = 3;

class TroubleError extends Error {
  readonly trouble: Trouble;
  readonly conflict: Conflict | undefined;
  constructor(code: TroubleCode, message: string, conflict?: Conflict, options?: ErrorOptions) {
    super(message, options);
    this.trouble = { code, message };
    this.conflict = conflict;
  }
}

/** One witness, and what is known of it: how far it has come, how it fails, and when to ask it again. */
export class Peer {
  readonly name: string;
  readonly #options: PeerOptions;
  /** The tree that it cosigned last, as far as we know. */
  #size = 0;
  /** When it cosigned last, POSIX seconds. */
  #seconds: number | undefined;
  #trouble: (Trouble & { since: number }) | undefined;
  #failures = 0;
  #nextAt = 0;

  constructor(options: PeerOptions) {
    this.#options = options;
    this.name = options.peer.witness.name;
  }

  get witness(): WitnessPeer["witness"] {
    return this.#options.peer.witness;
  }

  get account(): {
    size: number;
    seconds: number | undefined;
    trouble: (Trouble & { since: number }) | undefined;
  } {
    return { size: this.#size, seconds: this.#seconds, trouble: this.#trouble };
  }

  /** What an earlier run of this server already had from it, verified. */
  remember(size: number, seconds: bigint): void {
    this.#size = size;
    this.#seconds = Number(seconds);
  }

  /** Whether it is to be asked about a tree of this size; without `anyway` one that failed is left alone for a while. */
  isDue(size: number, anyway = false): boolean {
    const isWanted = this.#size !== size || this.#trouble !== undefined;
    return isWanted && (anyway || this.#options.now() >= this.#nextAt);
  }

  /** Ask it to cosign this checkpoint. Never rejects. */
  async ask(note: string, size: number): Promise<Outcome> {
    try {
      const { line, seconds } = await this.#askKnown(note, size);
      this.#size = size;
      this.#seconds = Number(seconds);
      this.#trouble = undefined;
      this.#failures = 0;
      this.#nextAt = 0;
      return { kind: "cosigned", line, seconds };
    } catch (error) {
      const failure = toTrouble(error);
      this.#failures++;
      const { now, random } = this.#options;
      const at = now();
      this.#nextAt = at + toWait(WAITS, this.#failures, random());
      const since = this.#trouble?.code === failure.trouble.code ? this.#trouble.since : at;
      this.#trouble = { ...failure.trouble, since };
      const { trouble, conflict } = failure;
      return conflict === undefined ? { kind: "trouble", trouble } : { kind: "trouble", trouble, conflict };
    }
  }

  close(): void {
    this.#options.exchange.close();
  }

  /** Ask; where the witness knows the log under an older key only, show it how the key was changed, and ask again. */
  async #askKnown(note: string, size: number): Promise<Cosignature> {
    try {
      return await this.#exchange(note, size);
    } catch (error) {
      const isOldKey = error instanceof TroubleError && error.trouble.code === "wrong_key";
      if (!isOldKey || !(await this.#introduceKeys())) throw error;
      return this.#exchange(note, size);
    }
  }

  /**
   * For each change of the key: have its tree cosigned, which the old key signed too, then show what proves the new one. Not part
   * of the witness protocol; a witness of another make answers 404 and is told by hand. Whether anything was learned.
   */
  async #introduceKeys(): Promise<boolean> {
    const { log, exchange } = this.#options;
    const { keys, changes } = parseKeyHistory(nodeCrypto, log.keyHistory);
    const [first] = keys;
    let isLearned = false;
    for (const [i, { proof }] of changes.entries()) {
      try {
        const size = Number(keys[i]?.to);
        this.#seconds = Number((await this.#exchange(parseReceipt(proof).checkpoint, size)).seconds);
        this.#size = size;
      } catch (error) {
        // It is further already, or knows neither key: what follows tells.
        if (!(error instanceof TroubleError) || error.conflict !== undefined) throw error;
      }
      const text = formatKeyHistory(formatVkey((first as KeyRange).key), changes.slice(0, i + 1));
      const reply = await exchange.send("POST", "/add-keys", text);
      isLearned ||= reply.status === 200;
    }
    return isLearned;
  }

  async #exchange(note: string, size: number): Promise<Cosignature> {
    const { log, exchange } = this.#options;
    let old = Math.min(this.#size, size);
    for (let tries = 1; tries <= MAX_TRIES; tries++) {
      const proof = await log.consistency(old, size);
      const body = formatAddCheckpoint({ oldSize: BigInt(old), proof, checkpoint: note });
      const reply = await exchange.send("POST", "/add-checkpoint", body);
      if (reply.status === 200) return this.#take(note, reply.body);
      if (reply.status === 422 && old > 0) {
        throw await this.#conflict(
          undefined,
          `it refuses the proof that this log grew from the ${old} events it has seen`,
        );
      }
      if (reply.status !== 409) throw toRefusal(reply);
      old = await this.#sizeOf(reply, old, size);
    }
    throw new TroubleError("bad_answer", "it names another size each time");
  }

  /** The size of a 409, from which to try again. */
  async #sizeOf({ body, type }: WitnessReply, asked: number, size: number): Promise<number> {
    const { log } = this.#options;
    if (!/^text\/x\.tlog\.size(?:;|$)/.test(type)) {
      // Some witnesses say so, and not 422, that they have another root for this very size.
      if (asked === size) throw await this.#conflict(size, `it has another tree of ${size} events`);
      throw new TroubleError("bad_answer", "409 without a size");
    }
    const known = parseSizeAnswer(body);
    if (known > BigInt(log.size)) {
      throw await this.#conflict(
        Number(known),
        `it has cosigned ${known} events of this log, which has ${log.size}: the log was cut back, or somebody else signs in its name`,
      );
    }
    if (known === BigInt(asked)) throw new TroubleError("bad_answer", "409 with the size that was asked for");
    if (known > BigInt(size)) throw new TroubleError("bad_answer", "it is ahead of what it was asked");
    return Number(known);
  }

  #take(note: string, body: Buffer): Cosignature {
    const cosignature = parseCosignature(nodeCrypto, parseNote(note).text, body, this.witness.key);
    const off = Number(cosignature.seconds) - this.#options.now() / 1000;
    if (Math.abs(off) > CLOCK_SKEW_S) {
      const minutes = Math.round(Math.abs(off) / 60);
      const way = off > 0 ? "ahead" : "behind";
      throw new TroubleError(
        "bad_clock",
        `its cosignature is ${minutes} minutes ${way}: a wrong clock, or an old one again`,
      );
    }
    return cosignature;
  }

  /** Ask for the other checkpoint: signed with this log's key, it is a proof that anybody can check. */
  async #conflict(size: number | undefined, message: string): Promise<TroubleError> {
    const { exchange, log } = this.#options;
    let proof: string | undefined;
    try {
      const reply = await exchange.send("GET", `/${originHash(log.origin)}/checkpoint`);
      const note = reply.body.toString("utf8");
      if (reply.status === 200 && (await this.#isOther(note))) proof = note;
    } catch (error) {
      // It need not show any: then there is only its word.
      if (!(error instanceof ExchangeError || error instanceof MerkleError)) throw error;
    }
    return new TroubleError("conflict", message, { size, proof });
  }

  async #isOther(note: string): Promise<boolean> {
    const { log, logKeys } = this.#options;
    const head = verifyCheckpointBy(nodeCrypto, note, logKeys());
    const ours = log.checkpoint();
    const size = Number(head.size);
    if (size > log.size) return true;
    if (size === 0) return false;
    try {
      const [size1, size2] = [head.size, BigInt(ours.size)];
      const proof = await log.consistency(size, ours.size);
      verifyConsistency(nodeCrypto, { size1, size2, root1: head.root, root2: ours.root, proof });
      return false;
    } catch (error) {
      if (error instanceof MerkleError && error.code === "proof_mismatch") return true;
      throw error;
    }
  }
}

function toRefusal({ status }: WitnessReply): TroubleError {
  if (status === 404)
    return new TroubleError("unknown_log", "it does not watch this log: telltale witness add");
  if (status === 403) return new TroubleError("wrong_key", "it knows this log under another key");
  if (status === 429 || status >= 500) return new TroubleError("failing", `it answered ${status}`);
  const why = status >= 300 && status < 400 ? ", a redirect, which is not followed" : "";
  return new TroubleError("refused", `it answered ${status}${why}`);
}

function toTrouble(error: unknown): TroubleError {
  if (error instanceof TroubleError) return error;
  if (error instanceof ExchangeError)
    return new TroubleError(error.code, error.message, undefined, { cause: error });
  if (error instanceof MerkleError)
    return new TroubleError("bad_answer", error.message, undefined, { cause: error });
  // The log could not give a proof: the witness is not to blame, and the next round tries again.
  const message = error instanceof Error ? error.message : String(error);
  return new TroubleError("failing", `it could not be asked: ${message}`, undefined, { cause: error });
}

// SPDX-License-Identifier: Apache-2.0
import type { WitnessedFile } from "@telltale/log";
import {
  formatNote,
  isQuorum,
  type KeyRange,
  type NoteSignature,
  parseNote,
  verifyWitnessed,
  type WitnessPolicy,
} from "@telltale/merkle";
import { nodeCrypto } from "@telltale/merkle/node";
import type { WitnessAlarm } from "./alarm.js";
import type { Outcome, Peer, PeerLog, TroubleCode } from "./peer.js";

/** The newest checkpoint that enough witnesses cosigned. */
export interface WitnessedHead {
  /** The whole note. */
  note: string;
  size: number;
  /** When it was cosigned, ms since 1970: the oldest of the times that the cosignatures state. */
  time: number;
}

export interface WitnessStatus {
  /** `pending`: not yet, or not since long enough ago to be an alarm. */
  state: "witnessed" | "pending" | "unwitnessed";
  /** Size and time of the newest checkpoint that enough witnesses cosigned; null before the first. */
  newest: { size: number; time: string; checkpoint: string } | null;
  /** Since when nothing new was witnessed; null while all is well. RFC 3339. */
  unwitnessedSince: string | null;
  witnesses: {
    name: string;
    vkey: string;
    /** Size of the tree that it cosigned last, 0 for none. */
    size: number;
    cosigned: string | null;
    /** Whether the quorum can be met without it is the policy's to say. */
    trouble: { code: TroubleCode; message: string; since: string } | null;
  }[];
}

export interface WitnessesOptions {
  log: PeerLog;
  /** The log's keys of now: they change while the server runs. */
  logKeys: () => readonly KeyRange[];
  policy: WitnessPolicy;
  peers: readonly Peer[];
  vkeyOf: (peer: Peer) => string;
  file: Pick<WitnessedFile, "read" | "write">;
  everyMs: number;
  /** Without a quorum for this long, "unwitnessed" is said aloud. */
  graceMs: number;
  now: () => number;
  onError: (error: Error) => void;
}

/** At the end the newest events are still to be witnessed, but nobody waits for long. */
const LAST_ROUND_MS = 3000;

/**
 * Asks all witnesses for each new checkpoint and keeps the newest one that enough of them cosigned. Nothing waits for it:
 * events are accepted and acknowledged whatever the witnesses do.
 */
export class Witnesses {
  readonly #options: WitnessesOptions;
  #alarm: WitnessAlarm | undefined;
  #newest: WitnessedHead | undefined;
  /** Cosignatures of the newest checkpoint that was not enough for the quorum. */
  #partial: { text: string; lines: NoteSignature[] } | undefined;
  #quorumAt: number;
  #lost = false;
  /** Nothing smaller is published any more: to a mirror it would look as if the log went back. */
  #floor: number;
  #running: Promise<void> | undefined;
  #timer: NodeJS.Timeout | undefined;

  private constructor(options: WitnessesOptions, newest: WitnessedHead | undefined) {
    this.#options = options;
    this.#newest = newest;
    // An earlier run may have published its own newest checkpoint, which was never larger than the log is now.
    this.#floor = options.log.size;
    this.#quorumAt = options.now();
  }

  /** Reads what an earlier run had. What cannot be believed is reported and replaced by the next quorum. */
  static async open(options: WitnessesOptions): Promise<Witnesses> {
    const { file, onError } = options;
    let newest: WitnessedHead | undefined;
    try {
      const bytes = await file.read();
      if (bytes !== undefined) newest = Witnesses.#believe(options, bytes.toString("utf8"));
    } catch (error) {
      onError(error instanceof Error ? error : new Error(String(error)));
    }
    return new Witnesses(options, newest);
  }

  /** What a kept note is worth by today's policy: undefined when its witnesses are not enough, or not known any more. */
  static #believe(options: WitnessesOptions, note: string): WitnessedHead | undefined {
    const { cosigned, head, quorum } = verifyWitnessed(nodeCrypto, note, options.logKeys(), options.policy);
    const size = Number(head.size);
    if (size > options.log.size) {
      throw new Error(`${size} events were witnessed, the log has ${options.log.size}: it was cut back`);
    }
    for (const { witness, seconds } of cosigned) {
      options.peers.find((peer) => peer.witness === witness)?.remember(size, seconds);
    }
    // A quorum of nobody has no time of its own.
    const times = cosigned.map(({ seconds }) => Number(seconds) * 1000);
    return quorum ? { note, size, time: times.length > 0 ? Math.min(...times) : options.now() } : undefined;
  }

  /** From now on: a round at once, then one every interval in which something is to be asked. */
  async start(alarm: WitnessAlarm): Promise<void> {
    const lostAt = await alarm.lostSince();
    if (lostAt !== undefined) {
      this.#lost = true;
      this.#quorumAt = lostAt;
    }
    this.#alarm = alarm;
    const { everyMs } = this.#options;
    this.#timer = setInterval(() => void this.round(), everyMs);
    this.#timer.unref();
    void this.round();
  }

  /** Ask whoever is due, or all that have not cosigned yet; one round at a time. Never rejects. */
  round(isLast = false): Promise<void> {
    this.#running ??= this.#round(isLast)
      .catch((error: unknown) =>
        this.#options.onError(error instanceof Error ? error : new Error(String(error))),
      )
      .finally(() => {
        this.#running = undefined;
      });
    return this.#running;
  }

  async #round(isLast: boolean): Promise<void> {
    const { log, peers, now } = this.#options;
    const { text: note, size } = log.checkpoint();
    const due = size === 0 ? [] : peers.filter((peer) => peer.isDue(size, isLast));
    if (due.length === 0 && this.#newest?.size === size) {
      this.#quorumAt = now();
      await this.#judge();
      return;
    }
    const outcomes = await Promise.all(
      due.map(async (peer) => ({ peer, outcome: await peer.ask(note, size) })),
    );
    for (const { peer, outcome } of outcomes) await this.#report(peer, outcome);
    if (size > 0) await this.#count(note, outcomes);
    await this.#judge();
  }

  async #report(peer: Peer, outcome: Outcome): Promise<void> {
    if (outcome.kind === "cosigned") this.#alarm?.settled(peer.name);
    else if (outcome.conflict !== undefined) {
      const { trouble, conflict } = outcome;
      await this.#alarm?.conflict({ name: peer.name, message: trouble.message, ...conflict });
    }
  }

  async #count(note: string, outcomes: readonly { peer: Peer; outcome: Outcome }[]): Promise<void> {
    const { policy, file } = this.#options;
    const { text, signatures } = parseNote(note);
    const before = this.#linesOn(text);
    const fresh = outcomes.flatMap(({ outcome }) => (outcome.kind === "cosigned" ? [outcome] : []));
    const lines = [
      ...before.filter((line) => !fresh.some((one) => isSameKey(one.line, line))),
      ...fresh.map(({ line }) => line),
    ];
    const has = (name: string, keyId: number) => lines.some((line) => isSameKey(line, { name, keyId }));
    if (!isQuorum(policy.quorum, ({ key }) => has(key.name, key.keyId))) {
      this.#partial = { text, lines };
      return;
    }
    const cosigned = formatNote(text, [...signatures, ...lines]);
    if (cosigned !== this.#newest?.note) {
      await file.write(cosigned);
      this.#partial = undefined;
      this.#newest = Witnesses.#believe(this.#options, cosigned);
    }
    this.#quorumAt = this.#options.now();
  }

  /** The cosignatures of this very checkpoint that earlier rounds brought: who gave them is not asked again. */
  #linesOn(text: string): NoteSignature[] {
    if (this.#partial?.text === text) return this.#partial.lines;
    const newest = this.#newest === undefined ? undefined : parseNote(this.#newest.note);
    if (newest?.text !== text) return [];
    const { witnesses } = this.#options.policy;
    return newest.signatures.filter((line) => witnesses.some(({ key }) => isSameKey(key, line)));
  }

  async #judge(): Promise<void> {
    const { log, now, graceMs } = this.#options;
    const isWitnessed = now() - this.#quorumAt < graceMs;
    if (isWitnessed && this.#lost && this.#newest !== undefined) {
      this.#lost = false;
      await this.#alarm?.regained(this.#newest.size, this.#quorumAt);
    } else if (!isWitnessed && !this.#lost && log.size > (this.#newest?.size ?? 0)) {
      this.#lost = true;
      await this.#tellLost();
    }
  }

  async #tellLost(): Promise<void> {
    const { witnesses } = this.status();
    try {
      await this.#alarm?.lost({
        since: this.#quorumAt,
        witnessed: this.#newest?.size ?? 0,
        reasons: witnesses.flatMap(({ name, trouble }) => (trouble === null ? [] : [{ name, ...trouble }])),
      });
    } catch (error) {
      this.#lost = false; // nobody was told: the next round tries again
      throw error;
    }
  }

  /**
   * The checkpoint that readers of the log are given: the newest witnessed one; while nothing is witnessed, the log's own, with
   * what cosignatures it has, so that mirrors go on. It never goes back in size.
   */
  published(): string {
    const newest = this.#newest;
    if (newest !== undefined && !this.#lost && newest.size >= this.#floor) {
      this.#floor = newest.size;
      return newest.note;
    }
    const { text: note, size } = this.#options.log.checkpoint();
    this.#floor = Math.max(this.#floor, size);
    const { text, signatures } = parseNote(note);
    if (newest?.size === size) return newest.note;
    return this.#partial?.text === text ? formatNote(text, [...signatures, ...this.#partial.lines]) : note;
  }

  status(): WitnessStatus {
    const { peers, vkeyOf, log } = this.#options;
    const newest = this.#newest;
    const isCovered = newest !== undefined && newest.size === log.size;
    const state = this.#lost && !isCovered ? "unwitnessed" : newest === undefined ? "pending" : "witnessed";
    return {
      state,
      newest:
        newest === undefined
          ? null
          : { size: newest.size, time: new Date(newest.time).toISOString(), checkpoint: newest.note },
      unwitnessedSince: state === "unwitnessed" ? new Date(this.#quorumAt).toISOString() : null,
      witnesses: peers.map((peer) => {
        const { size, seconds, trouble } = peer.account;
        return {
          name: peer.name,
          vkey: vkeyOf(peer),
          size,
          cosigned: seconds === undefined ? null : new Date(seconds * 1000).toISOString(),
          trouble:
            trouble === undefined ? null : { ...trouble, since: new Date(trouble.since).toISOString() },
        };
      }),
    };
  }

  /** The last round, so that the newest events of a stopped server are witnessed, too. Call when nothing is appended any more. */
  async close(): Promise<void> {
    clearInterval(this.#timer);
    this.#alarm = undefined; // nobody can seal events any more
    let timer: NodeJS.Timeout | undefined;
    const patience = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, LAST_ROUND_MS);
    });
    const last = async (): Promise<void> => {
      await this.#running;
      await this.round(true);
    };
    await Promise.race([last(), patience]);
    clearTimeout(timer);
    for (const peer of this.#options.peers) peer.close();
    await this.#running; // with the connections gone it ends at once; the file must not be written after this
  }
}

function isSameKey(a: { name: string; keyId: number }, b: { name: string; keyId: number }): boolean {
  return a.name === b.name && a.keyId === b.keyId;
}

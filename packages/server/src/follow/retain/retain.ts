// SPDX-License-Identifier: Apache-2.0
import { randomUUID } from "node:crypto";
import { type IndexRange, withRange } from "@telltale/log";
import { nameOf, type SealingSelfLog, type SelfActor, type SelfEvent, toActor } from "../../self-log.js";
import type { Cursors } from "../../state/cursors.js";
import type { Follower, SealedBatch } from "../follower.js";
import type { Archive } from "./archive.js";
import { toArchiveHead } from "./archive-head.js";
import { readSealed, type SealedCertificate, toCertificate } from "./certificate.js";
import { RetainError } from "./error.js";
import { heldRanges, type Hold, type HoldStore, type NewHold, verifyHold } from "./holds.js";
import { ownLinesWith } from "./own-lines.js";
import { type Blocked, Planner } from "./plan.js";
import {
  DEFAULT_POLICY,
  describePolicy,
  parsePolicy,
  type PolicyInForce,
  policyHash,
  type RetentionPolicy,
} from "./policy.js";
import type { RetainLog } from "./retain-log.js";
import { readStorage, type StorageFacts } from "./storage-facts.js";

/*
 * The retain follower: what the policy no longer keeps is removed, in two steps that meet in the log.
 *
 *   run ─► due? held? ─► archive copy, read back ─► certificate, sealed ─┐
 *                                                     the sealed log ◄───┘
 *   handle ◄─ meets the certificate ─► still right? ─► log.prune
 *
 * The certificate is the decision, and only a certificate that is in the log is ever carried out. A process that dies
 * between the two meets it again, because the cursor never passes one that is waiting.
 */

/** Remembers the policy that was in force last, so that a change becomes an event. */
export interface PolicyMemory {
  /** What was written last; undefined when nothing was. */
  read(): Promise<PolicyInForce | undefined>;
  write(inForce: PolicyInForce): Promise<void>;
}

export interface RetainOptions {
  readonly log: RetainLog;
  readonly logName: string;
  readonly selfLog: SealingSelfLog;
  readonly holds: HoldStore;
  readonly cursors: Pick<Cursors, "get" | "put">;
  readonly policy: RetentionPolicy;
  readonly memory: PolicyMemory;
  /** Where segments are copied to first; undefined: nowhere. */
  readonly archive?: Archive;
  /** Takes events before an index out of the search. */
  readonly dropBefore?: (index: number) => Promise<unknown>;
  readonly onError: (error: Error) => void;
  readonly now?: () => number;
  /** Time between two looks at what is due; infinite for none but those that are asked for. Default: an hour. */
  readonly everyMs?: number;
}

export interface RetainRun {
  /** Segments that were certified now; they go when their certificates come by. */
  readonly certified: number;
  readonly blocked: readonly Blocked[];
  /** Certificates that are sealed and not carried out. */
  readonly waiting: number;
}

export interface RetainStatus {
  readonly policy: RetentionPolicy;
  /** Hash of its version; undefined until the log has heard of a change. */
  readonly policyHash: string | undefined;
  readonly pruned: readonly IndexRange[];
  readonly firstKept: number;
  readonly size: number;
  /** Events before this index are not in the search any more, when the search was last told. */
  readonly searchableFrom: number;
  readonly nextDue: number | undefined;
  readonly holds: readonly Hold[];
  readonly waiting: number;
  readonly archiving: boolean;
  readonly lastRun: number | undefined;
  readonly lastError: string | undefined;
  readonly storage: StorageFacts;
}

const MARK = Buffer.from('"log_pruned"');
const PERSIST_MS = 5_000;
const SETTLE_MS = 10_000;

export class Retain implements Follower {
  readonly name = "retain";
  readonly version = 1;
  readonly #options: RetainOptions;
  readonly #policy: RetentionPolicy;
  #inForce: PolicyInForce | undefined;
  readonly #planner: Planner;
  readonly #now: () => number;
  readonly #everyMs: number;
  /** Certificates that came by and are not carried out, by their index. */
  readonly #waiting = new Map<number, SealedCertificate>();
  #position = 0;
  #persisted = { next: -1, at: 0 };
  #searchableFrom = 0;
  #lastRun: number | undefined;
  #nextRun: number;
  #lastError: string | undefined;
  #running: Promise<RetainRun> | undefined;
  #exclusive: Promise<unknown> = Promise.resolve();
  #closing = false;

  /** Throws RetainError when the policy may not be used. */
  constructor(options: RetainOptions) {
    this.#options = options;
    this.#policy = parsePolicy(options.policy);
    this.#now = options.now ?? Date.now;
    this.#everyMs = options.everyMs ?? 3_600_000;
    // Not at once: a server that has just started has better things to do.
    this.#nextRun = this.#now() + this.#everyMs / 60;
    this.#planner = new Planner(options.log, (error) => this.#report(error));
  }

  async start(): Promise<number> {
    const { cursors, log, logName } = this.#options;
    const cursor = await cursors.get(this.name, logName);
    const known = cursor?.version === this.version ? cursor.next : 0;
    this.#position = Math.min(log.size, log.firstKept(known));
    return this.#position;
  }

  async rewind(next: number): Promise<void> {
    for (const index of this.#waiting.keys()) if (index >= next) this.#waiting.delete(index);
    this.#position = next;
    await this.#persist();
  }

  async handle(batch: SealedBatch): Promise<void> {
    if (batch.log !== this.#options.logName) return;
    const before = this.#waiting.size;
    for (const { line, bytes } of ownLinesWith(MARK, batch)) {
      const sealed = readSealed(bytes, batch.first + line);
      if (sealed !== undefined) this.#waiting.set(sealed.index, sealed);
    }
    this.#position = batch.first + batch.count;
    if (this.#waiting.size > before) await this.#carryOut();
    if (this.#now() - this.#persisted.at >= PERSIST_MS) await this.#persist();
    this.#tick();
  }

  async idle(): Promise<void> {
    await this.#persist();
    this.#tick();
  }

  async close(): Promise<void> {
    this.#closing = true;
    await this.#running?.catch(() => undefined); // reported when it failed
    await this.#exclusive;
    await this.#persist();
  }

  /** The cursor stays before the first certificate that is still to be carried out. */
  async #persist(): Promise<void> {
    const next = Math.min(this.#position, ...this.#waiting.keys());
    this.#persisted.at = this.#now();
    if (next === this.#persisted.next) return;
    await this.#options.cursors.put({
      follower: this.name,
      log: this.#options.logName,
      version: this.version,
      next,
    });
    this.#persisted.next = next;
  }

  #report(error: unknown): void {
    const failure = error instanceof Error ? error : new Error(String(error));
    this.#lastError = failure.message;
    this.#options.onError(failure);
  }

  #tick(): void {
    // Not while behind: a certificate that was sealed before may still come by.
    if (this.#now() < this.#nextRun || this.#closing || this.#position < this.#options.log.size) return;
    this.run().catch((error: unknown) => this.#report(error));
  }

  /** Looks at what is due and certifies it. One at a time; who asks meanwhile gets the same answer. */
  run(): Promise<RetainRun> {
    this.#running ??= this.#run().finally(() => {
      this.#running = undefined;
    });
    return this.#running;
  }

  /** As `run`, and waits a moment for the certificates to be carried out. */
  async runNow(): Promise<RetainRun> {
    const result = await this.run();
    const until = performance.now() + SETTLE_MS;
    const isBehind = (): boolean => this.#waiting.size > 0 || this.#position < this.#options.log.size;
    while (result.certified > 0 && isBehind() && !this.#closing && performance.now() < until) {
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    return { ...result, waiting: this.#waiting.size };
  }

  async #run(): Promise<RetainRun> {
    const { log, holds, selfLog, archive, dropBefore, logName } = this.#options;
    const now = this.#now();
    this.#lastRun = now;
    this.#nextRun = now + this.#everyMs;
    const inForce = await this.#mustBeInForce();
    this.#searchableFrom = await this.#planner.searchableFrom(this.#policy, now);
    await dropBefore?.(this.#searchableFrom);
    await this.#carryOut();
    // What is certified already comes first: each certificate names all that is gone, so they have an order.
    if (this.#waiting.size > 0) return { certified: 0, blocked: [], waiting: this.#waiting.size };
    // Before the list: a hold that is placed between the two makes the certificates void.
    const holdsRevision = await holds.revision();
    const plan = await this.#planner.find(this.#policy, await holds.list(), now);
    let pruned: readonly IndexRange[] = log.pruned;
    const certificates: SelfEvent[] = [];
    for (const facts of plan.due) {
      if (this.#closing) break;
      const copy = await archive?.copy(facts, await toArchiveHead(log, facts));
      pruned = withRange(pruned, facts);
      const grounds = { origin: log.origin, logName, facts, inForce, holdsRevision };
      certificates.push(toCertificate({ ...grounds, pruned, archive: copy }));
    }
    if (certificates.length > 0) await selfLog.seal(certificates);
    // The certificates are in the log and nothing has gone yet.
    // If we die here, the follower meets them after the next start, as its cursor lies before them.
    // Nobody needs to repair anything; if policy or holds have changed by then, they are void and made anew.
    if (plan.more) this.#nextRun = now;
    this.#lastError = undefined;
    return { certified: certificates.length, blocked: plan.blocked, waiting: this.#waiting.size };
  }

  /** A policy that differs from the last one is an event before it is acted upon. */
  async #mustBeInForce(): Promise<PolicyInForce> {
    if (this.#inForce !== undefined) return this.#inForce;
    const { memory, selfLog } = this.#options;
    const before = (await memory.read()) ?? { policy: DEFAULT_POLICY, since: "" };
    const [from, to] = [describePolicy(before.policy), describePolicy(this.#policy)];
    if (JSON.stringify(from) === JSON.stringify(to)) {
      this.#inForce = before;
      return before;
    }
    const inForce = { policy: this.#policy, since: new Date(this.#now()).toISOString() };
    const { keptDays, searchableDays, override } = this.#policy;
    const by = override === undefined ? "" : `, decided by ${override.name}: ${override.reason}`;
    await selfLog.seal([
      {
        action: "log_retention_changed",
        actor: toActor({ kind: "system", id: "retain" }),
        message: `Events are kept for ${keptDays} days and searchable for ${searchableDays}${by}`,
        data: { from, to, hash: policyHash(inForce) },
      },
    ]);
    // The event is in the log and the new policy is not in force.
    // If we die here, the next start finds the old one remembered and tells the change again.
    // A second event of one change is harmless; a change without an event would not be.
    await memory.write(inForce);
    this.#inForce = inForce;
    return inForce;
  }

  /** Runs alone among what removes and what holds: who has placed a hold knows that nothing goes after that. */
  #alone<T>(work: () => Promise<T>): Promise<T> {
    const result = this.#exclusive.then(work);
    this.#exclusive = result.catch(() => undefined); // the caller has the error
    return result;
  }

  /** Carries out the certificates that are waiting, in their order. What is void is forgotten, what fails stays. */
  #carryOut(): Promise<void> {
    return this.#alone(async () => {
      if (this.#waiting.size === 0) return;
      const hash = policyHash(await this.#mustBeInForce());
      const { log, holds, archive } = this.#options;
      for (const [index, sealed] of [...this.#waiting].sort(([a], [b]) => a - b)) {
        const { first, next } = sealed.range;
        const isGone = log.firstKept(first) >= next;
        const isCurrent = sealed.policyHash === hash && sealed.holdsRevision === (await holds.revision());
        const isNext = JSON.stringify(withRange(log.pruned, sealed.range)) === JSON.stringify(sealed.pruned);
        const isArchived = archive === undefined || sealed.archived !== null;
        if (!isGone && isCurrent && isNext && isArchived) {
          try {
            if (sealed.archived !== null) await archive?.verify(first, sealed.archived);
            await log.prune({ first, next, certificate: index, held: heldRanges(await holds.list()) });
          } catch (error) {
            this.#report(error);
            return;
          }
        }
        this.#waiting.delete(index);
      }
    });
  }

  /** Places a hold: in force when this resolves, and an event. Throws `retain_bad_hold`. */
  place(hold: NewHold, by: SelfActor): Promise<Hold> {
    verifyHold(hold);
    return this.#alone(async () => {
      const { name, reason, scope } = hold;
      const placed = new Date(this.#now()).toISOString();
      const made: Hold = { id: randomUUID(), name, reason, scope, placed, placedBy: nameOf(by) };
      await this.#options.holds.add(made);
      // The hold is in force and no event says so yet.
      // If we die here, or the log refuses, too much is kept and nothing is lost.
      // Whoever placed it got no answer and sees it in the list.
      await this.#options.selfLog.seal([
        holdEvent("log_hold_placed", made, by, `A hold was placed: ${name}`),
      ]);
      return made;
    });
  }

  /** Releases a hold: an event first, then in effect. Throws `retain_no_hold`. */
  release(id: string, by: SelfActor, why?: string): Promise<Hold> {
    return this.#alone(async () => {
      const { holds, selfLog } = this.#options;
      const hold = (await holds.list()).find((one) => one.id === id && one.released === undefined);
      if (hold === undefined) throw new RetainError("retain_no_hold", "there is no such hold in force");
      const event = holdEvent("log_hold_released", hold, by, `A hold was released: ${hold.name}`);
      await selfLog.seal([why === undefined ? event : { ...event, data: { ...event.data, why } }]);
      const released = new Date(this.#now()).toISOString();
      const releasedBy = nameOf(by);
      await holds.release(id, released, releasedBy, why);
      return { ...hold, released, releasedBy, ...(why !== undefined && { releaseReason: why }) };
    });
  }

  async status(): Promise<RetainStatus> {
    const { log, holds, archive } = this.#options;
    return {
      policy: this.#policy,
      policyHash: this.#inForce && policyHash(this.#inForce),
      pruned: log.pruned,
      firstKept: log.firstKept(0),
      size: log.size,
      searchableFrom: this.#searchableFrom,
      nextDue: await this.#planner.nextDue(this.#policy),
      holds: await holds.list(),
      waiting: this.#waiting.size,
      archiving: archive !== undefined,
      lastRun: this.#lastRun,
      lastError: this.#lastError,
      storage: await readStorage(log, this.#searchableFrom),
    };
  }
}

function holdEvent(action: string, hold: Hold, by: SelfActor, message: string): SelfEvent {
  const { id, name, reason, scope } = hold;
  return {
    action,
    actor: toActor(by),
    targets: [{ type: "hold", id, name }],
    message,
    data: { hold: id, name, reason, ...scope },
  };
}

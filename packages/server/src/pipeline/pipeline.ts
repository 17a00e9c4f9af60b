// SPDX-License-Identifier: Apache-2.0
import type { CredentialFound } from "../protect/thread/credential-watch.js";
import { type Supplier, supplied } from "../protect/thread/needs.js";
import { BodyError } from "./ingest/body.js";
import type { SentBody } from "./prepare-sent.js";
import { prepareInternal, type Prepared, type PrepareTools, type Rejected, type Share } from "./prepare.js";
import type { ReceivedClock } from "./received-clock.js";
import type { Sealed, Sealer } from "./seal/sealer.js";
import { SELF_VIA, type Sender } from "./stages.js";
import { type SealedShare, Together } from "./together.js";
import type { WorkerPool } from "./worker-pool.js";

/** A body as it came from the network. */
export type Body = Omit<SentBody, "sender">;

export interface Ingested extends Sealed {
  rejected: Rejected[];
  rejectedCount: number;
}

/** What the pipeline has done since the start. */
export interface PipelineCounts {
  requests: number;
  events: number;
  duplicates: number;
  rejected: number;
  kept: number;
}

/** What the pipeline needs of those who keep the keys. */
export interface PipelineProtection {
  supply: Supplier;
  /** True while the keys are not to be had: then nothing is taken, because nothing is stored unprotected. */
  readonly isLocked: boolean;
  /** For events of Telltale itself. */
  ownTools: PrepareTools;
  /** Called after the seal, with the index of the event where it is known. */
  onCredential(found: CredentialFound & { index: number | undefined }): void;
}

export interface PipelineParts {
  sealer: Sealer;
  workers: Pick<WorkerPool, "prepare">;
  tools: PrepareTools;
  clock: ReceivedClock;
  /** Keys that events need; absent where the tools have none. */
  protection?: PipelineProtection;
  /** Called after the seal when events claimed what their key may not, or an id came with other bytes. */
  onSuspicion(suspicion: { kind: "claim" | "conflict"; count: number; sender: Sender; sealed: Sealed }): void;
}

/** Bytes of bodies that may be on their way to the disk at once; beyond it senders are asked to wait. */
export const MAX_PENDING_BYTES = 64 * 1024 * 1024;

/**
 * ingest → normalize → protect → seal. `ingest` resolves when every event of the body is durable, and that is
 * the only thing an acknowledgement may rest on. Throws BodyError when nothing of the body was kept.
 */
export class Pipeline {
  readonly #parts: PipelineParts;
  readonly #together: Together;
  #pendingBytes = 0;
  readonly counts: PipelineCounts = { requests: 0, events: 0, duplicates: 0, rejected: 0, kept: 0 };

  constructor(parts: PipelineParts) {
    this.#parts = parts;
    const { protection } = parts;
    this.#together = new Together(protection === undefined ? parts : { ...parts, supply: protection.supply });
  }

  get pendingBytes(): number {
    return this.#pendingBytes;
  }

  async ingest(body: Body, from: Omit<Sender, "received">): Promise<Ingested> {
    if (this.#parts.protection?.isLocked === true) throw keysUnavailable();
    if (this.#pendingBytes > MAX_PENDING_BYTES) {
      throw new BodyError("overloaded", "too much is waiting for the disk; nothing of this body was kept");
    }
    const weight = body.bytes.length;
    this.#pendingBytes += weight;
    try {
      const sender: Sender = { received: this.#parts.clock.stamp(), ...from };
      const { share, sealed, found } = await this.#together.seal({ ...body, sender });
      const refused = share.refused ?? (share.lone ? share.rejected[0] : undefined);
      if (refused !== undefined) throw new BodyError(refused.code, refused.message);
      this.#count(share, sealed);
      this.#report(share, sealed, sender);
      if (found !== undefined) this.#tell(found, share, sealed);
      return { ...sealed, rejected: share.rejected, rejectedCount: share.rejectedCount };
    } finally {
      this.#pendingBytes -= weight;
    }
  }

  /** Seals events that Telltale makes about itself. They are whole events; reserved actions are allowed. */
  async ingestInternal(events: readonly unknown[]): Promise<Sealed> {
    const sender: Sender = { received: this.#parts.clock.stamp(), via: SELF_VIA };
    const prepared = await this.#prepareInternal(events, sender);
    const [refused] = prepared.shares[0]!.rejected;
    if (refused !== undefined)
      throw new Error(`an event about Telltale itself was refused: ${refused.message}`);
    const [sealed] = await this.#parts.sealer.seal(prepared);
    return sealed!;
  }

  /** What Telltale says of itself is kept also without keys: then what they would hide otherwise is removed. */
  async #prepareInternal(events: readonly unknown[], sender: Sender): Promise<Prepared> {
    const { protection, tools } = this.#parts;
    const own = protection?.ownTools ?? tools;
    const first = prepareInternal(events, sender, own);
    if (first.needs === undefined || protection === undefined) return first;
    try {
      return await supplied(first, protection.supply, (supply) => {
        own.keys?.supply(supply);
        return prepareInternal(events, sender, own);
      });
    } catch (error) {
      const without = prepareInternal(events, sender, own);
      if (!(error instanceof BodyError) || without.needs !== undefined) throw error;
      return without;
    }
  }

  #tell(
    { credentials, start }: NonNullable<SealedShare["found"]>,
    share: Share,
    { accepted, first }: Sealed,
  ): void {
    // All of it was sealed before: it was told then.
    if (accepted === 0) return;
    const isWhole = accepted === share.end - start;
    for (const each of credentials) {
      const index = isWhole && first !== null ? first + each.line - start : undefined;
      this.#parts.protection?.onCredential({ ...each, index });
    }
  }

  #count(share: Share, sealed: Sealed): void {
    this.counts.requests++;
    this.counts.events += sealed.accepted;
    this.counts.duplicates += sealed.duplicates;
    this.counts.rejected += share.rejectedCount;
    this.counts.kept += share.kept;
  }

  #report(share: Share, sealed: Sealed, sender: Sender): void {
    if (sealed.accepted === 0) return;
    if (share.claimed > 0) this.#parts.onSuspicion({ kind: "claim", count: share.claimed, sender, sealed });
    if (sealed.conflicts > 0)
      this.#parts.onSuspicion({ kind: "conflict", count: sealed.conflicts, sender, sealed });
  }
}

/** Nothing of a body was kept because it cannot be protected now. */
export function keysUnavailable(cause?: unknown): BodyError {
  return new BodyError(
    "keys_unavailable",
    "the keys that protect events are not to be had; nothing of this body was kept",
    cause === undefined ? {} : { cause },
  );
}

// SPDX-License-Identifier: Apache-2.0
import type { Socket } from "node:net";
import type { KeyChangeEvent, KeyRange } from "@telltale/merkle";
import type { WitnessTrust } from "./check/witnessed.js";
import type { LogErrorCode } from "./error.js";
import type { FileSystem } from "./fs.js";
import type { PredecessorVerdict } from "./successor/check.js";
import type { Authority } from "./timestamp/chain.js";
import type { PruneRequest } from "./prune/prune.js";
import type { IndexRange } from "./prune/ranges.js";

/** Lines, each ended by one newline. `ends[i]` is the offset just after line i's newline. */
export interface LineBatch {
  bytes: Buffer;
  ends: Uint32Array;
  count: number;
}

/** What `append` takes: the lines and `32 * count` bytes of SHA-256(0x00 || line without its newline). */
export interface LeafBatch extends LineBatch {
  leafHashes: Buffer;
}

/** Lines that are in the log for ever; `first` is the index of the first one. */
export interface Committed extends LineBatch {
  first: number;
}

/** Where an appended batch lies. */
export interface Appended {
  first: number;
  count: number;
}

/** A signed head: the text is a C2SP checkpoint in a signed note. `time` in ms since 1970, never decreasing. */
export interface Checkpoint {
  text: string;
  size: number;
  root: Buffer;
  time: number;
}

export interface Segment {
  first: number;
  count: number;
  /** Bytes on disk: compressed once `path` ends in `.zst`. */
  bytes: number;
  path: string;
  /** True when no line will be added any more. */
  closed: boolean;
}

/** A segment that has just been closed. `path` stays readable until every listener's promise has settled. */
export interface ClosedSegment {
  first: number;
  count: number;
  /** The plain NDJSON file. */
  path: string;
  /** Where the compressed form will be; it may not exist yet. */
  zstPath: string;
}

/** What opening had to repair; worth an event of its own when anything is not zero or false. */
export interface Recovery {
  /** Complete lines found beyond the signed head and taken into the log. */
  adopted: number;
  /** Bytes of a torn last line, dropped. */
  droppedBytes: number;
  /** A head slot was torn by the interrupted commit. */
  headSlotDamaged: boolean;
  /** Hash tiles or frame indexes had to be derived again from the events. */
  rebuilt: boolean;
  /** The clock is this many ms behind the newest head (clamped; 0 when it is not). */
  clockBehindMs: number;
  /** The directory had this older format and was brought to today's; 0 when it had not. */
  migratedFrom: number;
  /** The refusals that were overridden because the caller accepts them, and that would have been made. */
  accepted: readonly Overridable[];
}

/** The refusals an operator may override, each by an explicit decision that belongs into the log as an event. */
export type Overridable = Extract<LogErrorCode, "clock_behind" | "head_damaged">;

export interface OpenLogOptions {
  dataDir: string;
  /** Default `main`. */
  name?: string;
  /** Where the head store lies. Default `DATA/head`; on another disk or machine it survives what is done to the data. */
  headDir?: string;
  /** Create the log when it does not exist; its origin becomes `<originName>/<128 random bits>`. */
  create?: { originName: string };
  /** A segment closes at the next multiple of 256 lines after this many bytes. Default 48 MB. */
  segmentBytes?: number;
  /** For fault injection. Default: node:fs. */
  fs?: FileSystem;
  /** ms since 1970. */
  now?: () => number;
  /** Start although one of these refusals applies. */
  accept?: readonly Overridable[];
  /** Connections to DATA/control.sock; they are closed when this is not given. */
  onControl?: (socket: Socket) => void;
  /**
   * Called once, when a write or fsync failed. Nothing is acknowledged any more; the process should exit and
   * start again, which recovers. The fate of batches in flight is unknown until then.
   */
  onFatal(error: Error): void;
  /** Something derivable could not be written, or a listener threw; the log goes on. */
  onWarning?: (error: Error) => void;
}

/**
 * One append-only log in one directory, held by one process.
 *
 * The caller MUST NOT change a batch's buffers after handing them over, and MUST NOT acknowledge an event
 * before `append` has resolved: then it is on disk, under a signed head that is on disk too.
 * A rejected append (`log_failed`) may still be in the log after a restart: once, or not at all.
 */
export interface Log {
  readonly origin: string;
  /** The key that the log signs with now. */
  readonly vkey: string;
  /** All keys that the log ever had, each with the trees that it speaks for. */
  readonly keys: readonly KeyRange[];
  /** The same with the proofs, as others are told: what `parseKeyHistory` takes. */
  readonly keyHistory: string;
  /** Lines that are committed and covered by a durable signed head. */
  readonly size: number;
  readonly recovery: Readonly<Recovery>;
  /** Appends waiting or in flight; for the caller's back-pressure. */
  readonly pending: { readonly events: number; readonly bytes: number };
  /**
   * Append lines. Batches commit in the order of the calls; whatever is queued while a commit runs is the next
   * one. Errors: `bad_batch`, `disk_full`, `closed` (nothing written), `log_failed` (fate unknown).
   */
  append(batch: LeafBatch, tag?: unknown): Promise<Appended>;
  /**
   * Make a new key and tell both, as verifier keys. It takes over in the commit that holds the event which names them
   * (`parseKeyChangeEvent`); until then nothing changes, and at a start without such an event the new key is forgotten.
   */
  prepareKeyChange(): Promise<KeyChangeEvent>;
  /** The newest durable checkpoint. */
  checkpoint(): Checkpoint;
  /** Called in order, synchronously after a commit, once for each appended batch. Returns the unsubscriber. */
  onCommit(listener: (committed: Committed, tag: unknown) => void): () => void;
  /** Called when a segment closes; the plain file stays until the returned promise has settled. */
  onSegmentClosed(listener: (segment: ClosedSegment) => Promise<void> | void): () => void;
  segments(): Segment[];
  /** What was pruned, in order: the hashes of these events are kept, their lines are gone. */
  readonly pruned: readonly IndexRange[];
  /** The first index from `index` on that was not pruned: where a reader goes on that met `pruned`. */
  firstKept(index: number): number;
  /**
   * Remove the lines of whole closed, compressed segments, under the certificate that is already in the log. All
   * hash tiles stay. Errors: `bad_range`, `bad_certificate`, `held`, `closed`, `log_failed` (nothing was changed).
   */
  prune(request: PruneRequest): Promise<void>;
  /** RFC 6962 root of the leaves [first, next) alone, both multiples of 256: what a certificate states. */
  rangeRoot(first: number, next: number): Promise<Buffer>;
  /**
   * Lines [from, to), or as many as fit `maxBytes` (default 4 MiB; always at least one), up to where something was
   * pruned. `bad_range` outside the log, `pruned` where the first one is gone.
   */
  read(from: number, to: number, maxBytes?: number): Promise<Committed>;
  /** The tlog-proof of one event against the current checkpoint. */
  proof(index: number): Promise<string>;
  /** The consistency proof between two sizes, 0 <= from <= to <= size. */
  consistency(from: number, to: number): Promise<Buffer[]>;
  /** A hash tile (tlog-tiles), full (`width` absent or 256) or cut to `width`; undefined when there is none. */
  tile(level: number, n: number, width?: number): Promise<Buffer | undefined>;
  /** An entry bundle (tlog-tiles); undefined when the log does not reach that far. `pruned` when it is gone. */
  entryBundle(n: number, width?: number): Promise<Buffer | undefined>;
  /** Waits for queued appends and the running compression, publishes the last checkpoint, frees the directory. */
  close(): Promise<void>;
}

/** What a verifier can say; see docs/design. Zero events checked is never a pass. */
export interface Verdict {
  verdict: "intact" | "unwitnessed" | "incomplete" | "tampered" | "unverifiable";
  /** Size of the newest signed head, 0 when there is none. */
  size: number;
  /** Events whose bytes were hashed; for pruned ones only the hashes are left, which the head proves. */
  checked: number;
  /** What is gone under a certificate of the log, in order; absent when nothing is. */
  pruned?: IndexRange[];
  /** Index of the first event that is not as it was signed, as exactly as the evidence allows. */
  firstBad?: number;
  /** All events below this index are proven by a signed checkpoint. */
  provenTo?: number;
  /** The newest checkpoint that a timestamp authority vouches for; absent when there is none. */
  timestamped?: { size: number; time: string; authority: string; trusted: boolean };
  /** The logs that this one succeeds, newest first; absent when it succeeds none. */
  predecessors?: PredecessorVerdict[];
  /** One sentence for people. */
  message: string;
  /** Everything found, one sentence each. */
  findings: string[];
}

export interface VerifyLogOptions {
  dataDir: string;
  name?: string;
  /** Where the head store lies. Default `DATA/head`. */
  headDir?: string;
  /**
   * A key of the log as the verifier knows it, of whatever time; otherwise the one kept beside the log is believed. From it
   * the key history beside the log leads to the others.
   */
  vkey?: string;
  /** Answer `unwitnessed` instead of `intact` when only this server vouches for the head. */
  requireWitness?: boolean;
  /** Believe these witnesses about the head; `unwitnessed` when their cosignatures beside the log are not enough. */
  witness?: WitnessTrust;
  /** Checkpoints and receipts of the log that others kept, such as what a witness shows: the log has to go on from each. */
  evidence?: readonly Buffer[];
  /** Certificates of timestamp authorities: each timestamp beside the log has to lead to one of them. */
  timestampAuthorities?: readonly Authority[];
  onProgress?: (progress: { checked: number; size: number }) => void;
  /**
   * Called in order with the leaf hashes of the events [first, first + leaves.length / 32) while they are checked, and their
   * lines where they are kept; begins again at 0 when the check does. Valid during the call only.
   */
  onEvents?: (first: number, leaves: Buffer, lines: LineBatch | undefined) => void;
}

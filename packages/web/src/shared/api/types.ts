// SPDX-License-Identifier: Apache-2.0
import type { SecurityEvent } from "@telltale/event";

/** One sealed event and its place in the log. */
export interface IndexedEvent {
  index: number;
  event: SecurityEvent;
}

/** A page of events, newest first. `complete: false` means that the index has not seen `size` events yet. */
export interface EventPage {
  events: IndexedEvent[];
  /** Fields in which aliases or tokens of what was typed were looked for, too. */
  resolved?: { field: string; as: "alias" | "token" }[];
  next: string | null;
  complete: boolean;
  indexed: number;
  size: number;
}

/** One event with the exact sealed bytes that the tree's leaf hashes. */
export interface SealedLine extends IndexedEvent {
  line: string;
}

export interface Bucket {
  /** Start of the bucket. */
  t: string | number;
  success: number;
  failure: number;
  denied: number;
  other: number;
}

export interface Histogram {
  from: string | number;
  to: string | number;
  bucketMs: number;
  unit?: string;
  buckets: Bucket[];
  total: number;
  complete: boolean;
}

export interface CheckpointNews {
  size: number;
  root: string;
  time: string | number;
}

export interface FollowerStatus {
  name: string;
  next: number;
  lag: number;
  /** Of a target of forwarding, unless it runs; `failed` needs a person. */
  state?: "waiting" | "failed" | "paused";
  error?: string;
}

/** Who cosigns the log, as the server tells it. */
export interface WitnessStatus {
  state: "witnessed" | "pending" | "unwitnessed";
  newest: { size: number; time: string; checkpoint: string } | null;
  unwitnessedSince: string | null;
  witnesses: {
    name: string;
    vkey: string;
    size: number;
    cosigned: string | null;
    trouble: { code: string; message: string; since: string } | null;
  }[];
}

export interface Status {
  version: string;
  origin: string;
  vkey: string;
  size: number;
  checkpoint: CheckpointNews & { text: string };
  verified: { from: number; to: number; verdict: VerifyVerdict; time: string | number } | null;
  /** null: no witnesses are configured. */
  witness: WitnessStatus | null;
  followers: FollowerStatus[];
  alerts: { open: number };
  reviews: ReviewCounts;
  uptimeMs: number;
  demo?: boolean;
}

export type VerifyVerdict = "intact" | "unwitnessed" | "incomplete" | "tampered" | "unverifiable";

export type ReviewStatus = "open" | "overdue" | "signed";

export interface ReviewCounts {
  /** Not signed, overdue ones included. */
  open: number;
  overdue: number;
}

/** A review in a list. */
export interface ReviewSummary {
  id: string;
  kind: "daily" | "manual";
  /** `2026-11-22`, or both ends of the period. */
  name: string;
  status: ReviewStatus;
  from: string;
  to: string;
  created: string;
  due: string;
  complete: boolean;
  counts: Record<string, number | null>;
  signedAt: string | null;
  signedBy: string | null;
}

export interface ReviewPage {
  reviews: ReviewSummary[];
  next: string | null;
  counts: ReviewCounts;
}

export interface ReviewSection {
  id: string;
  title: string;
  query: string | null;
  count: number | null;
  complete: boolean;
  missing: string[];
  groups: { field: string; distinct: number; top: { value: string; count: number }[] }[];
  rows: { index: number | null; at: string; level: string; text: string; alert?: string }[];
}

interface ReviewActor {
  kind: "user" | "key" | "system";
  id: string;
  name: string;
  role: string;
}

export interface ReviewComment {
  at: string;
  by: ReviewActor;
  text: string;
}

export interface ReviewSignature {
  at: string;
  by: ReviewActor;
  statement: string;
  contentSha256: string;
  comments: number;
  eventId: string;
  eventIndex: number | null;
}

export interface Review extends ReviewSummary {
  content: {
    log: string;
    period: { from: string; to: string; zone: string };
    checkpoint: { size: number; root: string };
    indexed: number;
    rules: { set: string; count: number };
    integrity: { verdict: string; from: number; to: number; time: string } | null;
    sections: ReviewSection[];
  };
  contentSha256: string;
  comments: ReviewComment[];
  signature: ReviewSignature | null;
  alert: string | null;
}

export interface Session {
  user: { name: string; role: string };
  csrf: string;
}

export interface EventsQuery {
  q: string;
  from?: string;
  to?: string;
}

export type TargetKind = "splunk" | "elastic" | "webhook" | "json-file" | "syslog";
type Setting = string | number | boolean;
/** A target as its configuration has it; secrets are references. */
export type TargetSettings = Record<string, Setting | Record<string, Setting>>;

/** A channel that people are told on. */
export interface NotifyChannel {
  name: string;
  kind: string;
  origin: "file" | "settings";
  state: "running" | "quiet" | "failing" | "paused";
  paused?: { at: string; by: string };
  limit?: { messages: number; minutes: number };
  quiet?: { from: string; to: string; zone: string; except: string };
  counts: { waiting: number; held: number; delivered: number; failed: number };
  unqueued: number;
  lastDelivered?: string;
  lastError?: { at: string; message: string };
}

export interface NotifyDelivery {
  id: string;
  channel: string;
  alert?: string;
  reason: string;
  level: string;
  state: string;
  created: string;
  attempts: number;
  next?: string;
  delivered?: string;
  failed?: string;
  lastError?: string;
  answer?: string;
  digest?: string;
}

/** What a test message met. */
export interface NotifyTest {
  delivered: boolean;
  answer: string;
  ms: number;
}

export interface ForwardTarget {
  name: string;
  kind: string;
  origin: "file" | "api";
  /** The operator's file it stands in. */
  file?: string;
  filter?: string;
  /** `broken`: it cannot be started as it is configured. */
  state: "running" | "waiting" | "paused" | "failed" | "broken";
  since: string;
  next: number;
  lag: number;
  /** When the oldest event that waits was received. */
  oldestWaiting: string | null;
  lastError?: { code: string; message: string; at: string };
  lastDelivered?: string;
  counts: { delivered: number; refused: number; retried: number };
  /** For those who may change them. */
  settings?: TargetSettings;
  changed?: string;
  changedBy?: string;
}

export interface DeadLetter {
  at: string;
  address: string;
  id: string;
  action: string;
  reason: string;
}

export type HoldScope = { first: number; next: number } | { from: string; to: string };

export interface Hold {
  id: string;
  name: string;
  reason: string;
  scope: HoldScope;
  placed: string;
  placedBy: string;
  released: string | null;
  releasedBy: string | null;
  releaseReason: string | null;
}

export interface Retention {
  policy: {
    searchableDays: number;
    keptDays: number;
    override: { name: string; reason: string } | null;
  };
  size: number;
  firstKept: number;
  pruned: { first: number; next: number }[];
  searchableFrom: number;
  nextDue: string | null;
  waiting: number;
  archiving: boolean;
  lastRun: string | null;
  lastError: string | null;
  holds: Hold[];
  storage: {
    segments: number;
    compressed: number;
    bytes: number;
    oldest: string | null;
    oldestSearchable: string | null;
  };
  disk: {
    freeBytes: number;
    totalBytes: number;
    limitBytes: number;
    bytesPerDay: number | null;
    daysUntilFull: number | null;
    /** The measurement that `bytesPerDay` counts from. */
    since: string | null;
    freeBytesThen: number | null;
    full: boolean;
  } | null;
}

/** A process that numbers and chains its events. */
export interface Source {
  app: string;
  instance?: string;
  via: string;
  boot: string;
  /** `open`: it sends no signs of life, so that its silence says nothing. */
  state: "live" | "open" | "silent" | "stopped";
  lastSeq: number;
  lastReceived: string;
  everyMs?: number;
  missing: number;
  gaps: { from: number; to: number }[];
  findings: number;
}

export interface Sources {
  sources: Source[];
  total: number;
  complete: boolean;
}

export interface LearnStatus {
  enabled: boolean;
  since: string | null;
  graceDays: number;
  streamGraceDays: number;
  users: number;
  streams: number;
}

export type KeyRole = "ingest" | "read" | "admin" | "backfill";

export interface ApiKey {
  id: string;
  name: string;
  role: KeyRole;
  app?: string;
  tenant?: string;
  created: string;
  createdBy: string;
  lastUsed: string | null;
  expires?: string;
  revoked?: string;
}

export interface NewApiKey {
  role: KeyRole;
  name: string;
  app?: string;
  expiresInDays?: number;
}

/** What was hidden at one place of the events of one application. */
export interface HiddenRow {
  kind: string;
  how: string;
  path: string;
  app: string;
  count: number;
  last: string;
}

export interface Hidden {
  rows: HiddenRow[];
  /** More kinds of places than are listed. */
  more: boolean;
  sources: { app: string; events: number; touched: number }[];
  events: number;
  /** Events in which something was hidden. */
  touched: number;
  complete: boolean;
  reason?: string;
  indexed: number;
  size: number;
}

/** What would be stored of an event, or of a text. */
export type Preview =
  | {
      event: Record<string, unknown>;
      fields: { path: string; how: string; kind: string }[];
      sure: { path: string; kind: string }[];
      policy: string;
    }
  | { text: string; found: { kind: string; count: number }[]; policy: string };

/** What was hidden in one field, for one viewer. */
export interface Revealed {
  path: string;
  /** With what could be opened in its place. */
  text: string;
  parts: {
    type: "encrypted" | "sealed" | "token" | "alias";
    kind: string;
    value: string | null;
    why: "erased" | "unknown_key" | "sealed" | "damaged" | "token" | "gone" | null;
  }[];
}

/** Somebody who did something, as the log has them. */
export interface Person {
  kind: "user" | "key" | "system";
  id: string;
  name: string | null;
}

/** An erasure of a person, who is named by alias alone. */
export interface Erasure {
  id: string;
  alias: string;
  reason: string;
  status: "requested" | "deferred" | "approved" | "done" | "cancelled";
  requested: string;
  requestedBy: Person;
  decided: string | null;
  decidedBy: Person | null;
  /** Ids of the legal holds that it waits for. */
  heldBy: string[];
  certificate: { event: string; destroyed: string; leftPlain: string[]; copiesGone: string | null } | null;
}

/** What an erasure would leave. */
export interface ErasurePreview {
  since: string;
  leftPlain: string[];
  heldBy: string[];
  copiesGone: string | null;
}

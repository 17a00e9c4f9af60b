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

export type Severity = "informational" | "low" | "medium" | "high" | "critical";
export type AlertStatus = "new" | "in_progress" | "resolved";
export type Verdict = "true_positive" | "false_positive" | "benign" | "test" | "duplicate";

/** One change of an alert; `field: "comment"` has only `to`. */
export interface AlertChange {
  at: string | number;
  by: { kind: "user" | "key" | "system"; id: string; name?: string };
  field: "created" | "status" | "verdict" | "assignee" | "comment" | "level";
  from?: string;
  to?: string;
}

export interface Alert {
  id: string;
  ruleId: string;
  title: string;
  description?: string;
  level: Severity;
  tags?: string[];
  status: AlertStatus;
  verdict?: Verdict;
  assignee?: string;
  key: string;
  group: Record<string, string>;
  count: number;
  firstTime: string | number;
  lastTime: string | number;
  createdAt: string | number;
  updatedAt: string | number;
  evidence: number[];
  history?: AlertChange[];
}

export interface AlertPage {
  alerts: Alert[];
  next: string | null;
}

export interface AlertPatch {
  status?: AlertStatus;
  verdict?: Verdict | null;
  comment?: string;
  assignee?: string | null;
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
  error?: string;
}

export interface Status {
  version: string;
  origin: string;
  vkey: string;
  size: number;
  checkpoint: CheckpointNews & { text: string };
  verified: { from: number; to: number; verdict: VerifyVerdict; time: string | number } | null;
  followers: FollowerStatus[];
  alerts: { open: number };
  uptimeMs: number;
  demo?: boolean;
}

export type VerifyVerdict = "intact" | "unwitnessed" | "incomplete" | "tampered" | "unverifiable";

export interface Session {
  user: { name: string; role: string };
  csrf: string;
}

export interface EventsQuery {
  q: string;
  from?: string;
  to?: string;
}

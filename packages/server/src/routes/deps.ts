// SPDX-License-Identifier: Apache-2.0
import type { SecurityEvent } from "@telltale/event";
import type { Query } from "@telltale/query";
import type { AlertStore } from "../alert/alert.js";
import type { Access } from "../access/access.js";
import type { SelfLog } from "../self-log.js";
import type { Metrics } from "../metrics.js";
import type { StreamHub } from "./stream-hub.js";

/** Milliseconds since 1970; `to` is exclusive. */
export interface TimeRange {
  from?: number;
  to?: number;
}

export interface SearchRequest extends TimeRange {
  /** Parsed by the route; undefined: everything. */
  query: Query | undefined;
  limit: number;
  /** From an earlier answer; an unknown one throws ApiError `bad_query`. */
  cursor?: string;
  /** Aborted when the client goes away. */
  signal: AbortSignal;
}

export interface SearchResult {
  /** Newest first. */
  events: { index: number; event: SecurityEvent }[];
  next: string | null;
  /** False when the range could not be searched to its end (time-out, index behind). */
  complete: boolean;
  /** First index that is not searchable yet, and the size of the log. */
  indexed: number;
  size: number;
}

export interface HistogramRequest extends TimeRange {
  query: Query | undefined;
  /** Wanted number; the implementation picks a round unit near it. */
  buckets: number;
  signal: AbortSignal;
}

export interface HistogramResult {
  from: number;
  to: number;
  bucketMs: number;
  unit: string;
  buckets: { t: number; success: number; failure: number; denied: number; other: number }[];
  total: number;
  complete: boolean;
}

/** What the search routes need of the index. Throws ApiError `query_timeout`, `overloaded`. */
export interface Search {
  search(request: SearchRequest): Promise<SearchResult>;
  histogram(request: HistogramRequest): Promise<HistogramResult>;
}

/** What the routes need of the log; `@telltale/log`'s Log is one. */
export interface LogReader {
  readonly origin: string;
  readonly vkey: string;
  readonly size: number;
  checkpoint(): { text: string; size: number; root: Buffer; time: number };
  read(
    from: number,
    to: number,
    maxBytes?: number,
  ): Promise<{ first: number; count: number; bytes: Buffer; ends: Uint32Array }>;
  proof(index: number): Promise<string>;
  tile(level: number, n: number, width?: number): Promise<Buffer | undefined>;
  entryBundle(n: number, width?: number): Promise<Buffer | undefined>;
}

export interface FollowerStatus {
  name: string;
  next: number;
  lag: number;
  error?: string;
}

export interface VerifiedRange {
  from: number;
  to: number;
  verdict: "intact" | "unwitnessed" | "incomplete" | "tampered" | "unverifiable";
  /** RFC 3339. */
  time: string;
}

/** What only the parts that run know. Synchronous and cheap: it is asked on every status request. */
export interface StatusSource {
  readonly version: string;
  /** Milliseconds since 1970. */
  readonly startedAt: number;
  readonly demo: boolean;
  followers(): FollowerStatus[];
  verified(): VerifiedRange | null;
  /** A sentence why the server cannot do its work, null when it can; /healthz answers 503 with it. */
  unhealthy(): string | null;
}

/** Everything the routes work with; `server.ts` hands it over. */
export interface RouteDeps {
  access: Access;
  alerts: AlertStore;
  search: Search;
  log: LogReader;
  status: StatusSource;
  stream: StreamHub;
  selfLog: SelfLog;
  metrics: Metrics;
  now: () => number;
}

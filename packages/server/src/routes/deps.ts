// SPDX-License-Identifier: Apache-2.0
import type { CompiledPolicy } from "@telltale/protect";
import type { RuleSet } from "@telltale/sigma";
import type { Kysely } from "kysely";
import type { AlertStore } from "../alert/alert.js";
import type { Exceptions } from "../alert/exceptions/exceptions.js";
import type { Runbooks } from "../alert/runbook.js";
import type { Tables } from "../state/tables.js";
import type { Notifications } from "../alert/notify/notifications.js";
import type { Access } from "../access/access.js";
import type { RulesStatus } from "../rules/keeper.js";
import type { SourceChains } from "../chain/source-chains.js";
import type { Backtests } from "../rules/backtests.js";
import type { Search } from "../follow/index/search.js";
import type { RetentionRouteParts } from "./retention.js";
import type { FollowerStatus } from "../follow/runner.js";
import type { EvidenceExports } from "../evidence/exports.js";
import type { RevealKeys } from "../protect/reveal.js";
import type { SealingSelfLog } from "../self-log.js";
import type { Decisions } from "../respond/decisions.js";
import type { DecisionStream } from "../respond/decision-stream.js";
import type { Metrics } from "../metrics.js";
import type { Reviews } from "../review/reviews.js";
import type { Erasures } from "../protect/erase/erasures.js";
import type { ForwardRouteParts } from "./forward.js";
import type { LearnStatus } from "./learn.js";
import type { WitnessStatus } from "../witness/witnesses.js";
import type { StreamHub } from "./stream-hub.js";

/** What the routes need of the log; `@telltale/log`'s Log is one. */
export interface LogReader {
  readonly origin: string;
  readonly vkey: string;
  readonly keyHistory: string;
  readonly size: number;
  checkpoint(): { text: string; size: number; root: Buffer; time: number };
  read(
    from: number,
    to: number,
    maxBytes?: number,
  ): Promise<{ first: number; count: number; bytes: Buffer; ends: Uint32Array }>;
  /** The first index from `index` on that was not pruned. */
  firstKept(index: number): number;
  proof(index: number): Promise<string>;
  tile(level: number, n: number, width?: number): Promise<Buffer | undefined>;
  entryBundle(n: number, width?: number): Promise<Buffer | undefined>;
}

/** The witnesses of the log; none are configured where this is missing. */
export interface WitnessReader {
  /** The checkpoint that readers of the log are given. */
  published(): string;
  status(): WitnessStatus;
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
  /** A sentence why only a new start helps, null while it does not; /livez and /healthz answer 503 with it. */
  unhealthy(): string | null;
  /** How the rules are; absent where none are watched. */
  rules?(): RulesStatus;
  /** A sentence why no event is taken for now, though a new start would not help; /healthz answers 503 with it. */
  unready(): string | null;
}

/** Everything the routes work with; `server.ts` hands it over. */
export interface RouteDeps {
  access: Access;
  alerts: AlertStore;
  exceptions: Exceptions;
  runbooks: Pick<Runbooks, "get">;
  /** The rules in force. */
  rules: () => RuleSet;
  /** The state, for what is asked of alerts. */
  db: Kysely<Tables>;
  search: Search;
  log: LogReader;
  witnesses: WitnessReader | undefined;
  status: StatusSource;
  stream: StreamHub;
  selfLog: SealingSelfLog;
  metrics: Metrics;
  notifications: Notifications;
  decisions: Decisions;
  decisionStream: DecisionStream;
  forwarding: Omit<ForwardRouteParts, "log">;
  /** Undefined when learning is off. */
  learning: () => LearnStatus | undefined;
  sources: Pick<SourceChains, "sources" | "size" | "isPartial">;
  retention: Pick<RetentionRouteParts, "retain" | "disk">;
  reviews: Reviews;
  erasures: Erasures;
  /** Of protection; the default policy when absent. */
  policy?: CompiledPolicy | undefined;
  /** What opens hidden values; nothing can be opened when absent. */
  protectStore?: RevealKeys;
  exports: Pick<EvidenceExports, "begin">;
  backtests: Pick<Backtests, "select" | "begin">;
  now: () => number;
}

// SPDX-License-Identifier: Apache-2.0
import type { Generated } from "kysely";

// Times are RFC 3339 UTC strings made by the server, booleans are 0 or 1, lists and objects are JSON text.
// `tenant` is "" while there is one tenant; the column exists from the start so that it never has to be added.

/** Small facts about the state itself, for example when it was made. */
export interface MetaTable {
  name: string;
  value: string;
}

/** An API key; the secret is kept only as SHA-256 in hex. */
export interface ApiKeyTable {
  id: string;
  tenant: Generated<string>;
  name: string;
  role: string;
  app: string | null;
  hash: string;
  created: string;
  created_by: string;
  last_used: string | null;
  /** From then on it is refused; null: never. */
  expires: string | null;
  revoked: string | null;
}

export interface UserTable {
  id: string;
  tenant: Generated<string>;
  name: string;
  /** The name as compared: NFKC, lower case. Unique per tenant. */
  folded_name: string;
  role: string;
  /** argon2id in PHC form. */
  password: string;
  created: string;
  disabled: string | null;
  last_sign_in: string | null;
}

/** A browser session; `id_hash` is SHA-256 of the cookie value. */
export interface SessionTable {
  id_hash: string;
  user_id: string;
  created: string;
  last_seen: string;
  address: string | null;
}

/** One-time links for the first administrator; SHA-256 of the token. */
export interface SetupTokenTable {
  hash: string;
  created: string;
}

/** How far each follower has come. */
export interface CursorTable {
  follower: string;
  log: string;
  version: number;
  next: number;
  updated: string;
}

export interface AlertTable {
  id: string;
  tenant: Generated<string>;
  log: Generated<string>;
  rule_id: string;
  /** Grouping key of the finding as a JSON string; unresolved alerts are one per tenant, rule and key. */
  group_key: string;
  group_fields: string;
  title: string;
  description: string | null;
  level: string;
  level_order: number;
  tags: string;
  status: string;
  verdict: string | null;
  assignee: string | null;
  count: number;
  first_time: number;
  last_time: number;
  evidence: string;
  /** Log index of the newest event that raised or repeated it; a finding at or before it is a replay. */
  last_trigger: number;
  created: string;
  updated: string;
  /** 0: a finding below the level of alerts, which nobody is told of. */
  is_alert: number;
  /** When it was opened last: `created`, or when a new hit reopened it. */
  raised: string;
  /** How often a new hit reopened it after it was resolved. */
  regressed: number;
  /** 0 to 100. */
  risk: number;
  duplicate_of: string | null;
  /** While suppressed: what it was before, and what ends it. Milliseconds since 1970; a count. */
  suppressed_from: string | null;
  snoozed_until: number | null;
  muted_until_count: number | null;
}

/** Who changed what of an alert, and when; rows are only ever added. */
export interface AlertHistoryTable {
  id: Generated<number>;
  alert_id: string;
  at: string;
  by_kind: string;
  by_id: string;
  by_name: string | null;
  field: string;
  from_value: string | null;
  to_value: string | null;
}

/** A notification that has to reach a channel; written in the transaction that made it necessary. */
export interface DeliveryTable {
  id: string;
  channel: string;
  /** Null for a digest. */
  alert_id: string | null;
  reason: string;
  level: Generated<string>;
  body: string;
  created: string;
  /** `waiting`, `held` (by a limit or quiet hours), `delivered`, `failed` (given up), `cancelled`, `digested`. */
  state: Generated<string>;
  attempts: number;
  next_attempt: number;
  delivered: string | null;
  failed: string | null;
  last_error: string | null;
  /** What the other side said when it took it. */
  answer: string | null;
  /** When it was first held back. */
  held: string | null;
  /** The digest that tells of it. */
  digest: string | null;
  /** 1: an escalation, not sent when somebody has acted by then. */
  unless_acted: Generated<number>;
}

/** What people decided about a channel, and what found no room in its queue. */
export interface NotifyChannelTable {
  name: string;
  paused: string | null;
  paused_by: string | null;
  unqueued: Generated<number>;
}

/** Self-log events written by a process that has no log open (the CLI); the server emits and removes them. */
export interface SelfEventTable {
  id: string;
  at: string;
  event: string;
}

/** Every table of `state.db`. */
/** A legal hold as stored; either the two indexes or the two times are set. Rows are only ever added and marked. */
export interface HoldTable {
  id: string;
  tenant: string;
  log: string;
  name: string;
  reason: string;
  first: number | null;
  next: number | null;
  from_time: string | null;
  to_time: string | null;
  placed: string;
  placed_by: string;
  released: string | null;
  released_by: string | null;
  release_reason: string | null;
}

/** A target of forwarding that was configured over the API; `settings` is JSON and holds references to secrets only. */
export interface ForwardTargetTable {
  name: string;
  tenant: Generated<string>;
  settings: string;
  created: string;
  created_by: string;
  changed: string;
  changed_by: string;
}

/** A review as it was made: `content` is the bytes that a person signs. */
export interface ReviewTable {
  id: string;
  tenant: Generated<string>;
  log: Generated<string>;
  kind: string;
  /** What people call the period. */
  name: string;
  from_time: string;
  to_time: string;
  created: string;
  due: string;
  complete: number;
  counts: string;
  content: string;
  content_hash: string;
  /** When it was found overdue, and how long the log was then: the alert is made of both, also after a crash. */
  overdue: string | null;
  overdue_size: number | null;
  overdue_alert: string | null;
  /** 1: the alert was resolved because the review was signed. */
  overdue_settled: Generated<number>;
}

/** Rows are only ever added. */
export interface ReviewCommentTable {
  id: Generated<number>;
  review_id: string;
  at: string;
  by_kind: string;
  by_id: string;
  by_name: string;
  by_role: string;
  text: string;
}

/** At most one a review, by its key. */
export interface ReviewSignatureTable {
  review_id: string;
  at: string;
  by_kind: string;
  by_id: string;
  by_name: string;
  by_role: string;
  statement: string;
  content_hash: string;
  comments: number;
  event_id: string;
  /** 1: the event is durable in the log. Until then nobody has signed, and nobody else can. */
  sealed: Generated<number>;
  event_index: number | null;
}

/** A key that wraps data keys, wrapped by the root key. One is in use; others are on their way out. */
export interface WrappingKeyTable {
  id: string;
  wrapped: string;
  created: string;
}

/** A data key, wrapped by a wrapping key. Deleting the row erases what it encrypted. */
export interface DataKeyTable {
  id: string;
  tenant: Generated<string>;
  /** "subject", "class", "token" or "fixed". */
  scope: string;
  /** Kind and UTC day of a class key, else "". */
  kind: Generated<string>;
  day: Generated<string>;
  wrapping_key: string;
  wrapped: string;
  created: string;
}

/** A person as the log knows them. `lookup` is a keyed hash of tenant and id; `name` is the id under the subject's own key. */
export interface SubjectTable {
  lookup: string;
  tenant: Generated<string>;
  alias: string;
  key_id: string;
  name: string;
  created: string;
}

/** Keys of tokens; the newest makes them, the older ones find them. */
export interface TokenEpochTable {
  epoch: number;
  key_id: string;
  from_time: string;
}

/** An erasure that was asked for. Rows stay; they name the alias, never the person. */
export interface ErasureTable {
  id: string;
  tenant: Generated<string>;
  alias: string;
  reason: string;
  /** "requested", "approved", "destroyed", "done" or "cancelled". */
  status: string;
  requested: string;
  requested_by: string;
  decided: string | null;
  decided_by: string | null;
  /** Ids of the legal holds that it waits for. */
  held_by: Generated<string>;
  destroyed: string | null;
  certificate: string | null;
  event_id: string;
}

/** Keys that were destroyed: what they encrypted is erased, not unknown. */
export interface ErasedKeyTable {
  key_id: string;
  alias: string;
  at: string;
}

/** A step of a rule's checklist that was done for an alert. */
export interface AlertCheckTable {
  alert_id: string;
  /** Hash of the words of the step: a step that is rewritten is another one. */
  step: string;
  text: string;
  at: string;
  by_kind: string;
  by_id: string;
  by_name: string | null;
}

/** The verdict of each time that an alert was open; what the precision of its rule is made of. */
export interface AlertVerdictTable {
  alert_id: string;
  /** The alert's `regressed` at the time. */
  round: number;
  rule_id: string;
  verdict: string;
  at: string;
}

/** An exception: a Sigma filter with an owner, a reason and an end. Rows stay when it has ended. */
export interface ExceptionTable {
  id: string;
  tenant: Generated<string>;
  /** What alerts name as their rule; the filter names the single-event rules below it. */
  rule_id: string;
  title: string;
  reason: string;
  owner: string;
  /** The conditions as JSON, and the same as a Sigma filter in YAML. */
  conditions: string;
  filter: string;
  created: string;
  created_by: string;
  expires: string;
  ended: string | null;
  /** "expired", or who ended it and why. */
  ended_by: string | null;
  end_reason: string | null;
  hits: Generated<number>;
  last_hit: string | null;
}

/** What applications are told to do about somebody, and until when; rows are only ever added and marked. */
export interface DecisionTable {
  id: string;
  tenant: string;
  app: string | null;
  kind: string;
  target_type: string;
  /** An alias where the person has one; of a session its SHA-256. */
  target: string;
  reason: string;
  made: string;
  by_kind: string;
  by_id: string;
  by_name: string | null;
  alert_id: string | null;
  /** Milliseconds since 1970. */
  expires: number;
  state: string;
  ended: string | null;
  ended_by: string | null;
  end_reason: string | null;
}

export interface Tables {
  alert_checks: AlertCheckTable;
  alert_verdicts: AlertVerdictTable;
  exceptions: ExceptionTable;
  wrapping_keys: WrappingKeyTable;
  data_keys: DataKeyTable;
  subjects: SubjectTable;
  token_epochs: TokenEpochTable;
  erasures: ErasureTable;
  erased_keys: ErasedKeyTable;
  reviews: ReviewTable;
  review_comments: ReviewCommentTable;
  review_signatures: ReviewSignatureTable;
  forward_targets: ForwardTargetTable;
  holds: HoldTable;
  meta: MetaTable;
  api_keys: ApiKeyTable;
  users: UserTable;
  sessions: SessionTable;
  setup_tokens: SetupTokenTable;
  cursors: CursorTable;
  alerts: AlertTable;
  alert_history: AlertHistoryTable;
  deliveries: DeliveryTable;
  notify_channels: NotifyChannelTable;
  self_events: SelfEventTable;
  decisions: DecisionTable;
}

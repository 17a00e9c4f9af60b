// SPDX-License-Identifier: Apache-2.0

/* What the server answers about alerts, their rules and their exceptions. */

export type Severity = "informational" | "low" | "medium" | "high" | "critical";
export type AlertStatus = "new" | "in_progress" | "suppressed" | "resolved";
export type Verdict =
  | "true_positive"
  | "false_positive"
  | "benign"
  | "test"
  | "duplicate"
  | "disregard"
  | "suspicious"
  | "insufficient_data"
  | "security_risk"
  | "managed_externally";

interface AlertActor {
  kind: "user" | "key" | "system";
  id: string;
  name?: string;
}

/** One change of an alert; `field: "comment"` has only `to`. */
export interface AlertChange {
  at: string | number;
  by: AlertActor;
  field:
    | "created"
    | "regressed"
    | "woken"
    | "alerted"
    | "status"
    | "verdict"
    | "duplicate_of"
    | "assignee"
    | "snooze"
    | "mute"
    | "check"
    | "uncheck"
    | "comment"
    | "level";
  from?: string;
  to?: string;
}

export interface AlertCheck {
  step: string;
  text: string;
  at: string;
  by: AlertActor;
}

export interface Alert {
  id: string;
  /** `finding`: below the level of alerts; nobody was told. */
  kind: "alert" | "finding";
  ruleId: string;
  title: string;
  description?: string;
  level: Severity;
  tags?: string[];
  status: AlertStatus;
  verdict?: Verdict;
  duplicateOf?: string;
  assignee?: string;
  key: string;
  group: Record<string, string>;
  count: number;
  firstTime: string | number;
  lastTime: string | number;
  risk: number;
  regressed: number;
  snoozedUntil?: number;
  mutedUntilCount?: number;
  checks: AlertCheck[];
  createdAt: string | number;
  raisedAt: string | number;
  updatedAt: string | number;
  evidence: number[];
  history?: AlertChange[];
}

export interface AlertPage {
  alerts: Alert[];
  next: string | null;
  /** How many match, over all pages. */
  total: number;
}

export interface AlertPatch {
  status?: Exclude<AlertStatus, "suppressed">;
  verdict?: Verdict | null;
  duplicateOf?: string;
  comment?: string;
  assignee?: string | null;
  /** RFC 3339. */
  snooze?: string;
  /** Until there are so many times the events of now. */
  mute?: number;
  check?: { step: string; done: boolean };
}

/** What a list of alerts is narrowed to. */
export interface AlertWhere {
  status?: AlertStatus | "open";
  kind?: "alert" | "finding" | "any";
  level?: Severity[];
  verdict?: Verdict | "none";
  assignee?: string;
  unassigned?: boolean;
  q?: string;
}

export interface RulePrecision {
  ruleId: string;
  title: string;
  level: Severity;
  alerts: number;
  hits: number;
  lastHit: number;
  open: number;
  verdicts: Partial<Record<Verdict, number>>;
  precision: number | null;
}

export interface RuleCondition {
  type: string;
  groupBy: string[];
  timespanMs: number | null;
  bounds: { operator: string; value: number }[];
  valueFields: string[];
  of: string[];
}

/** What helps to decide an alert. */
export interface AlertContext {
  rule: {
    title: string;
    description: string | null;
    condition: RuleCondition;
    falsePositives: string[];
    references: string[];
    text: string | null;
    checklist: { step: string; text: string }[];
  } | null;
  risk: { why: string; points: number }[];
  attack: { techniques: string[]; tactics: string[] };
  precision: RulePrecision | null;
  similar: (Pick<Alert, "id" | "title" | "level" | "status" | "verdict" | "group" | "count"> & {
    lastTime: number;
    sameRule: boolean;
  })[];
}

export type Conditions = Record<string, (string | number | boolean | null)[]>;

export interface Exception {
  id: string;
  ruleId: string;
  title: string;
  reason: string;
  owner: string;
  where: Conditions;
  filter: string;
  state: "active" | "expired" | "ended";
  createdAt: string;
  createdBy: string;
  expiresAt: string;
  endedAt?: string;
  endedBy?: string;
  endReason?: string;
  hits: number;
  lastHit?: string;
}

/** What an exception made from an alert begins with. */
export interface ExceptionDraft {
  rule: string;
  title: string;
  where: Conditions;
  rules: string[];
  days: number;
}

interface PreviewedAlert {
  id: string;
  title: string;
  lastTime: number;
  verdict: string | null;
  isTruePositive: boolean;
}

export interface ExceptionPreview {
  days: number;
  alerts: number;
  vanishing: number;
  vanish: PreviewedAlert[];
  shrinking: number;
  shrink: PreviewedAlert[];
  unknown: number;
  truePositives: PreviewedAlert[];
  complete: boolean;
  rules: string[];
}

export interface NewException {
  rule: string;
  where: Conditions;
  reason: string;
  days: number;
  acceptTruePositives?: boolean;
}

// SPDX-License-Identifier: Apache-2.0
import type { Conditions } from "./filter.js";

export const EXCEPTION_STATES = ["active", "expired", "ended"] as const;
export type ExceptionState = (typeof EXCEPTION_STATES)[number];

/** Days that an exception holds unless said otherwise, and at most. Nobody remembers why after a year. */
export const DEFAULT_DAYS = 90;
export const MOST_DAYS = 366;

/** What a rule shall not match, for how long, and who answers for it. */
export interface Exception {
  readonly id: string;
  /** What alerts name as their rule. */
  readonly ruleId: string;
  readonly title: string;
  readonly reason: string;
  /** Who answers for it; asked when it ends. */
  readonly owner: string;
  readonly where: Conditions;
  /** The same as a Sigma filter in YAML; it names the single-event rules below the rule. */
  readonly filter: string;
  readonly state: ExceptionState;
  readonly createdAt: string;
  readonly createdBy: string;
  readonly expiresAt: string;
  readonly endedAt?: string;
  readonly endedBy?: string;
  readonly endReason?: string;
  /** Events that it kept from matching, and when it last did. */
  readonly hits: number;
  readonly lastHit?: string;
}

/** What is asked for. */
export interface NewException {
  readonly ruleId: string;
  readonly title: string;
  readonly reason: string;
  readonly owner: string;
  readonly where: Conditions;
  /** Ms since 1970. */
  readonly expires: number;
}

export interface ExceptionChange {
  readonly reason?: string;
  readonly owner?: string;
  readonly expires?: number;
}

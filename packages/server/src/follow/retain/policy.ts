// SPDX-License-Identifier: Apache-2.0
import { createHash } from "node:crypto";
import { RetainError } from "./error.js";

export const DAY_MS = 86_400_000;

/** Below this a log is no evidence any more: PCI DSS v4 10.5.1 asks for 12 months, EU practice for at least six. */
export const LEAST_KEPT_DAYS = 180;
const MOST_DAYS = 36_500;

/**
 * How long events are kept. The clock is `received`, which the server stamps: with the sender's own time, a
 * backdated event would be removed at once and a postdated one never.
 */
export interface RetentionPolicy {
  /** Days in the search index. */
  readonly searchableDays: number;
  /** Days in the log, the searchable ones included. */
  readonly keptDays: number;
  /** Who decided on less than `LEAST_KEPT_DAYS`, and why; becomes an event. */
  readonly override?: { readonly name: string; readonly reason: string };
}

export const DEFAULT_POLICY: RetentionPolicy = { searchableDays: 90, keptDays: 365 };

function isDays(value: number): boolean {
  return Number.isSafeInteger(value) && value >= 1 && value <= MOST_DAYS;
}

function isText(value: string, most: number): boolean {
  return value.trim().length > 0 && value.length <= most && !/\p{C}/u.test(value);
}

/** The policy, if it may be used. Throws `retain_bad_policy` or, without a named override, `retain_too_short`. */
export function parsePolicy(policy: RetentionPolicy): RetentionPolicy {
  const { searchableDays, keptDays, override } = policy;
  if (!isDays(searchableDays) || !isDays(keptDays)) {
    throw new RetainError("retain_bad_policy", `days must be whole numbers from 1 to ${MOST_DAYS}`);
  }
  if (searchableDays > keptDays) {
    throw new RetainError(
      "retain_bad_policy",
      `events cannot be searchable for ${searchableDays} days and kept for ${keptDays}`,
    );
  }
  if (override !== undefined && (!isText(override.name, 100) || !isText(override.reason, 500))) {
    throw new RetainError(
      "retain_bad_policy",
      "an override needs a name and a reason of printable characters",
    );
  }
  if (keptDays < LEAST_KEPT_DAYS && override === undefined) {
    throw new RetainError(
      "retain_too_short",
      `events must be kept for at least ${LEAST_KEPT_DAYS} days, not ${keptDays}: keep them longer, or name who decided ` +
        "otherwise and why; that becomes an event of the log",
    );
  }
  return {
    searchableDays,
    keptDays,
    ...(override && { override: { name: override.name, reason: override.reason } }),
  };
}

/** Version of what `policyHash` hashes. */
const POLICY_VERSION = 1;

/** The policy as certificates name it. */
export function describePolicy(policy: RetentionPolicy): Record<string, unknown> {
  const { searchableDays, keptDays, override } = policy;
  const described = { version: POLICY_VERSION, clock: "received", searchableDays, keptDays };
  return { ...described, ...(override && { override }) };
}

/** A policy and since when it is in force (RFC 3339; "" for the one that a log begins with). */
export interface PolicyInForce {
  readonly policy: RetentionPolicy;
  readonly since: string;
}

/**
 * SHA-256 (hex) of a policy in force: which version of it a certificate speaks of. The same days decided upon again are
 * another version, so what was void stays void.
 */
export function policyHash({ policy, since }: PolicyInForce): string {
  const text = JSON.stringify([describePolicy(policy), since]);
  return createHash("sha256").update(text).digest("hex");
}

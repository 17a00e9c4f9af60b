// SPDX-License-Identifier: Apache-2.0
import { createHash } from "node:crypto";
import { uuidV8 } from "@telltale/event";
import type { Finding } from "@telltale/sigma";
import type { AlertLevel } from "./alert.js";
import { ALERT_LEVELS } from "./alert.js";

/** Evidence kept of an alert: how it began and how it goes on. */
export const EVIDENCE_FIRST = 10;
export const EVIDENCE_LAST = 40;

/** The part of an alert that findings change. */
export interface Folded {
  level: AlertLevel;
  title: string;
  description: string | undefined;
  tags: readonly string[];
  group: Readonly<Record<string, string>>;
  count: number;
  firstTime: number;
  lastTime: number;
  evidence: readonly number[];
  lastTrigger: number;
}

/** Ascending, without repeats, and never more than the first 10 and the last 40. */
export function mergeEvidence(known: readonly number[], added: readonly number[]): number[] {
  const all = [...new Set([...known, ...added])].sort((a, b) => a - b);
  if (all.length <= EVIDENCE_FIRST + EVIDENCE_LAST) return all;
  return [...all.slice(0, EVIDENCE_FIRST), ...all.slice(-EVIDENCE_LAST)];
}

/** Position of a level, mildest first. */
export function toLevelOrder(level: AlertLevel): number {
  return ALERT_LEVELS.indexOf(level);
}

/**
 * Adds a finding to what is known of its rule and key. Undefined when there is nothing to add: its trigger is
 * not newer than the last one, so it is a replay. A level only rises.
 */
export function foldFinding(known: Folded | undefined, finding: Finding): Folded | undefined {
  if (known === undefined) {
    const { level, title, description, tags, group, count, firstTime, lastTime, trigger } = finding;
    return {
      level,
      title,
      description,
      tags,
      group,
      count,
      firstTime,
      lastTime,
      evidence: mergeEvidence([], finding.evidence),
      lastTrigger: trigger,
    };
  }
  if (finding.trigger <= known.lastTrigger) return undefined;
  const rises = toLevelOrder(finding.level) > toLevelOrder(known.level);
  return {
    level: rises ? finding.level : known.level,
    title: finding.title,
    description: finding.description,
    tags: finding.tags,
    group: known.group,
    count: known.count + finding.fresh,
    firstTime: Math.min(known.firstTime, finding.firstTime),
    lastTime: Math.max(known.lastTime, finding.lastTime),
    evidence: mergeEvidence(known.evidence, finding.evidence),
    lastTrigger: finding.trigger,
  };
}

/**
 * The id of the alert that a finding opens, made from what it is about: when the state is lost and the log is
 * replayed, the same alerts come back under the same ids, and links in tickets still work.
 */
export function toAlertId(tenant: string, log: string, finding: Finding): string {
  const parts = JSON.stringify([tenant, log, finding.ruleId, finding.key, finding.trigger]);
  return uuidV8(createHash("sha256").update(parts).digest().subarray(0, 16));
}

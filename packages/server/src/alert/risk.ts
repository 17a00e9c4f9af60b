// SPDX-License-Identifier: Apache-2.0
import type { AlertLevel } from "./words.js";

/** What each level is worth by itself. */
const BASE: Readonly<Record<AlertLevel, number>> = {
  informational: 5,
  low: 20,
  medium: 45,
  high: 70,
  critical: 90,
};
/** Events raise it by this for each power of ten, at most three. */
const PER_POWER = 3;
const MOST_POWERS = 3;
const REGRESSED = 5;
/** Tactics of ATT&CK at which an attack has reached what it wanted, or more rights than it had. */
const LATE = new Set([
  "privilege-escalation",
  "defense-evasion",
  "lateral-movement",
  "exfiltration",
  "impact",
]);
const LATE_POINTS = 5;

export interface RiskFacts {
  readonly level: AlertLevel;
  readonly count: number;
  readonly regressed: number;
  readonly tags: readonly string[];
}

export interface RiskPart {
  readonly why: string;
  readonly points: number;
}

/** What the risk score is made of; every point has a reason that a person can read. */
export function toRiskParts({ level, count, regressed, tags }: RiskFacts): RiskPart[] {
  const parts: RiskPart[] = [{ why: `level ${level}`, points: BASE[level] }];
  const powers = Math.min(MOST_POWERS, Math.floor(Math.log10(Math.max(1, count))));
  if (powers > 0) parts.push({ why: `${10 ** powers} events or more`, points: powers * PER_POWER });
  if (regressed > 0) parts.push({ why: "it came back after it was resolved", points: REGRESSED });
  const late = toAttack(tags).tactics.filter((tactic) => LATE.has(tactic));
  if (late.length > 0) parts.push({ why: `late in an attack: ${late.join(", ")}`, points: LATE_POINTS });
  return parts;
}

/** The sum of the parts, 0 to 100. */
export function toRisk(facts: RiskFacts): number {
  return Math.min(
    100,
    toRiskParts(facts).reduce((sum, { points }) => sum + points, 0),
  );
}

/** Techniques (`T1110.003`) and tactics (`credential-access`) of ATT&CK among the tags of a rule. */
export function toAttack(tags: readonly string[]): { techniques: string[]; tactics: string[] } {
  const techniques = new Set<string>();
  const tactics = new Set<string>();
  for (const tag of tags) {
    const name = /^attack\.([\w.-]{1,60})$/i.exec(tag)?.[1]?.toLowerCase();
    if (name === undefined) continue;
    if (/^t\d{4}(\.\d{3})?$/.test(name)) techniques.add(name.toUpperCase());
    else if (/^[a-z_-]+$/.test(name)) tactics.add(name.replaceAll("_", "-"));
  }
  return { techniques: [...techniques], tactics: [...tactics] };
}

// SPDX-License-Identifier: Apache-2.0
import type { Kysely } from "kysely";
import type { Tables } from "../../state/tables.js";
import { type EvidenceLog, readSealed } from "../evidence.js";
import { TENANT } from "../rows.js";
import { compileConditions, type Conditions } from "./filter.js";
import type { ExceptionScope } from "./scope.js";

/** Alerts that a preview looks at, the newest first, and the true positives that it looks at beside them. */
const MOST_ALERTS = 500;
const MOST_TRUE = 200;
/** Events that it reads. */
const MOST_EVENTS = 10_000;
/** Alerts that it names. */
const MOST_NAMED = 20;
const DAY_MS = 86_400_000;

export interface PreviewedAlert {
  readonly id: string;
  readonly title: string;
  readonly lastTime: number;
  readonly verdict: string | null;
  /** Somebody found it to be an attack, now or before it came back. */
  readonly isTruePositive: boolean;
}

/** What an exception would have done. */
export interface ExceptionPreview {
  readonly days: number;
  /** Alerts and findings of the rules it reaches in this time. */
  readonly alerts: number;
  /** All events known of them are excepted: they would not be there. The newest are named. */
  readonly vanishing: number;
  readonly vanish: readonly PreviewedAlert[];
  /** Some of their events are excepted: they would be smaller, or not there. */
  readonly shrinking: number;
  readonly shrink: readonly PreviewedAlert[];
  /** None of their events can be read any more. */
  readonly unknown: number;
  /** Confirmed attacks of any time, to which one of the two would happen. */
  readonly truePositives: readonly PreviewedAlert[];
  /** False: there were more than are looked at. */
  readonly complete: boolean;
  /** Titles of the rules that would find less. */
  readonly rules: readonly string[];
}

interface Row {
  readonly id: string;
  readonly title: string;
  readonly last_time: number;
  readonly verdict: string | null;
  readonly evidence: string;
}

export interface PreviewParts {
  readonly db: Kysely<Tables>;
  readonly log: EvidenceLog;
  readonly now: () => number;
}

const COLUMNS = ["id", "title", "last_time", "verdict", "evidence"] as const;

/** Holds conditions against the evidence of what was found. Throws SigmaError for conditions that cannot be. */
export async function previewException(
  { db, log, now }: PreviewParts,
  scope: ExceptionScope,
  where: Conditions,
  days: number,
): Promise<ExceptionPreview> {
  const matches = compileConditions(where);
  const recent = await readRecent(db, scope, now() - days * DAY_MS);
  const confirmed = await readConfirmed(db, scope);
  const judge = new Judge(log, matches);
  const isTrue = new Set(confirmed.map(({ id }) => id));
  const toNamed = ({ id, title, last_time, verdict }: Row): PreviewedAlert => ({
    id,
    title,
    lastTime: last_time,
    verdict,
    isTruePositive: isTrue.has(id),
  });
  // First: whether an attack would be missed must not depend on what budget is left.
  const truePositives: PreviewedAlert[] = [];
  for (const row of confirmed)
    if (["vanishes", "shrinks"].includes(await judge.of(row))) truePositives.push(toNamed(row));
  const found = { vanishes: [] as Row[], shrinks: [] as Row[], stays: [] as Row[], unknown: [] as Row[] };
  for (const row of recent.slice(0, MOST_ALERTS)) found[await judge.of(row)].push(row);
  return {
    days,
    alerts: Math.min(recent.length, MOST_ALERTS),
    vanishing: found.vanishes.length,
    vanish: found.vanishes.slice(0, MOST_NAMED).map(toNamed),
    shrinking: found.shrinks.length,
    shrink: found.shrinks.slice(0, MOST_NAMED).map(toNamed),
    unknown: found.unknown.length,
    truePositives,
    complete: recent.length <= MOST_ALERTS && confirmed.length < MOST_TRUE && !judge.isSpent,
    rules: scope.titles,
  };
}

function readRecent(db: Kysely<Tables>, { affected }: ExceptionScope, since: number): Promise<Row[]> {
  return db
    .selectFrom("alerts")
    .select([...COLUMNS])
    .where("tenant", "=", TENANT)
    .where("rule_id", "in", [...affected])
    .where("last_time", ">=", since)
    .orderBy("last_time", "desc")
    .limit(MOST_ALERTS + 1)
    .execute();
}

/** Also those that came back since: `alert_verdicts` keeps what was said each time. */
function readConfirmed(db: Kysely<Tables>, { affected }: ExceptionScope): Promise<Row[]> {
  return db
    .selectFrom("alerts")
    .select([...COLUMNS])
    .where("tenant", "=", TENANT)
    .where("rule_id", "in", [...affected])
    .where("id", "in", (eb) =>
      eb.selectFrom("alert_verdicts").select("alert_id").where("verdict", "=", "true_positive"),
    )
    .orderBy("last_time", "desc")
    .limit(MOST_TRUE)
    .execute();
}

/** Reads events, so many at most, and keeps what it found out. */
class Judge {
  readonly #log: EvidenceLog;
  readonly #matches: (event: object) => boolean;
  readonly #known = new Map<number, boolean | undefined>();

  constructor(log: EvidenceLog, matches: (event: object) => boolean) {
    this.#log = log;
    this.#matches = matches;
  }

  get isSpent(): boolean {
    return this.#known.size >= MOST_EVENTS;
  }

  async of({ evidence }: Row): Promise<"vanishes" | "shrinks" | "stays" | "unknown"> {
    let excepted = 0;
    let kept = 0;
    for (const index of JSON.parse(evidence) as number[]) {
      const answer = await this.#isExcepted(index);
      if (answer === true) excepted++;
      else if (answer === false) kept++;
    }
    if (excepted + kept === 0) return "unknown";
    if (excepted === 0) return "stays";
    return kept === 0 ? "vanishes" : "shrinks";
  }

  async #isExcepted(index: number): Promise<boolean | undefined> {
    if (this.#known.has(index)) return this.#known.get(index);
    if (index >= this.#log.size || this.isSpent) return undefined;
    const event = await readSealed(this.#log, index);
    const answer = event === undefined ? undefined : this.#matches(event);
    this.#known.set(index, answer);
    return answer;
  }
}

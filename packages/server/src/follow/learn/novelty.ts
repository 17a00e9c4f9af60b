// SPDX-License-Identifier: Apache-2.0
import { type Anomaly, aboutEvent } from "./anomaly.js";
import { DIMENSIONS, type Dimension, type Facts } from "./facts.js";
import type { Popularity, Sighting } from "./first-seen.js";
import type { LearnSettings } from "./settings.js";
import { countText, countryName, countryText, listText, shown } from "./text.js";
import { clockText } from "./time.js";
import type { UserMemory } from "./user-memory.js";

/** What is new stays suspicious for so long: a new country in the morning and a new right at noon belong together. */
const FRESH_HOURS = 12;
/** Events that a user must have shown of a kind before another value is judged. */
const SUPPORT = 20;
/** Users past their grace from which on "nobody else does that" means something. */
const ENOUGH_PEERS = 5;
const ENOUGH_USERS = 20;
/** A service whose values were the same for so many hours is taken to stay so. */
const STABLE_HOURS = 14 * 24;

/** One new value, how much it weighs, and who else has shown it. */
interface Novelty {
  dimension: Dimension;
  value: string;
  points: number;
  /** The words of the comparison; empty when there is none worth saying. */
  compared: string;
}

/**
 * Judges values that a user shows for the first time. One alone is reported when few others show it either, or when
 * the user is a service that never changed; several at once add up. A traveller with the usual machine in a country
 * where colleagues are, or a new phone, is no anomaly.
 */
export class NoveltyJudge {
  readonly #settings: LearnSettings;
  readonly #popularity: Popularity;

  constructor(settings: LearnSettings, popularity: Popularity) {
    this.#settings = settings;
    this.#popularity = popularity;
  }

  /** Before the event is learned. `oddHour`: the user is hardly ever active at this hour. */
  judge(facts: Facts, user: UserMemory, oddHour: boolean): Anomaly | undefined {
    const expiry = this.#settings.expiryDays * 24;
    const found: Novelty[] = [];
    let fresh = 0;
    for (const dimension of DIMENSIONS) {
      const value = facts.seen[dimension];
      if (value === undefined) continue;
      const sighting = user.seen.find(dimension, value, facts.hour, expiry);
      if (sighting === undefined) {
        if (hasSupport(user, dimension)) found.push(this.#weigh(dimension, value, facts, user));
      } else if (isFresh(sighting, user, facts.hour))
        fresh += this.#weigh(dimension, value, facts, user).points;
    }
    if (found.length === 0) return undefined;
    found.sort((a, b) => b.points - a.points);
    const primary = found[0]!;
    const place = found.some(({ dimension }) => dimension === "country");
    const odd = !oddHour ? 0 : place ? 10 : 15;
    const sum = found.reduce((total, { points }) => total + points, fresh + odd);
    const score = Math.min(100, Math.round(sum));
    // A pile of small things is not yet a large one: something must weigh for itself.
    if (score < this.#settings.minScore || primary.points < 15) return undefined;
    if (!user.mayTell(`first ${primary.dimension}`, facts.hour)) return undefined;
    return this.#toAnomaly(facts, user, { primary, found, score, oddHour });
  }

  #weigh(dimension: Dimension, value: string, facts: Facts, user: UserMemory): Novelty {
    if (dimension === "action") return this.#weighAction(value, facts, user);
    const { tenant } = facts;
    const users = this.#popularity.users(tenant);
    const others = this.#popularity.with(tenant, undefined, dimension, value);
    const constant =
      user.type === "service" &&
      user.seen.of(dimension).size <= 3 &&
      user.stableHours(dimension, facts.hour) >= STABLE_HOURS;
    const points = constant ? 55 : POINTS[dimension](others, users, user);
    const compared =
      users < ENOUGH_USERS
        ? ""
        : `${others} of ${users - 1} other users ${others === 1 ? "was" : "were"} seen with it`;
    return { dimension, value, points, compared };
  }

  /** Compared with those who hold the same role; where they are too few, with everybody. */
  #weighAction(value: string, facts: Facts, user: UserMemory): Novelty {
    const { tenant, weighty } = facts;
    const peers = this.#popularity.users(tenant, user.role);
    const byRole = peers >= ENOUGH_PEERS;
    const group = byRole ? peers : this.#popularity.users(tenant);
    const others = this.#popularity.with(tenant, byRole ? user.role : undefined, "action", value);
    const who = byRole && user.role !== "" ? `others with the role ${shown(user.role)}` : "other users";
    const compared = `${others} of ${group - 1} ${who} did it`;
    const share = others / Math.max(1, group);
    const dimension = "action";
    if (!byRole && group < ENOUGH_USERS) return { dimension, value, points: weighty ? 25 : 10, compared: "" };
    const constant = user.type === "service" && user.stableHours("action", facts.hour) >= STABLE_HOURS;
    if (constant && share < 0.05) return { dimension, value, points: weighty ? 70 : 50, compared };
    const points = share < 0.02 ? 60 : share < 0.05 ? 45 : share < 0.2 ? 20 : 5;
    return { dimension, value, points: weighty ? points : points / 3, compared };
  }

  #toAnomaly(
    facts: Facts,
    user: UserMemory,
    {
      primary,
      found,
      score,
      oddHour,
    }: { primary: Novelty; found: Novelty[]; score: number; oddHour: boolean },
  ): Anomaly {
    const { expiryDays } = this.#settings;
    const days = Math.max(1, Math.min(expiryDays, Math.floor(user.ageDays(facts.hour))));
    const known = user.known(primary.dimension, facts.hour, expiryDays * 24);
    const rest = found.slice(1).map(({ dimension, value }) => valueText(dimension, value));
    if (oddHour) rest.push(`the hour ${clockText(facts.hour)}`);
    const also = rest.length === 0 ? "" : `; new as well: ${listText(rest)}`;
    const compared = primary.compared === "" ? "" : `; ${primary.compared}`;
    const { name, id } = user;
    return {
      action: "anomaly_first_seen",
      at: facts.index,
      time: facts.time,
      tenant: facts.tenant,
      app: facts.app,
      entity: { type: "user", id },
      mark: String(facts.index),
      score,
      code: `new_${primary.dimension}`,
      reason: `${shown(name)} ${deedText(facts, primary)} for the first time in ${countText(days, "day")}; ${beforeText(primary, known)}${compared}${also}`,
      about: aboutEvent(facts.event),
      data: {
        about: facts.action,
        days,
        new: Object.fromEntries(found.map(({ dimension, value }) => [dimension, value])),
        points: Object.fromEntries(found.map(({ dimension, points }) => [dimension, Math.round(points)])),
        before: known.slice(0, 5).map(([value, { count }]) => ({ value, count })),
        oddHour,
      },
      evidence: [facts.index],
    };
  }
}

/** How much a new value weighs of somebody who is not known never to change. */
const POINTS: Record<
  Exclude<Dimension, "action">,
  (others: number, users: number, user: UserMemory) => number
> = {
  country(others, users, user) {
    const travels = user.seen.of("country").size >= 4 ? 20 : 0;
    const usual = others >= 3 && others >= users * 0.005;
    return (others === 0 ? 60 : usual ? 30 : 40) - travels;
  },
  // Mobile networks and homes change their addresses: hardly more than a hint.
  network: (others) => (others === 0 ? 5 : 0),
  agent: (others) => (others === 0 ? 30 : 15),
};

function hasSupport(user: UserMemory, dimension: Dimension): boolean {
  let count = 0;
  for (const each of user.seen.of(dimension).values()) count += each.count;
  return count >= SUPPORT;
}

function isFresh({ first }: Sighting, user: UserMemory, hour: number): boolean {
  return hour - first < FRESH_HOURS && first > user.born;
}

function deedText({ event, action }: Facts, { dimension, value }: Novelty): string {
  const text = valueText(dimension, value);
  if (dimension === "action") return `did ${text}`;
  const deed = event.action.startsWith("authn_login_success") ? "signed in" : `did ${shown(action)}`;
  return `${deed} ${dimension === "agent" ? "with" : "from"} ${text}`;
}

function valueText(dimension: Dimension, value: string): string {
  return dimension === "country" ? countryText(value) : shown(value);
}

function beforeText({ dimension }: Novelty, known: readonly (readonly [string, Sighting])[]): string {
  const count = known.reduce((sum, [, each]) => sum + each.count, 0);
  const values = known.map(([value]) => (dimension === "country" ? countryName(value) : shown(value)));
  if (dimension === "action")
    return `${countText(count, "event")} of ${countText(values.length, "other kind")} before`;
  return `${countText(count, "event")} ${dimension === "agent" ? "with" : "from"} ${listText(values)} before`;
}

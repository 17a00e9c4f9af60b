// SPDX-License-Identifier: Apache-2.0
import { type Anomaly, aboutEvent } from "./anomaly.js";
import { DIMENSIONS, type Facts, type Person } from "./facts.js";
import { Popularity } from "./first-seen.js";
import { HourProfile } from "./hours.js";
import { TwoPartMap } from "./lru.js";
import { NoveltyJudge } from "./novelty.js";
import { isOddHour, oddHourAnomaly } from "./odd-hour.js";
import type { Excess } from "./rate.js";
import type { LearnSettings } from "./settings.js";
import { countText, shown } from "./text.js";
import { clockText, dayOf, hourText } from "./time.js";
import { EVERYTHING, UserMemory } from "./user-memory.js";

/** Events and days that a user must have before anything about it is reported, beside the grace. */
const LEAST_EVENTS = 40;
const LEAST_DAYS = 5;
const MOST_ROLES = 256;

/** What is learned of users: first-seen values, hours, counts. */
export class Users {
  readonly #settings: LearnSettings;
  readonly #users: TwoPartMap<UserMemory>;
  readonly #roles: TwoPartMap<HourProfile>;
  readonly #popularity = new Popularity();
  readonly #judge: NoveltyJudge;

  constructor(settings: LearnSettings) {
    this.#settings = settings;
    this.#users = new TwoPartMap({ old: settings.maxUsers, young: settings.maxYoungUsers }, (user) =>
      this.#count(user, -1),
    );
    this.#roles = new TwoPartMap({ old: MOST_ROLES, young: MOST_ROLES });
    this.#judge = new NoveltyJudge(settings, this.#popularity);
  }

  get size(): number {
    return this.#users.size;
  }

  get evicted(): number {
    return this.#users.evicted;
  }

  /**
   * Judges an event of a person against what was before, then learns it.
   *
   * @param steady the log was written without a pause up to now: counts mean something
   */
  observe(facts: Facts, person: Person, steady: boolean, found: Anomaly[]): void {
    const { hour } = facts;
    let user = this.#users.get(person.key);
    if (user === undefined) {
      user = new UserMemory(person, facts.tenant, hour);
      this.#users.addYoung(person.key, user);
    }
    if (user.role !== person.role) this.#changeRole(user, person.role);
    user.name = person.name;
    const old = this.#grown(user, hour);
    const opens = hour > user.last || user.events === 0;
    const role = this.#roleHours(facts.tenant, person);
    if (old && hour >= user.last) this.#judgeEvent(facts, user, { role, opens }, found);
    if (opens) this.#open(user, role, hour);
    this.#learn(facts, user, old);
    this.#countEvent(facts, user, old && steady, found);
  }

  /** Past its grace, with enough behind it. The moment it gets there, what it shows counts for others too. */
  #grown(user: UserMemory, hour: number): boolean {
    if (this.#users.isOld(user.key)) return true;
    const young =
      user.ageDays(hour) < this.#settings.graceDays || user.events < LEAST_EVENTS || user.days < LEAST_DAYS;
    if (young) return false;
    this.#users.promote(user.key);
    this.#count(user, 1);
    return true;
  }

  #judgeEvent(
    facts: Facts,
    user: UserMemory,
    { role, opens }: { role: HourProfile; opens: boolean },
    found: Anomaly[],
  ): void {
    // Computed at most once an event, and only where it matters.
    let odd: boolean | undefined;
    const isOdd = (): boolean => (odd ??= isOddHour(user, role, facts.hour));
    if (this.#showsNew(facts, user)) {
      const anomaly = this.#judge.judge(facts, user, isOdd());
      if (anomaly !== undefined) {
        found.push(anomaly);
        // The hour is in the sentence already.
        return;
      }
    }
    if (opens && isOdd() && user.mayTell("hour", facts.hour)) found.push(oddHourAnomaly(facts, user, role));
  }

  #showsNew(facts: Facts, user: UserMemory): boolean {
    const expiry = this.#settings.expiryDays * 24;
    for (const dimension of DIMENSIONS) {
      const value = facts.seen[dimension];
      if (value !== undefined && user.seen.find(dimension, value, facts.hour, expiry) === undefined)
        return true;
    }
    return false;
  }

  /** The user's first event in an hour. */
  #open(user: UserMemory, role: HourProfile, hour: number): void {
    if (user.events === 0 || dayOf(hour) > dayOf(user.last)) user.days++;
    user.last = hour;
    user.hours.add(hour);
    role.add(hour);
    this.#users.touch(user.key);
    this.#roles.touch(roleKey(user.tenant, user.type, user.role));
  }

  #learn(facts: Facts, user: UserMemory, old: boolean): void {
    user.events++;
    const expiry = this.#settings.expiryDays * 24;
    for (const dimension of DIMENSIONS) {
      const value = facts.seen[dimension];
      if (value === undefined) continue;
      const { added, forgotten } = user.seen.add(dimension, value, facts.hour, expiry);
      if (!old) continue;
      const { tenant, role } = user;
      if (added) this.#popularity.addValue(tenant, role, dimension, value, 1);
      if (forgotten !== undefined) this.#popularity.addValue(tenant, role, dimension, forgotten, -1);
    }
  }

  #countEvent(facts: Facts, user: UserMemory, judged: boolean, found: Anomaly[]): void {
    const { hour, index, action } = facts;
    // Both are counted, the narrower one is told.
    const narrow = user.rateOf(action).add(hour, index);
    const wide = user.rateOf(EVERYTHING).add(hour, index);
    const excess = narrow ?? wide;
    if (excess === undefined || !judged || !user.mayTell("rate", hour)) return;
    found.push(rateAnomaly(facts, user, excess, narrow === undefined));
  }

  #roleHours(tenant: string, { type, role }: Person): HourProfile {
    const key = roleKey(tenant, type, role);
    let hours = this.#roles.get(key);
    if (hours === undefined) {
      hours = new HourProfile();
      this.#roles.addYoung(key, hours);
    }
    return hours;
  }

  #changeRole(user: UserMemory, role: string): void {
    const counted = this.#users.isOld(user.key);
    if (counted) this.#count(user, -1);
    user.role = role;
    if (counted) this.#count(user, 1);
  }

  #count(user: UserMemory, by: 1 | -1): void {
    // Evicted within its grace: it was never counted.
    if (by === -1 && !user.counted) return;
    user.counted = by === 1;
    const { tenant, role } = user;
    this.#popularity.addUser(tenant, role, by);
    for (const dimension of DIMENSIONS)
      for (const value of user.seen.of(dimension).keys())
        this.#popularity.addValue(tenant, role, dimension, value, by);
  }

  /** One line each. */
  *snapshotLines(): Generator<string> {
    for (const [key, hours] of this.#roles.entries()) yield `${JSON.stringify(["role", key, hours])}\n`;
    for (const [, user, old] of this.#users.entries()) yield `${JSON.stringify(["user", old, user])}\n`;
  }

  restoreRole(key: string, hours: Parameters<typeof HourProfile.from>[0]): void {
    this.#roles.addYoung(key, HourProfile.from(hours));
  }

  restoreUser(old: boolean, saved: Parameters<typeof UserMemory.from>[0]): void {
    const user = UserMemory.from(saved);
    this.#users.restore(user.key, user, old);
    if (old) this.#count(user, 1);
  }
}

function roleKey(tenant: string, type: string, role: string): string {
  return `${type}\n${role}\n${tenant}`;
}

function rateAnomaly(facts: Facts, user: UserMemory, excess: Excess, everything: boolean): Anomaly {
  const { period, count, median, most, periods, since } = excess;
  const { hour, index, tenant, app, action } = facts;
  const begin = period === "hour" ? hour : dayOf(hour) * 24;
  const what = everything ? "things in all" : `times ${shown(action)}`;
  const span =
    period === "hour" ? `in the hour from ${clockText(hour)}` : `on one day (by ${clockText(hour)})`;
  const ratio = count / Math.max(1, most);
  return {
    action: "anomaly_rate",
    at: index,
    time: facts.time,
    tenant,
    app,
    entity: { type: "user", id: user.id },
    mark: `${period} ${begin} ${everything ? "" : action}`,
    score: Math.round(Math.min(95, 50 + 12 * Math.log2(ratio + 1))),
    code: "too_much",
    reason: `${shown(user.name)} did ${count} ${what} ${span}; usual in ${countText(periods, `active ${period}`)} is ${Math.round(median)}, the most before was ${most}`,
    about: aboutEvent(facts.event),
    data: {
      about: everything ? "everything" : action,
      period,
      begin: hourText(begin),
      count,
      usual: median,
      most,
      periods,
    },
    evidence: [since, index],
  };
}

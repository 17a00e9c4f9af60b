// SPDX-License-Identifier: Apache-2.0
import type { Dimension, Person } from "./facts.js";
import { type Sighting, Seen } from "./first-seen.js";
import { HourProfile } from "./hours.js";
import { Rate, type SavedRate } from "./rate.js";
import { dayOf } from "./time.js";

/** Actions of one user that are counted apart; the least used gives way. */
const MOST_RATES = 12;
/** Key of the count of everything. */
export const EVERYTHING = "";

type SavedUser = {
  key: string;
  who: [type: "user" | "service", id: string, name: string, role: string, tenant: string];
  life: [born: number, last: number, events: number, days: number];
  seen: [string, number, number, number][][];
  hours: [number[], number];
  rates: [string, SavedRate][];
  told: [string, number][];
};

/** All that is remembered of one user; bounded. */
export class UserMemory {
  readonly key: string;
  readonly type: "user" | "service";
  readonly id: string;
  name: string;
  role: string;
  readonly tenant: string;
  /** Hours of the first and of the newest event. */
  readonly born: number;
  last: number;
  events = 0;
  /** Days with activity. */
  days = 0;
  seen = new Seen();
  hours = new HourProfile();
  readonly rates = new Map<string, Rate>();
  /** Whether its values are among those that count for others. */
  counted = false;
  /** Day on which each kind of anomaly was last told. */
  readonly told = new Map<string, number>();

  constructor(person: Person, tenant: string, hour: number) {
    this.key = person.key;
    this.type = person.type;
    this.id = person.id;
    this.name = person.name;
    this.role = person.role;
    this.tenant = tenant;
    this.born = hour;
    this.last = hour;
  }

  /** Days since the first event. */
  ageDays(hour: number): number {
    return (hour - this.born) / 24;
  }

  /** The value that was seen most lately for the first time: hours since then. */
  stableHours(dimension: Dimension, hour: number): number {
    let newest = this.born;
    for (const { first } of this.seen.of(dimension).values()) newest = Math.max(newest, first);
    return hour - newest;
  }

  /** Values of a kind that count at this hour, the most frequent first. */
  known(dimension: Dimension, hour: number, expiry: number): [string, Sighting][] {
    return [...this.seen.of(dimension)]
      .filter(([, each]) => hour - each.last <= expiry)
      .sort(([a, x], [b, y]) => y.count - x.count || (a < b ? -1 : 1));
  }

  rateOf(action: string): Rate {
    let rate = this.rates.get(action);
    if (rate !== undefined) return rate;
    if (this.rates.size >= MOST_RATES) this.#dropRate();
    rate = new Rate();
    this.rates.set(action, rate);
    return rate;
  }

  /** Forgets the counts of the action that was not done for longest. */
  #dropRate(): void {
    let oldest: string | undefined;
    let hour = Number.POSITIVE_INFINITY;
    for (const [action, rate] of this.rates) {
      if (action === EVERYTHING || rate.hour >= hour) continue;
      oldest = action;
      hour = rate.hour;
    }
    if (oldest !== undefined) this.rates.delete(oldest);
  }

  /** Whether this kind may be told: at most once a day. */
  mayTell(kind: string, hour: number): boolean {
    if (this.told.get(kind) === dayOf(hour)) return false;
    this.told.set(kind, dayOf(hour));
    return true;
  }

  toJSON(): SavedUser {
    return {
      key: this.key,
      who: [this.type, this.id, this.name, this.role, this.tenant],
      life: [this.born, this.last, this.events, this.days],
      seen: this.seen.toJSON(),
      hours: this.hours.toJSON(),
      rates: [...this.rates].map(([action, rate]) => [action, rate.toJSON()]),
      told: [...this.told],
    };
  }

  static from({ key, who, life, seen, hours, rates, told }: SavedUser): UserMemory {
    const [type, id, name, role, tenant] = who;
    const [born, last, events, days] = life;
    const user = new UserMemory({ key, type, id, name, role }, tenant, born);
    user.last = last;
    user.events = events;
    user.days = days;
    user.seen = Seen.from(seen);
    user.hours = HourProfile.from(hours);
    for (const [action, rate] of rates) user.rates.set(action, Rate.from(rate));
    for (const [kind, day] of told) user.told.set(kind, day);
    return user;
  }
}

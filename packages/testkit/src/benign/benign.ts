// SPDX-License-Identifier: Apache-2.0
import type { SecurityEvent } from "@telltale/event";
import { Random } from "../random.js";
import { addMachines } from "./machines.js";
import { makePeople, type Person, type Shift } from "./people.js";
import { Recorder } from "./recorder.js";
import { Visit } from "./visit.js";

export interface BenignOptions {
  /** The same seed gives the same events on every machine. */
  readonly seed: number;
  /** Milliseconds since 1970 of the first midnight (UTC); a Monday. */
  readonly start?: number;
  readonly users?: number;
}

const HOUR = 60 * 60 * 1000;
const DAY = 24 * HOUR;
const MONDAY = Date.parse("2026-03-02T00:00:00.000Z");

/** Hour at which a shift begins to work, and how many hours its people spread their visits over. */
const SHIFTS: Record<Shift, readonly [from: number, hours: number]> = {
  office: [8.5, 8],
  early: [5.8, 7.5],
  late: [13.8, 7.5],
  night: [21.8, 7.5],
  any: [7, 16],
};

/**
 * Ordinary days of an application with a shop and an office: many people with shifts and habits, offices with hundreds behind one
 * address, telephones behind a carrier's, mistyped passwords and forgotten ones, expired sessions, refused pages, exports,
 * administrators at work, support, batch jobs, partners, a monitoring probe, a search engine, an outage. Nothing in it is an
 * attack: whatever a rule finds here is a false alarm. Endless, one day after the other.
 */
export function* benignDays(options: BenignOptions): Generator<SecurityEvent> {
  const { seed, start = MONDAY, users = 6000 } = options;
  const random = new Random(seed);
  const people = makePeople(random, users);
  const recorder = new Recorder(random);
  for (let day = 0; ; day++) {
    const midnight = start + day * DAY;
    const isWeekend = day % 7 >= 5;
    for (const person of people) addDay(person, midnight, isWeekend, random, recorder);
    addMachines(day, midnight, random, recorder);
    yield* recorder.takeBefore(midnight + DAY);
  }
}

function addDay(
  person: Person,
  midnight: number,
  isWeekend: boolean,
  random: Random,
  recorder: Recorder,
): void {
  const { shift, role } = person;
  const works = shift !== "any";
  const isThere = random.next() < (works ? (isWeekend && shift === "office" ? 0.03 : 0.85) : 0.3);
  if (!isThere) return;
  const [from, hours] = SHIFTS[shift];
  const begin = midnight + from * HOUR;
  // Most come within the first half hour of a shift, which is when offices look like attacks.
  const first = works ? random.next() ** 2 * 0.7 * HOUR : random.next() * hours * HOUR;
  new Visit(person, begin + first, works, random, recorder).run();
  const more = role === "customer" ? (random.next() < 0.2 ? 1 : 0) : random.below(3);
  for (let i = 0; i < more; i++)
    new Visit(
      person,
      begin + HOUR + random.next() * (hours - 1) * HOUR,
      works && random.next() < 0.8,
      random,
      recorder,
    ).run();
}

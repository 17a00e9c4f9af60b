// SPDX-License-Identifier: Apache-2.0
import { type Anomaly, aboutEvent } from "./anomaly.js";
import type { Facts } from "./facts.js";
import type { HourProfile } from "./hours.js";
import { countText, shown } from "./text.js";
import { clockText, isWeekend } from "./time.js";
import type { UserMemory } from "./user-memory.js";

/** What makes an hour unusual, for people and for services: people sometimes work late, a schedule does not. */
interface HourBounds {
  /** Active hours and days that must have been seen. */
  support: number;
  days: number;
  /** Hours around, in which nothing may have been seen. */
  reach: number;
  /** On days of any kind: people move work to a weekend. */
  anyDay: boolean;
  /** Share of the profile, with the role's habits mixed in. */
  share: number;
  /** The chance that the next active hour is a new one in any case. */
  novelty: number;
}

const BOUNDS: Readonly<Record<"user" | "service", HourBounds>> = {
  user: { support: 40, days: 10, reach: 4, anyDay: true, share: 0.001, novelty: 0.06 },
  service: { support: 12, days: 10, reach: 1, anyDay: true, share: 0.05, novelty: 0.08 },
};

/** Active hours of people with the same role around that hour: with so many it belongs to the job. */
const PEERS = 3;

/** Whether a user is hardly ever active at this hour. */
export function isOddHour(user: UserMemory, role: HourProfile, hour: number): boolean {
  const { support, days, reach, anyDay, share, novelty } = BOUNDS[user.type];
  const { hours } = user;
  return (
    hours.support >= support &&
    user.days >= days &&
    hours.near(hour, reach, anyDay) < 0.5 &&
    (user.type === "service" || role.near(hour, 1, true) < PEERS) &&
    hours.shareWithin(hour, role) < share &&
    hours.novelty() < novelty
  );
}

/** The anomaly of a user's first event in an odd hour. */
export function oddHourAnomaly(facts: Facts, user: UserMemory, role: HourProfile): Anomaly {
  const { hour, index, time, tenant, app, event, action } = facts;
  const { hours } = user;
  const share = hours.shareWithin(hour, role);
  const score = Math.round(Math.min(95, (user.type === "service" ? 60 : 45) - 6 * Math.log10(share + 1e-6)));
  const usual = hours.usualText();
  const kind = isWeekend(hour) ? "a weekend" : "a weekday";
  return {
    action: "anomaly_hour",
    at: index,
    time,
    tenant,
    app,
    entity: { type: "user", id: user.id },
    mark: String(hour),
    score,
    code: "odd_hour",
    reason: `${shown(user.name)} did ${shown(action)} at ${clockText(hour)} on ${kind}; none of the ${countText(Math.round(hours.support), "active hour")} on ${countText(user.days, "day")} before was within ${BOUNDS[user.type].reach} h of it, usual is ${usual}`,
    about: aboutEvent(event),
    data: {
      about: action,
      hour: clockText(hour),
      usual,
      share: Number(share.toPrecision(2)),
      activeHours: Math.round(hours.support),
      days: user.days,
    },
    evidence: [index],
  };
}

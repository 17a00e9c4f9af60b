// SPDX-License-Identifier: Apache-2.0
import type { DayBoundary } from "./calendar.js";

/** When reviews are made, and how long a person has. */
export interface ReviewSettings extends DayBoundary {
  /** Whether the schedule makes one a day. */
  readonly daily: boolean;
  /** Hours from its making until a review is overdue. */
  readonly dueHours: number;
}

export const REVIEW_DEFAULTS: ReviewSettings = { daily: true, zone: "UTC", hour: 0, dueHours: 24 };

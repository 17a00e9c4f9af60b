// SPDX-License-Identifier: Apache-2.0

/** What the learn stage may be told. Days are days of event time; counts bound memory. */
export interface LearnSettings {
  /** A value that a user has not shown for so long is new again. */
  expiryDays: number;
  /** Nothing is reported about a user whose history is shorter, nor are its values common knowledge. */
  graceDays: number;
  /** Nothing is reported about a route or source whose history is shorter. */
  streamGraceDays: number;
  /** Least score, 0 to 100, of an anomaly that is reported. */
  minScore: number;
  /** Anomalies that become events in one hour; the others are counted in one event when the hour is over. */
  maxPerHour: number;
  /** Users past their grace that are remembered; the one not seen for longest goes first. */
  maxUsers: number;
  /**
   * Users within their grace, beside what room the others leave. Invented accounts push out each other, nobody else. A user
   * takes about 7 KiB of memory.
   */
  maxYoungUsers: number;
  /** Routes and sources, each, past their grace; and within it. One takes up to 25 KiB. */
  maxStreams: number;
  maxYoungStreams: number;
}

export const LEARN_DEFAULTS: Readonly<LearnSettings> = {
  expiryDays: 90,
  graceDays: 14,
  streamGraceDays: 14,
  minScore: 50,
  maxPerHour: 30,
  maxUsers: 20_000,
  maxYoungUsers: 5_000,
  maxStreams: 1_000,
  maxYoungStreams: 200,
};

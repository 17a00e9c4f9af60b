// SPDX-License-Identifier: Apache-2.0
import type { Recovery, Verdict } from "@telltale/log";
import type { Loggers } from "../logger.js";
import type { SelfLog } from "../self-log.js";

/** Where news about the log itself goes: into the log, and to whoever reads the process log. */
export interface ReportTo {
  selfLog: SelfLog;
  logger: Pick<Loggers["server"], "fatal">;
}

/** The time of arrival does not go back with the clock; that it did is worth knowing. */
export function reportClockStep(selfLog: SelfLog, backMs: number): void {
  selfLog.emit({
    action: "log_clock_stepped",
    level: "warn",
    message: `The clock stepped back by ${backMs} ms`,
    data: { backMs },
  });
}

/** A repair after a crash is evidence too. */
export function reportRecovery(selfLog: SelfLog, recovery: Recovery): void {
  const { adopted, droppedBytes, headSlotDamaged, rebuilt, clockBehindMs, migratedFrom, accepted } = recovery;
  if (accepted.length > 0) {
    selfLog.emit({
      action: "telltale_recovered",
      outcome: "success",
      level: "critical",
      reason: "accepted",
      message: `The log was opened although this stood against it: ${accepted.join(", ")}`,
      data: { accepted, clockBehindMs, headSlotDamaged },
    });
  }
  if (migratedFrom > 0) {
    selfLog.emit({
      action: "telltale_recovered",
      outcome: "success",
      level: "warn",
      reason: "format_migrated",
      message: `The data directory had format ${migratedFrom} and was brought to today's`,
      data: { migratedFrom },
    });
  }
  if (adopted === 0 && droppedBytes === 0 && !headSlotDamaged && !rebuilt && clockBehindMs === 0) return;
  selfLog.emit({
    action: "telltale_recovered",
    outcome: "success",
    level: "warn",
    message: "The log was repaired after its process had ended in the middle of a write",
    data: { adopted, droppedBytes, headSlotDamaged, rebuilt, clockBehindMs },
  });
}

/** `received` never goes back, so after a step it says less than it should: by how much is evidence. */
export function reportClock(selfLog: SelfLog, stepMs: number): void {
  const way = stepMs < 0 ? "back" : "ahead";
  selfLog.emit({
    action: "log_clock_stepped",
    level: "warn",
    message: `The clock stepped ${way} by ${Math.abs(stepMs)} ms`,
    data: { stepMs },
  });
}

/** What followers saw and the log no longer has: an attacker's cut, or an honest restore. Both must be said aloud. */
export function reportRollback(
  { selfLog, logger }: ReportTo,
  { follower, next, size }: { follower: string; next: number; size: number },
): void {
  const message = `The log has ${size} events, but ${follower} has seen ${next}: it was cut back or restored from a copy`;
  logger.fatal({ follower, next, size }, message);
  selfLog.emit({
    action: "log_tamper_suspected",
    outcome: "failure",
    level: "critical",
    reason: "rolled_back",
    message,
    data: { follower, seen: next, size },
  });
}

/** What the check of its own files found. Silence when all is well. */
export function reportVerdict({ selfLog, logger }: ReportTo, verdict: Verdict): void {
  if (verdict.verdict !== "tampered") return;
  logger.fatal({ firstBad: verdict.firstBad }, verdict.message);
  selfLog.emit({
    action: "log_tamper_suspected",
    outcome: "failure",
    level: "critical",
    reason: "verification_failed",
    message: verdict.message,
    data: { firstBad: verdict.firstBad, provenTo: verdict.provenTo, checked: verdict.checked },
  });
}

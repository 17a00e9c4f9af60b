// SPDX-License-Identifier: Apache-2.0
import { CliFailure } from "../failure.js";

const UNITS: Record<string, number> = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 };
const AGO = /^-?(\d{1,6})([smhdw])$/;

/** A time as people type it, as RFC 3339 UTC: `15m` or `-15m` (ago), `now`, a date, or a full time. Throws CliFailure. */
export function parseTimeOption(name: string, text: string, now: number): string {
  const ago = AGO.exec(text);
  const ms =
    text === "now" ? now : ago === null ? parseDate(text) : now - Number(ago[1]) * (UNITS[ago[2] ?? ""] ?? 0);
  if (Number.isNaN(ms)) {
    throw new CliFailure(
      "usage",
      `${name} "${text}" is no time`,
      "Write 15m, 24h, 7d, 2026-11-22 or 2026-11-22T10:00:00Z",
    );
  }
  return new Date(ms).toISOString();
}

function parseDate(text: string): number {
  // Without a zone JavaScript would take the machine's; a security log is read in UTC unless it says otherwise.
  const match =
    /^(\d{4}-\d{2}-\d{2})(?:[T ](\d{2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?)(Z|[+-]\d{2}:\d{2})?)?$/.exec(text);
  if (match === null) return Number.NaN;
  const [, date, time = "00:00", zone = "Z"] = match;
  return Date.parse(`${date}T${time}${zone}`);
}

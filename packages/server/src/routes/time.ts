// SPDX-License-Identifier: Apache-2.0
import { ApiError } from "../errors.js";

const UNITS: Readonly<Record<string, number>> = {
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 604_800_000,
};
const RFC3339 = /^\d{4}-\d{2}-\d{2}(?:T\d{2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?(?:Z|[+-]\d{2}:\d{2}))?$/;

/**
 * Reads a point in time: RFC 3339 (`2026-01-01` is its first instant in UTC), `now`, `-15m` or `now-15m` (s, m, h,
 * d, w), or milliseconds since 1970. Throws ApiError `bad_request`.
 */
export function parseTime(name: string, text: string | undefined, now: number): number | undefined {
  if (text === undefined || text === "") return undefined;
  if (text.length <= 40) {
    const relative = /^(?:now)?(?:-(\d{1,6})([smhdw]))?$/.exec(text);
    if (relative !== null) return now - Number(relative[1] ?? 0) * (UNITS[relative[2] ?? "s"] ?? 0);
    if (/^\d{10,15}$/.test(text)) return Number(text);
    const ms = RFC3339.test(text) ? Date.parse(text) : Number.NaN;
    if (!Number.isNaN(ms)) return ms;
  }
  throw new ApiError("bad_request", {
    message: `${name}: not a time. Use 2026-01-01T00:00:00Z, -15m or milliseconds since 1970.`,
  });
}

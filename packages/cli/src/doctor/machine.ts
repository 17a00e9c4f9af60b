// SPDX-License-Identifier: Apache-2.0
import { type Finding, fail, ok, warn } from "./check.js";

/** Node.js 20.19 is the oldest that has everything the server needs. */
export function checkNode(version: string): Finding {
  const [major = 0, minor = 0] = version.replace(/^v/, "").split(".").map(Number);
  const enough = major > 20 || (major === 20 && minor >= 19);
  return enough
    ? ok("node", `Node.js ${version}`)
    : fail("node", `Node.js ${version}`, "Install Node.js 20.19 or newer");
}

const PLAUSIBLE_FROM = Date.UTC(2025, 0, 1);
const PLAUSIBLE_TO = Date.UTC(2100, 0, 1);

/** Only what can be told without another clock: a machine that starts in 1970 has lost its battery. */
export function checkClock(now: number): Finding {
  const text = `${new Date(now).toISOString()} UTC`;
  return now > PLAUSIBLE_FROM && now < PLAUSIBLE_TO
    ? ok("clock", text)
    : fail("clock", text, "Set the clock and let NTP keep it: events are ordered and kept by time");
}

const SKEW_MS = 2000;

/** Compares with another clock, in practice the server's `Date` header, which has full seconds. */
export function checkSkew(now: number, other: number): Finding {
  const skew = Math.abs(now - other);
  const text = `differs from the server's by ${(skew / 1000).toFixed(0)} s`;
  return skew <= SKEW_MS
    ? ok("clock", "agrees with the server's")
    : warn(
        "clock",
        text,
        "Let NTP keep both clocks; events far from the server's time are judged by its clock",
      );
}

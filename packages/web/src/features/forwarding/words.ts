// SPDX-License-Identifier: Apache-2.0
// Targets in words. Pure.
import type { ForwardTarget } from "../../shared/api/types.js";
import { countOf, formatCount, formatDuration, formatMoment, joinWords, toMs } from "../../shared/format.js";

/** An event that waits for less is on its way, not behind. */
const ON_ITS_WAY_MS = 30_000;

const CODES: Readonly<Record<string, string>> = {
  ECONNREFUSED: "connection refused",
  ENOTFOUND: "nobody knows its name",
  EAI_AGAIN: "names cannot be looked up",
  ETIMEDOUT: "it does not answer",
  EHOSTUNREACH: "there is no way to it",
  ENETUNREACH: "there is no way to it",
  ECONNRESET: "the connection broke",
  EPIPE: "the connection broke",
  CERT_HAS_EXPIRED: "its certificate has expired",
  DEPTH_ZERO_SELF_SIGNED_CERT: "its certificate is signed by itself",
  SELF_SIGNED_CERT_IN_CHAIN: "its certificate is signed by an unknown authority",
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: "its certificate is signed by an unknown authority",
  ERR_TLS_CERT_ALTNAME_INVALID: "its certificate is for another name",
};

/** `no connection (ECONNREFUSED)` → `connection refused`; what is not known stays as it is. */
export function errorWords(message: string): string {
  const code = /^no connection \(([A-Z0-9_]+)\)$/.exec(message)?.[1];
  return (code === undefined ? undefined : CODES[code]) ?? message;
}

/** Whether events wait longer than it takes to send them. */
export function isBehind(target: ForwardTarget, now: number): boolean {
  if (target.state === "broken") return true;
  if (target.lag === 0) return false;
  if (target.state === "waiting" || target.state === "failed") return true;
  return target.oldestWaiting !== null && now - toMs(target.oldestWaiting) > ON_ITS_WAY_MS;
}

/** Its sentence among the answers of the page. */
function toSentence(target: ForwardTarget, now: number): string {
  const { name, state, lag, since, lastError } = target;
  const why = lastError === undefined ? "" : `: ${errorWords(lastError.message).replace(/\.$/, "")}`;
  if (state === "broken") return `${name} does not run${why}.`;
  if (state === "paused") return `${name} is paused and ${countOf(lag, "event")} behind.`;
  const behind = `${name} is ${countOf(lag, "event")} behind`;
  if (state === "running") {
    const from =
      target.oldestWaiting === null ? "" : `, the oldest from ${formatMoment(target.oldestWaiting, now)}`;
    return `${behind} and catching up${from}.`;
  }
  return `${behind} since ${formatMoment(since, now)}${why}.`;
}

const ORDER = ["broken", "failed", "waiting", "running", "paused"];

/** The first line of the page: is everything delivered? */
export function toForwardAnswer(targets: readonly ForwardTarget[], now: number): string {
  if (targets.length === 0) return "Nothing is forwarded: events stay in this log.";
  const behind = targets
    .filter((each) => isBehind(each, now))
    .toSorted((a, b) => ORDER.indexOf(a.state) - ORDER.indexOf(b.state) || b.lag - a.lag);
  const [worst] = behind;
  if (worst !== undefined) {
    const more = behind.length - 1;
    const others = more === 0 ? "" : ` ${formatCount(more)} more ${more === 1 ? "is" : "are"} behind, too.`;
    return `${toSentence(worst, now)}${others}`;
  }
  const refusing = targets.filter(({ counts }) => counts.refused > 0).map(({ name }) => name);
  if (refusing.length > 0) {
    const refused = targets.reduce((sum, { counts }) => sum + counts.refused, 0);
    return `Everything is delivered but ${countOf(refused, "event")} that ${joinWords(refusing)} refused.`;
  }
  const paused = targets.filter(({ state }) => state === "paused").map(({ name }) => name);
  if (paused.length > 0)
    return `Everything is delivered; ${joinWords(paused)} ${paused.length === 1 ? "is" : "are"} paused.`;
  return "Everything is delivered.";
}

/** `running`, `catching up`, …: the state of one target. */
export function stateWord(target: ForwardTarget, now: number): string {
  switch (target.state) {
    case "running":
      return isBehind(target, now) ? "catching up" : "running";
    case "waiting":
      return "waiting for it";
    case "failed":
      return "needs a person";
    case "paused":
      return "paused";
    case "broken":
      return "does not run";
  }
}

/** `12,400 events, the oldest from 14 min ago`. */
export function lagWords(target: ForwardTarget, now: number): string {
  if (target.state === "broken") return "nothing is sent";
  if (target.lag === 0) return "nothing waits";
  const { oldestWaiting } = target;
  const age = oldestWaiting === null ? 0 : now - toMs(oldestWaiting);
  const events = countOf(target.lag, "event");
  return age < 1000 ? events : `${events}, the oldest for ${formatDuration(age)}`;
}

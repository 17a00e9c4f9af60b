// SPDX-License-Identifier: Apache-2.0
// This browser as a witness: it remembers the log's key and the largest checkpoint it has seen. Pure.
import type { SealState } from "../../shared/ui/Seal.js";

export interface Pin {
  origin: string;
  vkey: string;
  /** When this browser first met the key, RFC 3339. */
  since: string;
  /** The largest tree this browser has seen. */
  size: number;
  root: string;
}

export interface Seen {
  origin: string;
  vkey: string;
  size: number;
  root: string;
}

export type PinVerdict = "first" | "same" | "grown" | "key_changed" | "origin_changed" | "shrunk" | "forked";

/** What was stored, or undefined when nothing of the right form is there. */
export function parsePin(text: string | null): Pin | undefined {
  if (text === null) return undefined;
  try {
    const found = JSON.parse(text) as Partial<Record<keyof Pin, unknown>>;
    const { origin, vkey, since, size, root } = found;
    if (typeof origin !== "string" || typeof vkey !== "string" || typeof since !== "string") return undefined;
    if (typeof size !== "number" || typeof root !== "string") return undefined;
    return { origin, vkey, since, size, root };
  } catch {
    return undefined;
  }
}

/** Compares what the server says now with what this browser remembers. */
export function judgePin(pin: Pin | undefined, seen: Seen): PinVerdict {
  if (pin === undefined) return "first";
  if (pin.origin !== seen.origin) return "origin_changed";
  if (pin.vkey !== seen.vkey) return "key_changed";
  if (seen.size < pin.size) return "shrunk";
  if (seen.size === pin.size) return seen.root === pin.root ? "same" : "forked";
  return "grown";
}

/**
 * As judgePin, for answers that cross on the way: an answer shorter than the pin is `late` until it is known that the
 * question left after `before` was pinned, and shorter only than what came meanwhile it is as good as the same.
 */
export function judgeInTime(pin: Pin | undefined, seen: Seen, before: Pin | undefined): PinVerdict | "late" {
  const verdict = judgePin(pin, seen);
  if (verdict !== "shrunk") return verdict;
  if (before === undefined) return "late";
  const then = judgePin(before, seen);
  return isBroken(then) ? then : "same";
}

export function isBroken(verdict: PinVerdict): boolean {
  return verdict !== "first" && verdict !== "same" && verdict !== "grown";
}

/** What to remember next. Nothing is overwritten while the seal is broken: that is the evidence. */
export function nextPin(pin: Pin | undefined, seen: Seen, verdict: PinVerdict, now: string): Pin {
  if (pin === undefined) return { ...seen, since: now };
  if (verdict === "grown") return { ...pin, size: seen.size, root: seen.root };
  return pin;
}

/** What a broken pin means and what to do; undefined while nothing is wrong. */
export function pinWords(verdict: PinVerdict): string | undefined {
  switch (verdict) {
    case "key_changed":
      return "The log now signs with another key than the one this browser has pinned, and the pinned key did not introduce it. Whoever changed it can have rewritten everything. Compare the key with the one written down when the log was created.";
    case "origin_changed":
      return "Another log answers at this address than the one this browser knows. If you did not start a new log here, the old one was replaced.";
    case "shrunk":
      return "The log is shorter than this browser has already seen it: its end was cut off, or an old copy was restored.";
    case "forked":
      return "The log has the same length as this browser has seen, but other content: its history was rewritten.";
    default:
      return undefined;
  }
}

interface Verified {
  from: number;
  to: number;
  verdict: string;
}

/** Whether the server's last verification looked at anything: an empty range is not a verdict. */
export function isChecked<V extends Verified>(verified: V | null): verified is V {
  return verified !== null && (verified.to > verified.from || verified.verdict === "tampered");
}

/**
 * The seal of the whole log, from the pin and the server's own last verification. `intact` is the server's word about
 * itself: it fills no seal. Nor do witnesses whose keys only the server names: `telltale verify --witness-key` is told by a
 * person whom to believe.
 */
export function toSealState(verdict: PinVerdict | undefined, verified: Verified | null): SealState {
  if (verdict === undefined) return "unknown";
  if (isBroken(verdict) || verified?.verdict === "tampered") return "broken";
  if (!isChecked(verified)) return "unwitnessed";
  return verified.verdict === "intact" || verified.verdict === "unwitnessed" ? "unwitnessed" : "unknown";
}

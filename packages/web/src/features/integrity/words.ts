// SPDX-License-Identifier: Apache-2.0
// Integrity in words. Pure.
import type { Status } from "../../shared/api/types.js";
import { countOf, formatAgo, formatCount } from "../../shared/format.js";
import { isBroken, isChecked, type PinVerdict } from "./pinned-key.js";

/** The word beside the seal of the top bar. */
export function badgeWord(verdict: PinVerdict | undefined, status: Status | undefined): string {
  if (status === undefined || verdict === undefined) return "…";
  if (isBroken(verdict) || status.verified?.verdict === "tampered") return "Broken seal";
  return formatCount(status.size);
}

/** The first line of the page: can I trust this record? */
export function toIntegrityAnswer(status: Status, verdict: PinVerdict): string {
  if (isBroken(verdict)) return "Do not trust this record: it is not the one this browser knows.";
  const checked = status.verified;
  if (!isChecked(checked))
    return "The record is signed. The server has not verified it from the first byte yet.";
  switch (checked.verdict) {
    case "intact":
    case "unwitnessed":
      return "The record holds. Only this server vouches for it.";
    case "tampered":
      return `The record was changed after it was sealed. Events before ${formatCount(checked.to)} are still proven.`;
    case "incomplete":
      return "What is here holds, but a part of the record is missing.";
    case "unverifiable":
      return "The record could not be verified.";
  }
}

/** What was verified, by whom, and when. */
export function verifiedWords(status: Status, now: number): string {
  const checked = status.verified;
  if (!isChecked(checked)) return "not yet";
  const range = checked.to - checked.from;
  const all = checked.from === 0 && checked.to >= status.size;
  return `${all ? "all " : ""}${countOf(range, "event")} (${formatCount(checked.from)} to ${formatCount(Math.max(checked.from, checked.to - 1))}), ${formatAgo(checked.time, now)}`;
}

/** `abcd…wxyz` in groups of four, as people read a key aloud. */
export function groupHex(text: string, size = 4): string {
  return text.match(new RegExp(`.{1,${size}}`, "g"))?.join(" ") ?? "";
}

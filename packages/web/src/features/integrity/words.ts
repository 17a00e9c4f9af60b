// SPDX-License-Identifier: Apache-2.0
// Integrity in words. Pure.
import type { FollowerStatus, Status, WitnessStatus } from "../../shared/api/types.js";
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
      return `The record holds. ${whoVouches(status.witness)}`;
    case "tampered":
      return `The record was changed after it was sealed. Events before ${formatCount(checked.to)} are still proven.`;
    case "incomplete":
      return "What is here holds, but a part of the record is missing.";
    case "unverifiable":
      return "The record could not be verified.";
  }
}

function whoVouches(witness: WitnessStatus | null): string {
  if (hasConflict(witness)) return "But a witness has seen another history of it.";
  switch (witness?.state) {
    case "witnessed":
      return "Witnesses outside cosign it.";
    case "unwitnessed":
      return "It is unwitnessed now: too few witnesses cosign it.";
    default:
      return "Only this server vouches for it.";
  }
}

/** A witness says that another tree was signed in this log's name. */
export function hasConflict(witness: WitnessStatus | null): boolean {
  return witness?.witnesses.some(({ trouble }) => trouble?.code === "conflict") ?? false;
}

/** How far the witnesses have come, and since when they have not. */
export function witnessWords(status: Status, now: number): string {
  const { witness, size } = status;
  if (witness === null)
    return "None. Until somebody outside cosigns, only this server vouches for what it shows.";
  const { newest, state, unwitnessedSince } = witness;
  const reached =
    newest === null
      ? "nothing is cosigned yet"
      : newest.size >= size
        ? `all ${countOf(newest.size, "event")} cosigned ${formatAgo(newest.time, now)}`
        : `the first ${formatCount(newest.size)} of ${countOf(size, "event")} cosigned ${formatAgo(newest.time, now)}`;
  if (state !== "unwitnessed" || unwitnessedSince === null) return `${reached}.`;
  return `Unwitnessed, ${formatAgo(unwitnessedSince, now)} was the last time; ${reached}. Events are accepted; for the newer ones only this server vouches.`;
}

/** One witness in words. */
export function peerWords(
  { size, cosigned, trouble }: WitnessStatus["witnesses"][number],
  now: number,
): string {
  const last =
    cosigned === null ? "never cosigned" : `cosigned ${countOf(size, "event")} ${formatAgo(cosigned, now)}`;
  return trouble === null ? last : `${last}; ${trouble.message}`;
}

/** What was verified, by whom, and when. */
export function verifiedWords(status: Status, now: number): string {
  const checked = status.verified;
  if (!isChecked(checked)) return "not yet";
  const range = checked.to - checked.from;
  const all = checked.from === 0 && checked.to >= status.size;
  return `${all ? "all " : ""}${countOf(range, "event")} (${formatCount(checked.from)} to ${formatCount(Math.max(checked.from, checked.to - 1))}), ${formatAgo(checked.time, now)}`;
}

/** How a follower is, and whether that is bad. */
export function followerWords({ state, error, lag }: FollowerStatus): { words: string; isBad: boolean } {
  const why = error === undefined ? "" : `: ${error}`;
  if (state === "failed") return { words: `needs a person${why}`, isBad: true };
  if (state === "waiting") return { words: `waits for its target${why}`, isBad: true };
  if (error !== undefined) return { words: error, isBad: true };
  if (state === "paused") return { words: "paused", isBad: false };
  return { words: lag === 0 ? "up to date" : "catching up", isBad: false };
}

/** `abcd…wxyz` in groups of four, as people read a key aloud. */
export function groupHex(text: string, size = 4): string {
  return text.match(new RegExp(`.{1,${size}}`, "g"))?.join(" ") ?? "";
}

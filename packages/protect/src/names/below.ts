// SPDX-License-Identifier: Apache-2.0
import { isMarker } from "../act/marker.js";
import { tellingWords } from "../find/told.js";
import type { NameJudge, NameVerdict } from "./verdict.js";

/** Judges the name of a field with that of the object that it is in: `card.number`, `api.key`, `phone.value`. */
export type NestedJudge = (parent: string, name: string) => NameVerdict;

/** What says nothing alone: what it is stands in the name above. */
const GENERIC = new Set([
  "number",
  "no",
  "nr",
  "num",
  "value",
  "raw",
  "text",
  "id",
  "formatted",
  "national",
  "full",
]);
/** A `code` is a status as often: it is a secret below these only. */
const CODED =
  /^(?:otp|totp|hotp|mfa|tfa|2fa|sms|verification|confirmation|activation|backup|recovery|scratch|card|one_?time.*)$/i;
const LONGEST = 48;
const MOST_KEPT = 1024;

/** Remembers what it judged, bounded as `rememberNames`. */
export function judgeBelow(judge: NameJudge): NestedJudge {
  const kept = new Map<string, Map<string, NameVerdict>>();
  let size = 0;
  return (parent, name) => {
    const known = kept.get(parent)?.get(name);
    if (known !== undefined) return known;
    const found = judgeTwo(judge, parent, name);
    if (parent.length > LONGEST || name.length > LONGEST || found.role === "hidden") return found;
    if (size >= MOST_KEPT) {
      kept.clear();
      size = 0;
    }
    const names = kept.get(parent) ?? new Map<string, NameVerdict>();
    kept.set(parent, names.set(name, found));
    size++;
    return found;
  };
}

function judgeTwo(judge: NameJudge, parent: string, name: string): NameVerdict {
  const own = judge(name);
  if (own.role === "hidden" || parent.length > LONGEST || name.length > LONGEST) return own;
  if (isMarker(parent) || isMarker(name)) return own;
  // What the name says alone is what it is.
  if (own.telling !== undefined || (own.role === "secret" && own.shape !== "opaque")) return own;
  const single = parent.replace(/(?<=[a-z]{2})s$/i, "");
  if (!/^code$/i.test(name) || CODED.test(single)) {
    const both = judge(`${single}_${name}`);
    if (both.role === "secret" && both.shape !== "opaque") return both;
  }
  if (own.role === "secret" || !GENERIC.has(name.toLowerCase())) return own;
  const telling = tellingWords(`${single}_${name}`);
  return telling === undefined ? own : Object.freeze({ ...own, number: false, telling });
}

// SPDX-License-Identifier: Apache-2.0

/** After `password:` or `token=` these say something about the secret and are none. */
const STATES = new Set(
  (
    "true false null none nil undefined yes no ok required optional invalid missing expired empty unset changed incorrect wrong failed " +
    "failure valid reset rotated revoked updated removed deleted created disabled enabled denied refused rejected accepted unknown too not " +
    "must is was are were has have had cannot can could does did should will would may the a an for from in at on of by to with without and " +
    "or but because please user account expected unexpected malformed refreshed refresh issued generated verified verify mismatch weak short " +
    "long blank change create read write update delete forgot check policy length request requested successful successfully unauthorized " +
    "forbidden string number boolean object masked redacted hidden filtered removed bearer basic n/a granted allowed token tokens authentication authorization auth header scheme password secret key value"
  ).split(" "),
);

/** `not found`, `expired.`, `required|min:8`: the first word decides. */
export function isState(value: string): boolean {
  const word = /^[A-Za-z/]{1,16}(?=$|[\s.,;:!?|)])/.exec(value)?.[0];
  return word !== undefined && STATES.has(word.toLowerCase());
}

const PLACEHOLDER =
  /^(?:\*{2,}|x{3,}|X{3,}|•+|\.{3}|…|[[(<{]{1,2}(?:redacted|filtered|removed|hidden|masked|secret|protected|scrubbed|omitted|\*+)[\])>}]{1,2}|null|none|nil|undefined|true|false)$/i;

/** Already hidden by somebody else, or a literal that hides nothing. */
export function isPlaceholder(value: string): boolean {
  return value.length <= 64 && PLACEHOLDER.test(value);
}

/** Has what generated secrets have and words of a sentence lack: digits, capitals inside, or length. */
export function looksGenerated(value: string): boolean {
  return value.length >= 20 || /\d/.test(value) || /[a-z][A-Z]|[A-Z]{2}[a-z]/.test(value);
}

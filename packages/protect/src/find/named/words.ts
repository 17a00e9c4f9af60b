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

const LONGEST_STATE = 16;

/** `not found`, `expired.`, `required|min:8`: the first word decides. */
export function isState(value: string): boolean {
  let end = 0;
  while (end < value.length && end <= LONGEST_STATE && isStateLetter(value.charCodeAt(end))) end++;
  if (end === 0 || end > LONGEST_STATE) return false;
  if (end < value.length && !" \t.,;:!?|)".includes(value.charAt(end))) return false;
  return STATES.has((end === value.length ? value : value.slice(0, end)).toLowerCase());
}

/** Letters, and the slash of "n/a". */
function isStateLetter(code: number): boolean {
  return (code >= 97 && code <= 122) || (code >= 65 && code <= 90) || code === 47;
}

const PLACEHOLDER =
  /^(?:\*{2,}|x{3,}|X{3,}|•+|\.{3}|…|[[(<{]{1,2}(?:redacted|filtered|removed|hidden|masked|secret|protected|scrubbed|omitted|\*+)[\])>}]{1,2})$/i;

/** What a placeholder begins with. */
const BEGINNINGS = "*xX•.…[(<{";

const LITERALS = new Set([
  "null",
  "none",
  "nil",
  "undefined",
  "true",
  "false",
  "None",
  "True",
  "False",
  "NULL",
  "NaN",
]);

/** Already hidden by somebody else, or a literal that hides nothing. */
export function isPlaceholder(value: string): boolean {
  if (value.length > 64) return false;
  return BEGINNINGS.includes(value.charAt(0))
    ? PLACEHOLDER.test(value)
    : value.length < 10 && LITERALS.has(value);
}

/** `com.apple.xpc.activity/4505`: what programs call their parts. */
const REVERSED = /^(?:com|org|net|io|java|javax|sun|android|kotlin|scala|dev|de|uk|fr)\.[\w.$/:-]+$/;
/** `Token{a64f992`, `android.os.BinderProxy@4b1b1c2`: an object as Java writes it. */
const OBJECT = /^(?:[\w.$]*[A-Z]\w*\{|[\w.$]{1,128}@[0-9a-f]{5,8}$)/;
/** A number that an application counts its sessions with. */
const COUNTED = /^(?:0x[0-9a-f]{1,16}|\d{1,10})$/i;

/** Whether a value names a thing of the program: no token, whatever it is called. */
export function isProgramName(value: string, kind: string): boolean {
  if (kind === "session") return COUNTED.test(value);
  return kind === "token" && (REVERSED.test(value) || OBJECT.test(value));
}

/** Has what generated secrets have and words of a sentence lack: digits, capitals inside, or length. */
export function looksGenerated(value: string): boolean {
  return value.length >= 20 || /\d/.test(value) || /[a-z][A-Z]|[A-Z]{2}[a-z]/.test(value);
}

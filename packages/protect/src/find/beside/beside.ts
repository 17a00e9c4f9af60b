// SPDX-License-Identifier: Apache-2.0
import type { NameJudges, NameVerdict } from "../../names/verdict.js";
import { LETTER, SPACE } from "../chars.js";
import type { Detector, Hit } from "../detector.js";
import { isIdentifier, isOpaque } from "../entropy.js";
import { isKindOfMarker, wordStart } from "../named/named.js";
import { isPlaceholder, isProgramName, isState, looksGenerated } from "../named/words.js";
import { isNoPassword, isNumberedNoun, isStrange } from "../spoken/words.js";

/**
 * What may stand between a name and its value. `<-`, `->`, `-->`, `~>` with blanks (`ctx->token` is a part of something) and arrows of one character;
 * a cell of a table; a verb; a blank before a quote or bracket.
 */
const BETWEEN =
  /[ \t](?:(?<arrow>(?:<-{1,2}|[-~]{1,2}>)[ \t]{0,8})|(?<verb>(?:is|was|are|ist|war|es|est|now|becomes?)(?: now)?:? )|(?<quote>(?=\\{0,2}["'`[(<{])))|(?<sign>[\u2190-\u21ff\u27f5-\u27ff][ \t]{0,8})|(?<cell>[|\u2502][ \t]{0,8}|\t{1,4})/g;
const VALUE = /\\{0,2}(["'`[(<{]?)([^\s"'`|\\]{3,512})/dy;
const LONGEST_NAME = 64;
const CLOSERS: Readonly<Record<string, string>> = { "[": "]", "(": ")", "<": ">", "{": "}" };
const PAIR = /^[A-Za-z_][\w.-]{1,31}[=:](?!=)/;
const CALL = /^[\w.$]{1,64}\(/;
const CONSTANT = /^[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+$/;

/**
 * Values that stand beside the name of a secret with no `=` or `:` between: `api_key <- …`, `session → …`, `token "…"`, `secret [ … ]`, a cell of a
 * table, and `otp_code is 123456`. What a sentence says about a secret stands there too, so the value must look like one.
 */
export function createBeside(secretOf: NameJudges["secretOf"]): Detector {
  return {
    name: "beside",
    class: "secret",
    needs: [{ classes: LETTER | SPACE, length: 8 }],
    literals: (
      "passw passp kennwort pwd contrase senha mot_de_passe wachtwoord secret token api_key apikey api-key _key access-key accesskey accountkey signingkey privatekey " +
      "sessid sessionid session_ sid credential otp_ otp -otp mfa_ totp cvv cvc cvn pin_ _pin _code code"
    )
      .split(" ")
      .concat(" <- ", " -> ", " --> ", " ~> "),
    find(text, hits) {
      BETWEEN.lastIndex = 0;
      for (let match = BETWEEN.exec(text); match !== null; match = BETWEEN.exec(text)) {
        // Some find no character: a quote only has to follow.
        const after = Math.max(BETWEEN.lastIndex, match.index + 1);
        const name = nameBefore(text, match.index, secretOf);
        const hit = name === undefined ? undefined : readValue(text, after, match.groups ?? {}, name);
        if (hit !== undefined) hits.push(hit);
        BETWEEN.lastIndex = hit?.end ?? after;
      }
    },
  };
}

/** The verdict on the name that ends before `at`, where it is that of a secret. */
function nameBefore(text: string, at: number, secretOf: NameJudges["secretOf"]): NameVerdict | undefined {
  let end = at;
  for (let blanks = 0; blanks < 8 && isBlank(text.charCodeAt(end - 1)); blanks++) end--;
  for (let closers = 0; closers < 4 && CLOSING.includes(text.charAt(end - 1)); closers++) end--;
  const start = wordStart(text, end);
  if (end - start < 2 || end - start >= LONGEST_NAME || isKindOfMarker(text, start)) return undefined;
  return secretOf(text.slice(start, end));
}

const CLOSING = "\"'`])\\";

function isBlank(code: number): boolean {
  return code === 32 || code === 9;
}

function readValue(
  text: string,
  at: number,
  { arrow, sign, cell, verb }: Readonly<Record<string, string | undefined>>,
  name: NameVerdict,
): Hit | undefined {
  if (verb !== undefined && name.kind === "password") return undefined; // spoken.ts knows the words
  VALUE.lastIndex = at;
  const match = VALUE.exec(text);
  if (match === null) return undefined;
  const value = cut(match[2]!, match[1]!);
  const bond = (arrow ?? sign ?? cell) !== undefined ? "bound" : verb === undefined ? "quoted" : "told";
  if (!isValue(value, name, bond)) return undefined;
  const start = match.indices![2]![0];
  return { start, end: start + value.length, kind: name.kind };
}

/** Up to the bracket that closes, and without what closes the sentence. */
function cut(written: string, open: string): string {
  const closer = CLOSERS[open];
  const close = closer === undefined ? -1 : written.indexOf(closer);
  let end = close === -1 ? written.length : close;
  while (end > 0 && ".,;:)]}>".includes(written.charAt(end - 1))) end--;
  return written.slice(0, end);
}

/** What binds a value to the name before it: an arrow or a cell; quotes or brackets; a verb, after which a sentence may go on with anything. */
type Bond = "bound" | "quoted" | "told";

function isValue(value: string, name: NameVerdict, bond: Bond): boolean {
  if (value.length < 3 || isPlaceholder(value) || isState(value)) return false;
  if (PAIR.test(value) || CALL.test(value) || CONSTANT.test(value) || isProgramName(value, name.kind))
    return false;
  switch (name.shape) {
    case "code":
      return /^[A-Za-z\d-]{3,64}$/.test(value) && (value.match(/\d/g)?.length ?? 0) >= 3;
    case "any":
      if (name.plural && bond !== "bound") return false;
      return bond === "bound" ? isToldValue(value, name) : isStrong(value, name, bond);
    default:
      return name.shape === "opaque" && value.length >= 16 && isOpaque(value) && !isIdentifier(value);
  }
}

function isToldValue(value: string, { kind }: NameVerdict): boolean {
  if (kind === "password") return !isNoPassword(value);
  return value.length >= 6 && looksGenerated(value) && !isNumberedNoun(value) && !/^\d+$/.test(value);
}

/** Generated, or of capitals, small letters and digits: `db-creds-2` and `5 attempts` are not. After a verb a digest may be one of something else. */
function isStrong(value: string, { kind }: NameVerdict, bond: Bond): boolean {
  if (kind === "password") return isStrange(value) && !isNoPassword(value) && !isNumberedNoun(value);
  if (isOpaque(value)) return bond === "quoted" || kind === "session" || !isIdentifier(value);
  if (kind === "session") return value.length >= 20 && /\d/.test(value);
  return (
    value.length >= 8 &&
    /^(?=.*\d)(?=.*[a-z])(?=.*[A-Z])[\w!#$%^&*+=~.-]+$/.test(value) &&
    !isNumberedNoun(value)
  );
}

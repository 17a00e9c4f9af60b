// SPDX-License-Identifier: Apache-2.0
import { SPACE } from "../chars.js";
import type { Detector, Hit } from "../detector.js";
import { isIdentifier, isOpaque } from "../entropy.js";
import { isPlaceholder, isState } from "../named/words.js";
import { isNoPassword, isNumberedNoun, isStrange } from "./words.js";

/** What a password is called. */
const NAME =
  "(?:(?<![\\w-])(?:pass(?:word|wd|phrase|wort|code)|pass phrase|passwort|kennwort|pwd|pw|contrase[ñn]a|clave|senha|palavra-passe|mot de passe|parola|wachtwoord|has[łl]o|heslo|passord|adgangskode|l[öo]senord|salasana|jelsz[óo]|[şs]ifre(?:niz|m|si)?|kata sandi)|парол[ьяею](?: пользователя)?|m[ậa]t kh[ẩa]u)";
const OF = "(?: (?:for|of|von|für|de|do|da|para|pour) (?!is |was )[\\w.@-]{1,64}| \\([^()]{1,32}\\))?";
/** What stands between the name and the value when it is told; after the others only what no sentence holds is a password. */
const VERBS =
  "(?:has been set to|was set to|is set to|set to|is now|is currently|is|was|ist|war|lautete?|es|est|é|è|jest|je|er|on|är|là|adalah|olarak)";
const HINTS = "(?:to|=>|->|→|—|–|-|changed to|reset to|updated to|being|set|like|as|of|la|ar)";
const QUOTE = "([\"'`“‘«„]?)";
const VALUE = "([^\\s\"'`“”‘’«»„]{1,256})";

/** `password is hunter2`, `password for bob was 'x'`. */
const TOLD = new RegExp(`${NAME}["'’]?${OF} (?:${VERBS}|(${HINTS})):? {1,2}${QUOTE}${VALUE}`, "dgiu");
/** `password for bob: hunter2`. */
const TOLD_OF = new RegExp(
  `${NAME}["'’]? (?:for|of|von|für|de|do|da|para|pour) (?:user |account )?["'\`]?[\\w.@-]{1,64}["'\`]?\\s?[:=]\\s?${QUOTE}${VALUE}`,
  "dgiu",
);
/** `password 'hunter2'`, `with password hunter2`, `login bob password hunter2`, `enable password 7 0822455D0A16`. */
const BESIDE = new RegExp(
  `${NAME}["'’]?(?: [0579])?(?: ?\\| ?| {1,2}|\\t{1,4})[(<[{]?${QUOTE}${VALUE}`,
  "dgiu",
);
/** `hunter2 is the password`. */
const BEFORE =
  /(?<![^\s"'`(])([^\s"'`,;:=]{6,128})["'`]? (?:is|as|was|for) (?:(?:the|my|his|her|their|your|our|a) )?(?:(?:new|old|current|root|admin|temporary) )?(?:password|passwd|passphrase|pwd)\b/dgi;
const IS_NAME = /(?:is|as|was|for) (?:\w{1,5} )?(?:\w{1,9} )?(?:pass|pwd)/i;
const CHANGED =
  /(?<![\w-])(?:password|passwd|pwd|passphrase)(?: (?:for|of) [\w.@-]{1,64})? (?:(?:was |has been )?(?:changed|updated|rotated|reset|went|moved) )?from ["'`]?([^\s"'`]{4,256})["'`]? (?:to|into) ["'`]?([^\s"'`]{4,256})/dgi;
const OPTION =
  /(?<![\w-])--?(?:(?:[a-z]{1,32}[_-]){0,3}(?:password|passwd|passphrase|pwd|secret|token|api-?key|access-?key|secret-?key)) (?![ -])["']?([^\s"']{1,512})/dgi;
const IDENTIFIED_BY =
  /\bidentified (?:with [\w'"`]{1,40} )?(?:by|as) (?:password )?["'`]([^"'`\s]{1,256})/dgi;
/** What a honeypot writes: `login attempt [root/admin]`; and `credentials bob:hunter2`, `logged in with bob/hunter2`. */
const PAIR =
  /\blogin attempt \[(?:b')?[^\]/\s]{0,64}\/(?:b')?([^\]\s]{1,128}?)'?\]|\bcred(?:ential)?s ["'(]?[\w.@-]{1,64}[:/]([^\s"')\]/:]{4,128})/dgi;
/** `logged in with bob:hunter2`: what stands there may be two names too. */
const LOGGED_IN =
  /\b(?:log(?:ged|ging)? ?in (?:as|with|using)|auth(?:enticat(?:ed|ing))? (?:as|with|using)) ["'(]?[\w.@-]{1,64}[:/]([^\s"')\]/:]{4,128})/dgi;
/** Words before the name after which the value follows at once. */
const INTRODUCED =
  /(?:\b(?:user(?:name)?|login|account|benutzer|usuario|utilisateur) ["'`]?[\w.@\\-]{1,64}["'`]?,?(?: and| with| \/)?(?: the)? |\b(?:with|using|via|and|mit|con|avec|com|tried|trying|entered|typed|guessed|sent|supplied|submitted|used|invalid|wrong|bad|incorrect) (?:the |a |an |his |her |my )?(?:new |old |default |temporary |initial |plain |plaintext |cleartext )?)$/i;
const INTRODUCTION = 120;
/** `token is …`, `secret key for shop was …`: of what is no password only what looks generated. */
const TOKEN =
  /(?<![\w-])(?:api[ _-]?keys?|(?:client |shared |app |api )?secrets?(?: key)?|(?:access |auth |bearer |api |refresh |session )?tokens?|access keys?|credentials?|keys?)(?: (?:for|of) [\w.@-]{1,64})?(?: (?:is|was|are|set to|changed to|became|now|->|=>))?:? {1,2}["'`]?([^\s"'`]{8,512})/dgi;
/** `tried 'admin'/'admin1'`, `login failed for bob/Hunter2!`. */
const TRIED =
  /(?<![\w-])(?:tried|trying|attempted|failed for|failed with|rejected|guessed|using) ["'`]?[\w.@-]{1,64}["'`]?[/:]["'`]?([^\s"'`/:]{6,128})/dgi;

/** Passwords told without a sign between: `password is hunter2`, `with password hunter2`, `--password hunter2`, `IDENTIFIED BY 'hunter2'`. */
export const spoken: Detector = {
  name: "spoken_password",
  class: "secret",
  needs: [{ classes: SPACE, length: 8 }],
  literals: (
    "passw passp passcode kennwort pwd contrase clave senha passe phrase parola wachtwoord heslo adgangskode jelszo ifre kh\u1ea9u sandi has\u0142o haslo passord senord salasana " +
    "\u043f\u0430\u0440\u043e\u043b\u044c identified -token -secret -api -access redentials creds secret logged logging"
  )
    .split(" ")
    .concat(
      "attempt [",
      " pw ",
      "pw is",
      "tried ",
      "failed for",
      "token ",
      "tokens ",
      "key is",
      "key was",
      "key for",
      "keys ",
    ),
  find(text, hits) {
    pushTold(text, hits);
    pushToldOf(text, hits);
    pushBeside(text, hits);
    pushBefore(text, hits);
    if (text.includes("from ")) pushAll(text, CHANGED, hits, isStrange);
    if (text.includes(" -") || text.startsWith("-")) pushAll(text, OPTION, hits, isAnything);
    if (/dentified/i.test(text)) pushAll(text, IDENTIFIED_BY, hits, isAnything);
    if (text.includes("/") || text.includes(":")) {
      pushAll(text, PAIR, hits, isAnything);
      pushAll(text, LOGGED_IN, hits, isStrange);
      pushAll(text, TRIED, hits, isStrong);
    }
    if (/key|token|cret|credential/i.test(text)) pushAll(text, TOKEN, hits, isToken, "secret");
  },
};

function pushTold(text: string, hits: Hit[]): void {
  TOLD.lastIndex = 0;
  for (let match = TOLD.exec(text); match !== null; match = TOLD.exec(text)) {
    const [, hint, quote = "", written = ""] = match;
    const value = trim(written);
    // "password is required" says something about a password; "password is hunter2" tells it.
    const told =
      hint === undefined
        ? quote !== "" || (value.length >= 3 && !isNoPassword(value))
        : value.length >= 4 && isStrange(value) && !isNoPassword(value);
    if (told) push(match.indices![3]![0], toQuoted(text, match.indices![3]![0], quote) ?? value, hits);
    else TOLD.lastIndex = match.index + 4;
  }
}

function pushToldOf(text: string, hits: Hit[]): void {
  TOLD_OF.lastIndex = 0;
  for (let match = TOLD_OF.exec(text); match !== null; match = TOLD_OF.exec(text)) {
    const [, quote = "", written = ""] = match;
    const value = trim(written);
    const start = match.indices![2]![0];
    if (quote !== "" || (value.length >= 3 && !isNoPassword(value)))
      push(start, toQuoted(text, start, quote) ?? value, hits);
    else TOLD_OF.lastIndex = match.index + 4;
  }
}

function pushBeside(text: string, hits: Hit[]): void {
  BESIDE.lastIndex = 0;
  for (let match = BESIDE.exec(text); match !== null; match = BESIDE.exec(text)) {
    const [, quote = "", written = ""] = match;
    const value = trim(written);
    const told =
      quote === ""
        ? !isNoPassword(value) &&
          (isIntroduced(text, match.index)
            ? value.length >= 3
            : value.length >= 6 && isStrange(value) && !isNumberedNoun(value))
        : value.length >= 3;
    if (told) push(match.indices![2]![0], toQuoted(text, match.indices![2]![0], quote) ?? value, hits);
    else BESIDE.lastIndex = match.index + 4;
  }
}

const CLOSING: Readonly<Record<string, string>> = { "“": "”", "‘": "’", "«": "»", "„": "“" };
const LONGEST_QUOTED = 256;

/** All up to the quote that closes the one before `start`, or undefined. */
function toQuoted(text: string, start: number, quote: string): string | undefined {
  if (quote === "") return undefined;
  const part = text.slice(start, start + LONGEST_QUOTED);
  const end = part.indexOf(CLOSING[quote] ?? quote);
  return end === -1 ? undefined : part.slice(0, end);
}

function isIntroduced(text: string, at: number): boolean {
  return INTRODUCED.test(text.slice(Math.max(0, at - INTRODUCTION), at));
}

function pushBefore(text: string, hits: Hit[]): void {
  if (!IS_NAME.test(text)) return;
  BEFORE.lastIndex = 0;
  for (let match = BEFORE.exec(text); match !== null; match = BEFORE.exec(text)) {
    const value = match[1]!;
    if (isStrange(value) && !isNoPassword(value)) push(match.index, value, hits);
  }
}

/** The groups of a pattern in whose place only values stand. */
function pushAll(
  text: string,
  pattern: RegExp,
  hits: Hit[],
  isValue: (value: string) => boolean,
  kind = "password",
): void {
  pattern.lastIndex = 0;
  for (let match = pattern.exec(text); match !== null; match = pattern.exec(text)) {
    for (let group = 1; group < match.length; group++) {
      const written = match[group];
      if (written === undefined) continue;
      const value = trim(written);
      if (isValue(value)) push(match.indices![group]![0], value, hits, kind);
    }
  }
}

/** Capitals, small letters and digits, or a sign that names do not have. */
function isStrong(value: string): boolean {
  return /^(?=.*\d)(?=.*[a-z])(?=.*[A-Z])|[!#$%^&*]/.test(value) && !isNoPassword(value);
}

function isToken(value: string): boolean {
  return isOpaque(value)
    ? !isIdentifier(value)
    : isStrong(value) && value.length >= 8 && /^[\w!#$%^&*+=~-]+$/.test(value) && !isNumberedNoun(value);
}

function isAnything(value: string): boolean {
  return !isState(value);
}

function push(start: number, value: string, hits: Hit[], kind = "password"): void {
  if (value === "" || isPlaceholder(value)) return;
  hits.push({ start, end: start + value.length, kind });
}

/** Without what closes the sentence. */
function trim(value: string): string {
  let end = value.length;
  while (end > 0 && ".,;:)]}".includes(value.charAt(end - 1))) end--;
  return value.slice(0, end);
}

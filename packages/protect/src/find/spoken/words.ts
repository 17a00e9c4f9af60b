// SPDX-License-Identifier: Apache-2.0
import { isState } from "../named/words.js";

/** What follows the word "password" in sentences and log lines without being one. */
const NOUNS = new Set(
  (
    "issue ticket bug incident step section chapter number about account accounts after again age all also always any attempt attempts auth authentication authenticator backend based before being below " +
    "blacklist box brute button by bytes cache callback case change changes char characters chars check checker checks class code column command complexity " +
    "config configuration confirm confirmation correct correctly count credential credentials crypt data database days default dialog digest does during each email " +
    "encoder encoding encryption entries entry env error errors even event events exceeds expiration expires expiry fail fails failure failures field fields file " +
    "files flag flow form format from function generation generator given good grant group guess guessing handler hash hashes hashing helper here hint hints history " +
    "hours if in incident info input into it item its job just keep label last later leak leaks length less link list listener log login logins logon lookup " +
    "longer manager managers mask match matches matching method min minimum mode module name needed never nobody none not nothing notification now null object off offline " +
    "ok okay old on once online only open operation option options or out output over page pages parameter part plain plaintext policies policy present prior " +
    "process prompt prompts property protected protection provider ps query quality query question reader readers reasons record recovery reminder request requests requirement " +
    "requirements reset resets response rest retries retry rotation rotations rule rules safe same save script security see seen service session settings setup " +
    "since so spray spraying stage state status still storage store strength string stuff stuffing such support sync system table task template test text than " +
    "that their them then there these they this those through time timeout times tool tries try twice type types union until update updates upgrade upon use user " +
    "username users using util utils validation validator value values variable vault verification version via view warning we what when where which while who whose window " +
    "within word words works wrong you your yourself und oder ist nicht falsch ungültig für von mit der die das ein eine wurde wird incorrecta incorrecto para por con del " +
    "los las una une des les est sont pas pour avec dans requis requise obligatorio obligatoria valido válido inválida inválido não nao non errata corretta"
  ).split(" "),
);
/** How adjectives and participles end: "password is incorrect", "is compromised", "is expiring". */
const DESCRIBES =
  /^[A-Z]?[a-z]{1,14}(?:ed|ing|able|ible|ly|ment|ful|ous|ive|ory|ent|ient|ical|ional|less|t{1,2}en|own|iert|ado|ada|ido|ida)$/;
/** Texts that stand for a value or point to one. */
const POINTS =
  /^(?:[$%{<[(*.•…]|\\+[nrt"]|https?:|\/|--?[a-z]|~\/|[A-Za-z]:\\|\d{1,3}(?:[smhd]|ms|%|px)?$|[\W_]+$)/;
/** `user=bob`: what follows is a pair of its own. */
const PAIR = /^[A-Za-z_][\w.-]{0,31}[=:](?!=)/;
const LONGEST = 24;

/** Whether a value after "password is" or "with password" says something about the password and is none. */
export function isNoPassword(value: string): boolean {
  if (isState(value) || POINTS.test(value) || PAIR.test(value)) return true;
  if (value.length > LONGEST) return false;
  const word = value.toLowerCase().replace(/['’]s?$|[-_#.]?\d{0,3}$/, "");
  if (NOUNS.has(word) || isState(word)) return !/\d{3}/.test(value) && !/[!@$^&*+=]/.test(value);
  return DESCRIBES.test(value) || /^[a-z]{2,12}(?:-[a-z]{2,12}){1,3}$/.test(value);
}

/** `issue2024`, `step-3`. */
export function isNumberedNoun(value: string): boolean {
  return NOUNS.has(value.toLowerCase().replace(/[-_#.]?\d{1,6}$/, ""));
}

/** Has what words have not: a digit beside a letter, a sign, or a capital inside. */
export function isStrange(value: string): boolean {
  return /\d\p{L}|\p{L}\d|[!@#$%^&*+=?~]|[a-z][A-Z]|^\d{4,}$|[A-Za-z][_-]\d|\d[_-][A-Za-z]/u.test(value);
}

// SPDX-License-Identifier: Apache-2.0

const NOT_ASCII = /[\u0080-\uffff]/;
const PLAIN = /^[a-z]+$/;
const INVISIBLE = /[\p{M}\p{Cf}]/gu;
const SEPARATORS = " \t\r\n_.-$[]:/\"'\\@#";

/**
 * Folds a name: case, `_`, `-`, `.`, blanks and closing digits go, wide letters become plain, accents and invisible characters vanish.
 * `X-API-Key`, `xApiKey` and `x_api_key2` are one name.
 */
export function foldName(name: string): string {
  if (PLAIN.test(name)) return name;
  if (!NOT_ASCII.test(name)) return trimDigits(dropSeparators(name.toLowerCase()));
  return trimDigits(dropSeparators(name.normalize("NFKD").replace(INVISIBLE, "").toLowerCase()));
}

/** Letters of other scripts that look like Latin ones, in the order of what they look like. */
const LOOKALIKES =
  "аa αa ɑa ᴀa вb ьb ʙb сc ϲc ᴄc ԁd ɗd ᴅd еe єe ҽe ɛe ᴇe ғf ɡg ցg ɢg һh հh нh ʜh іi ıi ιi ɩi ɪi јj ʝj ᴊj кk κk ᴋk ӏl ʟl мm ᴍm пn ոn ηn ɴn оo οo օo σo ᴏo рp ρp ᴘp ԛq гr ʀr ѕs ꜱs тt τt ᴛt υu սu ᴜu νv ѵv ᴠv ԝw ѡw ωw шw ᴡw хx χx уy γy үy ʏy ᴢz";
const LATIN = new Map(LOOKALIKES.split(" ").map((pair) => [pair.charAt(0), pair.charAt(1)]));

/** A folded name with each letter that only looks Latin as the Latin one, or undefined when that does not give a Latin name: `раsswоrd`. */
export function toLatin(folded: string): string | undefined {
  if (!NOT_ASCII.test(folded)) return undefined;
  let latin = "";
  for (const letter of folded) {
    const plain = letter.charCodeAt(0) < 128 ? letter : LATIN.get(letter);
    if (plain === undefined) return undefined;
    latin += plain;
  }
  return latin;
}

const IS_SEPARATOR = new Uint8Array(128);
for (const separator of SEPARATORS) IS_SEPARATOR[separator.charCodeAt(0)] = 1;

function dropSeparators(name: string): string {
  let kept = "";
  let from = 0;
  for (let i = 0; i < name.length; i++) {
    const code = name.charCodeAt(i);
    if (code >= 128 || IS_SEPARATOR[code] === 0) continue;
    if (i > from) kept += name.slice(from, i);
    from = i + 1;
  }
  return from === 0 ? name : kept + name.slice(from);
}

function trimDigits(folded: string): string {
  let end = folded.length;
  while (end > 0 && folded.charCodeAt(end - 1) <= 57 && folded.charCodeAt(end - 1) >= 48) end--;
  return end === 0 || end === folded.length ? folded : folded.slice(0, end);
}

/** The last word of a name in any usual spelling: `dbPass`, `DB_PASS`, `db.pass` → `pass`. Folded. */
export function lastWord(name: string): string {
  let end = name.length;
  while (end > 0 && isSeparator(name.charCodeAt(end - 1))) end--;
  let start = end;
  while (start > 0) {
    const code = name.charCodeAt(start - 1);
    if (isSeparator(code)) break;
    start--;
    // A capital after a small letter or digit starts a word: "userPin".
    if (code >= 65 && code <= 90 && start > 0 && isSmall(name.charCodeAt(start - 1))) break;
  }
  return foldName(start === 0 && end === name.length ? name : name.slice(start, end));
}

/** `_` `-` `.` blank `[` `]` `:` `/` */
function isSeparator(code: number): boolean {
  return (
    code === 95 ||
    code === 45 ||
    code === 46 ||
    code === 32 ||
    code === 91 ||
    code === 93 ||
    code === 58 ||
    code === 47
  );
}

function isSmall(code: number): boolean {
  return (code >= 97 && code <= 122) || (code >= 48 && code <= 57);
}

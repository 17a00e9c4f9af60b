// SPDX-License-Identifier: Apache-2.0

const NOT_ASCII = /[^\p{ASCII}]/u;
const INVISIBLE = /[\p{M}\p{Cf}]/gu;
const SEPARATORS = /[\s_.\-$[\]:/"'\\@#]+/g;

/**
 * Folds a name: case, `_`, `-`, `.`, blanks and closing digits go, wide letters become plain, accents and invisible characters vanish.
 * `X-API-Key`, `xApiKey` and `x_api_key2` are one name.
 */
export function foldName(name: string): string {
  const plain = NOT_ASCII.test(name) ? name.normalize("NFKD").replace(INVISIBLE, "") : name;
  const folded = plain.toLowerCase().replace(SEPARATORS, "");
  return NOT_ASCII.test(folded) ? folded : trimDigits(folded);
}

function trimDigits(folded: string): string {
  let end = folded.length;
  while (end > 0 && folded.charCodeAt(end - 1) <= 57 && folded.charCodeAt(end - 1) >= 48) end--;
  return end === 0 ? folded : folded.slice(0, end);
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
  return foldName(name.slice(start, end));
}

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

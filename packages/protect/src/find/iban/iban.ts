// SPDX-License-Identifier: Apache-2.0
import { DIGITS, isAlphanumeric, isDigit, isWord } from "../chars.js";
import { mod97 } from "../checks.js";
import type { Detector } from "../detector.js";

/** SWIFT's IBAN registry: country and whole length. */
const LENGTHS: ReadonlyMap<string, number> = new Map(
  (
    "AD24 AE23 AL28 AT20 AZ28 BA20 BE16 BG22 BH22 BI27 BR29 BY28 CH21 CR22 CY28 CZ24 DE22 DJ27 DK18 DO28 EE20 EG29 ES24 FI18 FK18 FO18 FR27 GB22 GE22 " +
    "GI23 GL18 GR27 GT28 HN28 HR21 HU28 IE22 IL23 IQ23 IS26 IT27 JO30 KW30 KZ20 LB28 LC32 LI21 LT20 LU20 LV21 LY25 MC27 MD24 ME22 MK19 MN20 MR27 MT31 MU30 " +
    "NI28 NL18 NO15 OM23 PK24 PL28 PS29 PT25 QA29 RO24 RS22 RU33 SA24 SC31 SD18 SE24 SI19 SK24 SM27 SO23 ST25 SV28 TL23 TN24 TR26 UA29 VA22 VG24 XK20 YE30"
  )
    .split(" ")
    .map((entry) => [entry.slice(0, 2), Number(entry.slice(2))]),
);

/** Countries whose account numbers are of digits alone: an id in hexadecimal may begin with `be` and pass the check. */
const OF_DIGITS = new Set(
  "AE AT BA BE CZ DE DK EE ES FI FO GL HR HU IL IS LT LY ME MR NO PL PT RS SE SI SK TN XK".split(" "),
);

/** International bank account numbers (ISO 13616): country, its length, mod 97-10. In groups of four, or in one; letters of either case. */
export const iban: Detector = {
  name: "iban",
  class: "personal",
  needs: [{ classes: DIGITS, length: 15 }],
  find(text, hits) {
    for (let i = 0; i + 15 <= text.length; i++) {
      // A country is two letters, then two digits. The second digit is looked at first: most characters are none.
      const check = text.charCodeAt(i + 3);
      if (check < 48 || check > 57 || !isDigit(text.charCodeAt(i + 2))) continue;
      const before = text.charCodeAt(i - 1);
      if (isWord(before) && before !== 95) continue;
      const length = LENGTHS.get(text.slice(i, i + 2).toUpperCase());
      const end = length === undefined ? -1 : endOf(text, i, length);
      if (end === -1) continue;
      hits.push({ start: i, end, kind: "iban" });
      i = end - 1;
    }
  },
};

/** The offset after `length` letters and digits that pass, or -1. */
function endOf(text: string, start: number, length: number): number {
  let compact = "";
  let separator = 0;
  let i = start;
  while (compact.length < length) {
    const code = text.charCodeAt(i);
    if (isAlphanumeric(code)) compact += text.charAt(i);
    // One blank or dash after each four characters, the same everywhere.
    else if (
      compact.length % 4 === 0 &&
      (code === 32 || code === 45) &&
      (separator === 0 || separator === code)
    ) {
      separator = code;
      if (!isAlphanumeric(text.charCodeAt(i + 1))) return -1;
    } else return -1;
    i++;
  }
  const after = text.charCodeAt(i);
  if (isWord(after) && after !== 95) return -1;
  const capitals = compact.toUpperCase();
  if (OF_DIGITS.has(capitals.slice(0, 2)) && !/^..\d+$/.test(capitals)) return -1;
  // 98 less a remainder is 02 at least and 98 at most.
  if (/^..(?:00|01|99)/.test(capitals)) return -1;
  return mod97(capitals.slice(4) + capitals.slice(0, 4)) === 1 ? i : -1;
}

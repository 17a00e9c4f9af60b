// SPDX-License-Identifier: Apache-2.0
import { DIGIT, isWord } from "../chars.js";
import { foldPhrases, hasPhrase, type Words, wordsOf } from "../context.js";
import type { Detector } from "../detector.js";

const VIN = /[A-HJ-NPR-Z0-9]{17}/g;
export const VIN_PHRASES: readonly string[] = foldPhrases(
  "vin|vehicle identification|chassis|chassis number|fahrgestellnummer|fin|numero de chasis|telaio",
);
/** 49 CFR 565.15: what letters count, from A; 0 for I, O and Q, which no number has. */
const VALUES = [1, 2, 3, 4, 5, 6, 7, 8, 0, 1, 2, 3, 4, 5, 0, 7, 0, 9, 2, 3, 4, 5, 6, 7, 8, 9];
const WEIGHTS = [8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2];

/** Vehicle identification numbers (ISO 3779), by a word near them and the check digit that those of North America and China have. Kept unless a policy asks. */
export const vin: Detector = {
  name: "vin",
  class: "personal",
  needs: [{ classes: DIGIT, length: 17 }],
  find(text, hits) {
    let words: Words | undefined;
    VIN.lastIndex = 0;
    for (let match = VIN.exec(text); match !== null; match = VIN.exec(text)) {
      const end = VIN.lastIndex;
      if (isWord(text.charCodeAt(match.index - 1)) || isWord(text.charCodeAt(end))) continue;
      words ??= wordsOf(text);
      if (!words.mayHave(VIN_PHRASES) || !hasCheck(match[0])) continue;
      if (hasPhrase(words.around(match.index, end), VIN_PHRASES))
        hits.push({ start: match.index, end, kind: "vin" });
    }
  },
};

function hasCheck(written: string): boolean {
  let sum = 0;
  for (let i = 0; i < WEIGHTS.length; i++) {
    const code = written.charCodeAt(i);
    sum += WEIGHTS[i]! * (code <= 57 ? code - 48 : VALUES[code - 65]!);
  }
  return written.charAt(8) === "0123456789X".charAt(sum % 11);
}

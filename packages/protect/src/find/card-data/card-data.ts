// SPDX-License-Identifier: Apache-2.0
import { toCardDigits } from "../card/card.js";
import { DIGIT, DIGIT_SPAN, SPACE } from "../chars.js";
import type { Detector } from "../detector.js";

// ISO/IEC 7813. Track 1: %B, number, ^, name, ^, expiry, service code, rest, ?. Track 2: ;, number, =, expiry, service code, rest, ?.
const TRACK_1 = /(?:%|%25)B\d{12,19}\^[^^\r\n"]{2,26}\^\d{4}[^?\r\n"<]{3,64}\??/g;
const TRACK_2 = /(?:(;|%3B)|(?<!\d))(\d{12,19})[=D]\d{2}(?:0[1-9]|1[0-2])[0-9]{3,32}\??/g;

/** What is on the stripe or in the chip of a card. MUST NOT be stored after authorization (PCI DSS 4.0, 3.3.1). */
export const tracks: Detector = {
  name: "card_track",
  class: "secret",
  needs: [{ classes: DIGIT_SPAN, length: 24 }],
  find(text, hits) {
    for (const pattern of [TRACK_1, TRACK_2]) {
      pattern.lastIndex = 0;
      for (let match = pattern.exec(text); match !== null; match = pattern.exec(text)) {
        // Without the sign at its beginning only the number tells.
        if (pattern === TRACK_2 && match[1] === undefined && toCardDigits(match[2]!) === undefined) continue;
        hits.push({ start: match.index, end: pattern.lastIndex, kind: "card_track" });
      }
    }
  },
};

const CVV =
  /\b(?:cvv2?|cvc2?|cvn2?|csc|card (?:security|verification) (?:code|value|number)|security code)\b["')]{0,2}(?: (?:is|was|code|of|nr|no|number)){0,2}[ =:#"'(>]{1,4}(\d{3,4})(?![\w.-]*\d)/gi;
const PIN =
  /(?:\b(?:card|atm|debit|bank|customer|user|sim) pin|\bPIN(?: code| number)?)\b(?: is| was| of)?[ =:#"'(]{1,4}(\d{4,6})(?![\w.-]*\d)/g;

/** A card's verification code and a PIN that a sentence tells: `CVV 123`, `cvc is 123`, `PIN 1234`. */
export const cardCodes: Detector = {
  name: "card_code",
  kinds: ["cvv", "pin"],
  class: "personal",
  needs: [{ classes: SPACE | DIGIT, length: 7 }],
  literals: ["cvv", "cvc", "cvn", "csc", "security code", "verification", "pin"],
  find(text, hits) {
    for (const [pattern, kind] of [
      [CVV, "cvv"],
      [PIN, "pin"],
    ] as const) {
      pattern.lastIndex = 0;
      for (let match = pattern.exec(text); match !== null; match = pattern.exec(text)) {
        const digits = match[1]!.length;
        hits.push({ start: pattern.lastIndex - digits, end: pattern.lastIndex, kind });
      }
    }
  },
};

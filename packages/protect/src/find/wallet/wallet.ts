// SPDX-License-Identifier: Apache-2.0
import { DIGIT, isAlphanumeric, LETTER } from "../chars.js";
import type { Detector, Hit } from "../detector.js";
import { isBase58Check, isBech32 } from "./encodings.js";

const AGE = /AGE-SECRET-KEY-(?:PQ-)?1[0-9A-Z]{50,80}/gi;
/** Beginnings and lengths of a Bitcoin private key (WIF) on the main and test networks. */
const WIF = /^(?:5[HJK][1-9A-HJ-NP-Za-km-z]{49}|[KLc][1-9A-HJ-NP-Za-km-z]{51}|9[1-9A-HJ-NP-Za-km-z]{50})$/;
const EXTENDED = /^[xyztuvYZUV]prv[1-9A-HJ-NP-Za-km-z]{100,110}$/;
const SHORTEST = 51;
const LONGEST = 112;

/**
 * Private keys that are known by their encoding: age (Bech32, sure when the checksum holds), Bitcoin's wallet import format and
 * extended private keys (BIP 32), which are hidden only when their Base58Check holds.
 */
export const wallet: Detector = {
  name: "wallet_key",
  kinds: ["age_key", "wallet_key"],
  class: "secret",
  needs: [{ classes: LETTER | DIGIT, length: SHORTEST }],
  find(text, hits) {
    if (/age-secret-key-/i.test(text)) pushAge(text, hits);
    // No run of 51 characters fits between two of the places that are looked at.
    let from = 0;
    for (let at = SHORTEST - 1; at < text.length; at += SHORTEST) {
      if (at < from || !isAlphanumeric(text.charCodeAt(at))) continue;
      from = pushRun(text, at, from, hits);
    }
  },
};

function pushAge(text: string, hits: Hit[]): void {
  AGE.lastIndex = 0;
  for (let match = AGE.exec(text); match !== null; match = AGE.exec(text)) {
    const hit: Hit = { start: match.index, end: AGE.lastIndex, kind: "age_key" };
    if (isBech32(match[0])) hit.sure = true;
    hits.push(hit);
  }
}

/** Looks at the run of letters and digits around `at`, and returns its end. A run that is too long is followed no further than that. */
function pushRun(text: string, at: number, floor: number, hits: Hit[]): number {
  let start = at;
  while (start > floor && at - start <= LONGEST && isAlphanumeric(text.charCodeAt(start - 1))) start--;
  let end = at + 1;
  while (end < text.length && end - start <= LONGEST && isAlphanumeric(text.charCodeAt(end))) end++;
  const run = text.slice(start, end);
  if ((WIF.test(run) || EXTENDED.test(run)) && isBase58Check(run))
    hits.push({ start, end, kind: "wallet_key", sure: true });
  return end;
}

// SPDX-License-Identifier: Apache-2.0
import { ANYWHERE, type Detector, type Hit, isLive } from "../detector.js";
import { isOpaque } from "../entropy.js";

const KEY_ID = /(?<![A-Za-z0-9])A(?:KI|SI|BI|CC)A[A-Z0-9]{16}(?![A-Za-z0-9])/g;
const CUT = /(?<![A-Za-z0-9])A(?:KI|SI|BI|CC)A[A-Z0-9]{4,15}$/;
/** Forty characters of base64, no part of anything longer. */
const SECRET = /(?<![A-Za-z0-9+/=])[A-Za-z0-9+/]{40}(?![A-Za-z0-9+/=])/g;
const HEX = /^[0-9a-fA-F]{40}$/;
/** How far from its id a secret key is looked for, in characters. */
const NEARBY = 100;

/**
 * AWS access key ids of users, roles, sessions and services (IAM user guide, "Unique identifiers"), and the secret access key within
 * {@link NEARBY} characters of one. Elsewhere a secret key is found by its name.
 */
export const aws: Detector = {
  name: "aws_key",
  kinds: ["aws_key", "aws_secret_key"],
  class: "secret",
  needs: ANYWHERE,
  literals: ["AKIA", "ASIA", "ABIA", "ACCA"],
  find(text, hits) {
    KEY_ID.lastIndex = 0;
    // Where the search for a secret key goes on: no character is searched twice, whatever stands how often in the text.
    let searched = 0;
    for (let match = KEY_ID.exec(text); match !== null; match = KEY_ID.exec(text)) {
      const hit: Hit = { start: match.index, end: KEY_ID.lastIndex, kind: "aws_key" };
      if (isLive(match[0]) && !/[0189]/.test(match[0])) hit.sure = true;
      hits.push(hit);
      searched = pushSecrets(text, Math.max(searched, hit.start - NEARBY), hit.end + NEARBY, hits);
    }
    const cut = CUT.exec(text.slice(-24));
    if (cut !== null) hits.push({ start: text.length - cut[0].length, end: text.length, kind: "aws_key" });
  },
};

function pushSecrets(text: string, from: number, to: number, hits: Hit[]): number {
  SECRET.lastIndex = from;
  for (let match = SECRET.exec(text); match !== null && match.index <= to; match = SECRET.exec(text)) {
    const secret = match[0];
    if (HEX.test(secret) || !isOpaque(secret)) continue;
    const hit: Hit = { start: match.index, end: SECRET.lastIndex, kind: "aws_secret_key" };
    if (isLive(secret)) hit.sure = true;
    hits.push(hit);
  }
  return to;
}

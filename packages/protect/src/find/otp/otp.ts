// SPDX-License-Identifier: Apache-2.0
import { ANYWHERE, type Detector, type Hit } from "../detector.js";

/** The secret of an otpauth address (Key URI format), at least 80 bits in base32. */
const URI =
  /otpauth(?:-migration)?:(?:\/\/|%2F%2F)[^\s"'<>]{0,256}?(?:secret|data)(?:=|%3D)([A-Za-z2-7%+/=]{16,1024})/dgi;
const NAMED =
  /\b(?:(?:(?:verification|security|login|log-in|sign-?in|one[- ]?time|access|authentication|auth|confirmation|activation|2fa|mfa|otp|totp|sms|pin|two[- ]factor|bestätigungs|sicherheits|tan)[ -]?(?:code|password|passcode|pin|token)?|passcode|otp|totp|tan|code)(?: (?:for|to) [\w.@+-]{1,64})?(?: is| was| lautet|:| =|=| -| ist| es| est)?:? ["'`*]?(?:G-)?)(\d{3}[ -]?\d{3,5}|\d{4,8})(?![\w.:/%-]|,\d)/dgi;
const BEFORE =
  /(?<![\w.:-])(?:G-)?(\d{3}[ -]?\d{3}|\d{4,8}) (?:is|ist|es|est) (?:your|the|ihr|dein|su|tu|votre) (?:[\w'-]{1,32} ){0,4}?(?:code|passcode|otp|pin|tan)\b/dgi;
/** A code that is told, not the number of an error: one of these words stands before it. */
const TOLD =
  /verif|security|login|log-in|sign-?in|one[- ]?time|authentic|confirm|activation|2fa|mfa|otp|sms|two[- ]factor|passcode|bestätig|sicherheit|\btan\b/i;
const SEED =
  /(?:\b(?:totp|otp|2fa|mfa|authenticator)[ _-]?(?:secret|seed|key)(?: (?:is|for [\w.@-]{1,64}(?: is)?))?[ :=]{1,3}["'`]?)((?:[A-Z2-7]{4}[ -]?){4,16}={0,6})/dg;

/** Secrets of one-time passwords, and one-time codes where the words around them say what they are. */
export const otp: Detector = {
  name: "otp",
  class: "secret",
  needs: ANYWHERE,
  literals: ["otp", "code", "passcode", "2fa", "mfa", "authenticator", "sicherheits", " tan ", " pin "],
  find(text, hits) {
    pushAll(text, URI, hits, () => true, true);
    pushAll(text, SEED, hits, () => true, true);
    pushAll(text, NAMED, hits, (whole) => TOLD.test(whole), false);
    pushAll(text, BEFORE, hits, () => true, false);
  },
};

function pushAll(
  text: string,
  pattern: RegExp,
  hits: Hit[],
  isTold: (whole: string) => boolean,
  sure: boolean,
): void {
  pattern.lastIndex = 0;
  for (let match = pattern.exec(text); match !== null; match = pattern.exec(text)) {
    if (!isTold(match[0])) continue;
    const [start, end] = match.indices![1]!;
    const hit: Hit = { start, end, kind: "otp" };
    if (sure) hit.sure = true;
    hits.push(hit);
  }
}

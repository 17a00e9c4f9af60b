// SPDX-License-Identifier: Apache-2.0
import { ANYWHERE, type Detector, type Hit } from "../detector.js";
import { isOpaque } from "../entropy.js";

/** Words of a path after which a segment opens an account: reset, magic link, invitation, confirmation, unsubscription. */
const WORDS =
  "reset|resetpassword|password[_-]?resets?|reset[_-]?password|set[_-]?password|new[_-]?password|change[_-]?password|forgot(?:[_-]?password)?|recover(?:y)?|magic(?:[_-]?links?)?|passwordless|verify(?:[_-]?e?mail)?|verification|confirm(?:ation)?s?(?:[_-]?e?mail)?|email[_-]?confirm(?:ation)?|activat(?:e|ion)s?|invit(?:e|es|ation|ations)|accept[_-]?invit(?:e|ation)|join|unlock|login[_-]?link|one[_-]?time|otl|sso[_-]?link|unsubscribe|token|signup|register|onboard(?:ing)?";
const SEGMENT = new RegExp(
  `(?:/|%2F)(?:${WORDS})(?:/|%2F)((?:[\\w=.~-]{1,128}(?:/|%2F)){0,2}?)([\\w.~=-]{16,512})(?![\\w.~=-])`,
  "dgi",
);
const QUERY = new RegExp(
  `(?:/|%2F)(?:${WORDS})/?\\?(?:[\\w.%~+-]{1,64}=[^&\\s"'<>]{0,256}&){0,6}?(?:t|k|key|code|hash|h|sig|id|uid|link|invite|invitation|otp|verify|confirm|reset|magic|ticket|data|q|c|auth|lt|oobCode|oob_code)=([^&\\s"'<>\\\\]{16,512})`,
  "dgi",
);
/** Beside these words an identifier opens something too. */
const OPENS = /reset|magic|passwordless|verif|confirm|activat|recover|forgot|unlock|one[_-]?time|otl|login/i;
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;
const HEX = /^[0-9a-f]{24,}$/i;

/** Tokens in addresses that are sent by mail: `/reset/<token>`, `/magic?k=<token>`, by the randomness of the segment. */
export const linkToken: Detector = {
  name: "link_token",
  class: "secret",
  needs: ANYWHERE,
  literals: (
    "/reset /password /set-p /set_p /new-p /change-p /forgot /recover /magic /verif /confirm /email-c /activat /invit /accept /join /unlock /login-l /one-time /otl/ " +
    "/sso-l /unsub /token /signup /register /onboard %2freset %2fverif %2fconfirm %2fmagic %2finvit %2factivat"
  ).split(" "),
  find(text, hits) {
    pushAll(text, SEGMENT, 2, hits);
    pushAll(text, QUERY, 1, hits);
  },
};

function pushAll(text: string, pattern: RegExp, group: number, hits: Hit[]): void {
  pattern.lastIndex = 0;
  for (let match = pattern.exec(text); match !== null; match = pattern.exec(text)) {
    const written = match[group]!;
    const value = written.replace(/[.~-]+$/, "");
    const opens = OPENS.test(match[0].slice(0, match[0].length - written.length));
    if (!isToken(value, opens)) {
      pattern.lastIndex = match.index + 1;
      continue;
    }
    const start = match.indices![group]![0];
    hits.push({ start, end: start + value.length, kind: "link_token" });
  }
}

function isToken(value: string, opens: boolean): boolean {
  // A file: no token ends like its name.
  if (/\.[A-Za-z]{2,5}$/.test(value)) return false;
  if (UUID.test(value)) return opens;
  // Django: the time in base 36, and a keyed hash.
  if (/^[0-9a-z]{5,7}-[0-9a-f]{20,64}$/i.test(value)) return true;
  return HEX.test(value) ? /\d/.test(value) && /[a-f]/i.test(value) : isOpaque(value);
}

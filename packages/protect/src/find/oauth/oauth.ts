// SPDX-License-Identifier: Apache-2.0
import { ANYWHERE, type Detector } from "../detector.js";
import { isOpaque } from "../entropy.js";

/** Parameters that mean this only in a request of OAuth 2, OpenID Connect, SAML or CAS (RFC 6749, 4.1; RFC 7636; RFC 7521). */
const PARAMETER =
  /(?<=[?&#\s"'{,]|\\"|^)(code|state|nonce|assertion|subject_token|actor_token|request|ticket|saml_?art|user_code|login_hint_token|code_challenge)(?:"|\\")?(?:=|\s?:\s?)(?:"|\\")?([^&\s"'\\<>,;}#]{6,8192})/dgi;
/** What only such a request has. */
const REQUEST =
  /redirect_uri|grant_type|response_type|client_id|code_verifier|callback|oauth|oidc|openid|authorize|\/sso|\/saml|\/cas\b|signin-|\/login\/|\/auth\/|session_state=|RelayState/i;
const TICKET = /^(?:ST|PT|PGT|PGTIOU|TGT)-/;

/** Codes, states, assertions and tickets of OAuth, OpenID Connect, SAML and CAS. Those with a name of their own (`client_secret`) are found by it. */
export const oauth: Detector = {
  name: "oauth_code",
  class: "secret",
  needs: ANYWHERE,
  literals: [
    "code=",
    'code"',
    "state=",
    'state"',
    "assertion",
    "ticket=",
    "nonce=",
    "t_token",
    "r_token",
    "samlart",
    "saml_art",
    "code:",
  ],
  find(text, hits) {
    let isRequest: boolean | undefined;
    PARAMETER.lastIndex = 0;
    for (let match = PARAMETER.exec(text); match !== null; match = PARAMETER.exec(text)) {
      const [, name = "", value = ""] = match;
      isRequest ??= REQUEST.test(text);
      const ticket = TICKET.test(value);
      if (!ticket && (!isRequest || !isCode(name.toLowerCase(), value))) continue;
      const [start, end] = match.indices![2]!;
      hits.push({ start, end, kind: "oauth_code" });
    }
  },
};

/** A number, a word or a path is none. */
function isCode(name: string, value: string): boolean {
  if (/^(?:https?(?::|%3A)|\/|\[)/i.test(value) || /^\d{1,5}$/.test(value)) return false;
  if (isOpaque(value)) return true;
  if (name === "code") return value.length >= 10 && /\d/.test(value) && /[A-Za-z]/.test(value);
  return value.length >= 16 && /\d/.test(value) && /^[\w.~%+/=-]+$/.test(value);
}

// SPDX-License-Identifier: Apache-2.0
import { ANYWHERE, type Detector, type Hit, isLive } from "../detector.js";
import { isOpaque } from "../entropy.js";

const SCHEME =
  /\b(bearer|basic|negotiate|ntlm|ssws|apikey|api-key|token)(?:[ \t]{1,4}|%20|\+)([\w.~+/=:-]{6,8192})/gi;
const WORDS = /^[A-Za-z]?[a-z]*(?:[-_/.:][A-Za-z]?[a-z]*)*$/;
/** `Digest …` and `AWS4-HMAC-SHA256 …`: what proves the secret stands in a parameter (RFC 7616, 3.4). */
const PROOFS = /\b(?:digest [ \w]{0,64}=|aws4-hmac-sha256 |hawk id=|oauth oauth_)/i;
const PROOF =
  /\b(?:response|cnonce|signature|mac|oauth_signature|oauth_token)=(?:"([^"\s]{1,512})|([A-Za-z0-9%+/=_-]{8,512}))/gi;

/**
 * Credentials of HTTP wherever they stand; the scheme stays: `Bearer …` (RFC 6750), `Basic …` (RFC 7617), `Negotiate …` (RFC 4559), `NTLM`, and the
 * proofs in `Digest …` and signed requests. "Bearer authentication" is none.
 */
export const bearer: Detector = {
  name: "bearer",
  class: "secret",
  needs: ANYWHERE,
  literals: [
    "earer",
    "asic",
    "egotiate",
    "ntlm",
    "ssws",
    "apikey",
    "api-key",
    "token ",
    "igest",
    "aws4-hmac",
    "hawk id",
    "oauth_",
  ],
  find(text, hits) {
    SCHEME.lastIndex = 0;
    for (let match = SCHEME.exec(text); match !== null; match = SCHEME.exec(text)) {
      const [whole, scheme = "", credentials = ""] = match;
      const kind = kindOf(scheme.toLowerCase(), credentials);
      if (kind === undefined) {
        // "Bearer Token abc": the word after the scheme may be one itself.
        SCHEME.lastIndex = match.index + scheme.length;
        continue;
      }
      const end = match.index + whole.length - /[.:]*$/.exec(credentials)![0].length;
      const hit: Hit = { start: match.index + whole.length - credentials.length, end, kind };
      if ((kind === "basic_auth" || credentials.length >= 16) && isLive(credentials)) hit.sure = true;
      hits.push(hit);
    }
    if (PROOFS.test(text)) pushProofs(text, hits);
  },
};

/** What it is that stands after the scheme, or undefined for a word of a sentence. */
function kindOf(scheme: string, credentials: string): string | undefined {
  switch (scheme) {
    case "basic":
      return isBasic(credentials) ? "basic_auth" : undefined;
    case "negotiate":
    case "ntlm":
      return /^(?:YI|TlRM|oY|oR)[A-Za-z0-9+/]{10}/.test(credentials) ? "authorization" : undefined;
    case "bearer":
      return credentials.length >= 8 && !isWords(credentials) ? "bearer" : undefined;
    default:
      // Any noun may follow "token"; only what no sentence holds is one.
      return credentials.length >= 20 && (isOpaque(credentials) || /^[0-9a-f]{32,}$/.test(credentials))
        ? "token"
        : undefined;
  }
}

function pushProofs(text: string, hits: Hit[]): void {
  PROOF.lastIndex = 0;
  for (let match = PROOF.exec(text); match !== null; match = PROOF.exec(text)) {
    const value = match[1] ?? match[2]!;
    hits.push({ start: PROOF.lastIndex - value.length, end: PROOF.lastIndex, kind: "authorization" });
  }
}

/** Ordinary words joined by dashes or dots, as in prose; opaque tokens have digits or capitals inside. */
function isWords(text: string): boolean {
  return text.length <= 64 && WORDS.test(text);
}

function isBasic(credentials: string): boolean {
  const base64 = credentials.replace(/[^A-Za-z0-9+/].*$/, "");
  if (base64.length < 4) return false;
  try {
    return isUserPass(atob(base64.slice(0, base64.length - (base64.length % 4 === 1 ? 1 : 0))));
  } catch {
    return false;
  }
}

/** A colon after a user name of printable characters. */
function isUserPass(decoded: string): boolean {
  const colon = decoded.indexOf(":");
  return colon !== -1 && /^[^\p{Cc}]*$/u.test(decoded.slice(0, colon));
}

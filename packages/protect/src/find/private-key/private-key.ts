// SPDX-License-Identifier: Apache-2.0
import { isAlphanumeric } from "../chars.js";
import { ANYWHERE, type Detector, type Hit } from "../detector.js";

/** The line before a private key (RFC 7468; `BLOCK`: OpenPGP; four dashes: RFC 4716). Also for {@link createKeyLines}. */
export const BEGIN = /-{4,5} ?BEGIN (?:[A-Z0-9]{1,16} ){0,4}PRIVATE KEY(?: BLOCK)? ?-{4,5}/g;
export const END = /-{4,5} ?END (?:[A-Z0-9]{1,16} ){0,4}PRIVATE KEY(?: BLOCK)? ?-{4,5}/g;
/** PuTTY's own format: the private half follows this line. */
const PUTTY =
  /Private-Lines: ?\d{1,4}(?:\r?\n|\\r?\\?n)((?:[A-Za-z0-9+/=]{1,64}(?:\r?\n|\\r?\\?n|$)){1,200})/g;
/** The private members of a JSON Web Key (RFC 7518, 6.2.2, 6.3.2, 6.4.1). */
const JWK = /\\?"(?:d|p|q|dp|dq|qi|k)\\?"\s?:\s?\\?"([A-Za-z0-9_-]{16,2048})/g;
/** How DER of a private key, OpenSSH's format, and an OpenPGP packet begin, in base64. */
const BODY =
  /^(?:\s|\\r|\\n|[A-Za-z-]{1,20}: [^\n\\]{1,80}(?:\n|\\n))*(?:MI|MC|MF|b3BlbnNzaC1rZXktdjE|l[A-Za-z]|x[A-Za-z])/;
const LONGEST_REST = 16_000;

/**
 * PEM, OpenSSH, OpenPGP and PuTTY private keys, with real or escaped line ends, and the private members of JSON Web Keys.
 * Without its end, all that follows is hidden; without its beginning, the base64 before the end.
 */
export const privateKey: Detector = {
  name: "private_key",
  class: "secret",
  needs: ANYWHERE,
  literals: ["PRIVATE KEY", "Private-Lines:", '"kty', '\\"kty'],
  find(text, hits) {
    if (text.includes("PRIVATE KEY")) pushPem(text, hits);
    if (text.includes("Private-Lines")) pushGroups(text, PUTTY, hits);
    if (text.includes("kty")) pushGroups(text, JWK, hits);
  },
};

function pushPem(text: string, hits: Hit[]): void {
  let from = 0;
  for (;;) {
    BEGIN.lastIndex = from;
    const begin = BEGIN.exec(text);
    END.lastIndex = begin === null ? from : BEGIN.lastIndex;
    const found = END.exec(text);
    if (begin === null) {
      if (found !== null && from === 0) pushRest(text, found.index, END.lastIndex, hits);
      return;
    }
    const end = found === null ? text.length : END.lastIndex;
    const hit: Hit = { start: begin.index, end, kind: "private_key" };
    if (BODY.test(text.slice(BEGIN.lastIndex, BEGIN.lastIndex + 400))) hit.sure = true;
    hits.push(hit);
    from = end;
  }
}

/** The base64 before an END line without a beginning: the rest of a key whose beginning was in another text. */
function pushRest(text: string, at: number, end: number, hits: Hit[]): void {
  const floor = Math.max(0, at - LONGEST_REST);
  let start = at;
  while (start > floor && isOfBody(text, start - 1)) start--;
  hits.push({ start, end, kind: "private_key" });
}

/** Base64, a line end, or an escaped one. */
function isOfBody(text: string, at: number): boolean {
  const code = text.charCodeAt(at);
  if (isAlphanumeric(code) || code === 43 || code === 47 || code === 61 || code === 10 || code === 13)
    return true;
  const next = text.charCodeAt(at + 1);
  return code === 92 && (next === 110 || next === 114 || next === 92);
}

function pushGroups(text: string, pattern: RegExp, hits: Hit[]): void {
  pattern.lastIndex = 0;
  for (let match = pattern.exec(text); match !== null; match = pattern.exec(text)) {
    const value = match[1]!;
    const start = match.index + match[0].length - value.length;
    hits.push({ start, end: start + value.length, kind: "private_key", sure: true });
  }
}

// SPDX-License-Identifier: Apache-2.0
import { markerEnd } from "../../act/marker.js";
import { AT, COLON, isDigit, SLASH } from "../chars.js";
import type { Detector, Hit } from "../detector.js";

const SCHEME = /:\/\//g;
const LONGEST_AUTHORITY = 2048;

/**
 * The secret part of `scheme://user:secret@host` (RFC 3986, 3.2.1) in URLs and connection strings of any scheme; the user name stays.
 * A name alone is hidden when it looks like a token.
 */
export const urlCredentials: Detector = {
  name: "url_password",
  class: "secret",
  needs: [{ classes: AT | COLON | SLASH, length: 8 }],
  find(text, hits) {
    SCHEME.lastIndex = 0;
    for (let found = SCHEME.exec(text); found !== null; found = SCHEME.exec(text)) {
      const start = found.index + 3;
      const end = findUserinfoEnd(text, start);
      if (end === -1) continue;
      pushUserinfo(text, start, end, hits);
      SCHEME.lastIndex = end;
    }
  },
};

/** The offset of the `@` that ends the userinfo, or -1. Looks no further than the next `://`, so that the whole stays linear. */
function findUserinfoEnd(text: string, start: number): number {
  const limit = Math.min(text.length, start + LONGEST_AUTHORITY);
  let colon = -1;
  let path = -1;
  let at = -1;
  for (let i = start; i < limit; i++) {
    const code = text.charCodeAt(i);
    if (code === 64) at = i;
    else if (code === 58) {
      if (text.charCodeAt(i + 1) === 47 && text.charCodeAt(i + 2) === 47) break;
      if (colon === -1) colon = i;
    } else if (path === -1 && (code === 47 || code === 63 || code === 35)) {
      if (at !== -1) return at;
      path = i;
    } else if (
      code <= 32 ||
      code === 34 ||
      code === 39 ||
      code === 60 ||
      code === 62 ||
      code === 92 ||
      code === 96
    )
      break;
  }
  if (at === -1 || path === -1) return at;
  // A "/", "?" or "#" that should have been encoded: the text after ":" is no port, and a host follows further on.
  return colon !== -1 && colon < path && isNoPort(text, colon + 1, path) ? at : -1;
}

function isNoPort(text: string, start: number, end: number): boolean {
  if (end - start > 5) return true;
  for (let i = start; i < end; i++) {
    // An IPv6 address has more colons and a closing bracket.
    if (text.charCodeAt(i) === 58 || text.charCodeAt(i) === 93) return false;
    if (!isDigit(text.charCodeAt(i))) return true;
  }
  return false;
}

function pushUserinfo(text: string, start: number, end: number, hits: Hit[]): void {
  if (markerEnd(text, start) === end) return;
  const colon = text.indexOf(":", start);
  if (colon !== -1 && colon < end) {
    if (colon + 1 < end) hits.push({ start: colon + 1, end, kind: "url_password" });
    return;
  }
  const user = text.slice(start, end);
  if (user.length >= 16 && /\d/.test(user) && /[A-Za-z]/.test(user) && !user.includes("@")) {
    hits.push({ start, end, kind: "url_password" });
  }
}

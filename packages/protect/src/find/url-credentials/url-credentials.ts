// SPDX-License-Identifier: Apache-2.0
import { markerEnd } from "../../act/marker.js";
import { AT, COLON, SLASH } from "../chars.js";
import type { Detector, Hit } from "../detector.js";

const SCHEME = /:\/\//g;
const AUTHORITY_END = /[\s"'<>`\\]/;
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
  const nextScheme = text.indexOf("://", start);
  const area = text.slice(
    start,
    Math.min(start + LONGEST_AUTHORITY, nextScheme === -1 ? text.length : nextScheme),
  );
  const stop = area.search(AUTHORITY_END);
  const word = stop === -1 ? area : area.slice(0, stop);
  const path = word.search(/[/?#]/);
  const authority = path === -1 ? word : word.slice(0, path);
  const at = authority.lastIndexOf("@");
  if (at !== -1) return start + at;
  // A "/", "?" or "#" that should have been encoded: the text after ":" is no port, and a host follows further on.
  if (path !== -1 && /^[^:@]{0,128}:(?!\d{0,5}$)/.test(authority) && !authority.includes("]")) {
    const late = word.lastIndexOf("@");
    if (late > path) return start + late;
  }
  return -1;
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

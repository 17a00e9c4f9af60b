// SPDX-License-Identifier: Apache-2.0
import { B, PERCENT, SPACE } from "../chars.js";
import type { Detector } from "../detector.js";

const SCHEME = /\b(bearer|basic)(?:[ \t]{1,4}|%20)([\w.~+/=-]{6,8192})/gi;
const WORDS = /^[A-Za-z]?[a-z]*(?:[-_/.][A-Za-z]?[a-z]*)*$/;

/** `Bearer …` (RFC 6750) and `Basic …` (RFC 7617) wherever they stand; the scheme stays. "Bearer authentication" is not one. */
export const bearer: Detector = {
  name: "bearer",
  class: "secret",
  needs: [
    { classes: B | SPACE, length: 12 },
    { classes: B | PERCENT, length: 12 },
  ],
  find(text, hits) {
    if (!/earer|asic/i.test(text)) return;
    SCHEME.lastIndex = 0;
    for (let match = SCHEME.exec(text); match !== null; match = SCHEME.exec(text)) {
      const [whole, scheme = "", credentials = ""] = match;
      const basic = scheme.length === 5;
      if (basic ? !isBasic(credentials) : credentials.length < 8 || isWords(credentials)) continue;
      const end = match.index + whole.length;
      hits.push({ start: end - credentials.length, end, kind: basic ? "basic_auth" : "bearer" });
    }
  },
};

/** Ordinary words joined by dashes or dots, as in prose; opaque tokens have digits or capitals inside. */
function isWords(text: string): boolean {
  return text.length <= 64 && WORDS.test(text);
}

function isBasic(credentials: string): boolean {
  const base64 = credentials.replace(/[^A-Za-z0-9+/].*$/, "");
  if (base64.length < 4) return false;
  try {
    return atob(base64.slice(0, base64.length - (base64.length % 4 === 1 ? 1 : 0))).includes(":");
  } catch {
    return false;
  }
}

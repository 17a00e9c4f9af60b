// SPDX-License-Identifier: Apache-2.0
import { isAlphanumeric, UPPER_J } from "../chars.js";
import type { Detector } from "../detector.js";

const SHORTEST_HEADER = 8;
const MOST_PARTS = 5; // JWE

/**
 * JWS and JWE in compact form (RFC 7515, 7516). `eyJ` is base64url of `{"`, so a second part is proof enough to hide it; one that was
 * cut off in its signature is hidden too.
 */
export const jwt: Detector = {
  name: "jwt",
  class: "secret",
  needs: [{ classes: UPPER_J, length: 12 }],
  find(text, hits) {
    for (let start = text.indexOf("eyJ"); start !== -1; ) {
      const header = runEnd(text, start);
      let end = header;
      for (let parts = 1; parts < MOST_PARTS && text.charCodeAt(end) === 46; parts++)
        end = runEnd(text, end + 1);
      // A full stop that ends the sentence is no second part.
      if (end > header + 1 && header - start >= SHORTEST_HEADER) {
        if (text.charCodeAt(end - 1) === 46) end--;
        hits.push({ start, end, kind: "jwt" });
      }
      // Goes on after the run, never inside it, which keeps a text of many "eyJ" linear.
      start = text.indexOf("eyJ", end);
    }
  },
};

function runEnd(text: string, from: number): number {
  let i = from;
  for (; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (!isAlphanumeric(code) && code !== 95 && code !== 45) break;
  }
  return i;
}

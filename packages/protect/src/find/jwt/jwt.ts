// SPDX-License-Identifier: Apache-2.0
import { isAlphanumeric } from "../chars.js";
import { ANYWHERE, type Detector, type Hit } from "../detector.js";

const SHORTEST_HEADER = 12;
const SHORTEST_TOKEN = 20;
const MOST_PARTS = 5; // JWE

/**
 * JWS and JWE in compact form (RFC 7515, 7516). `eyJ` is base64url of `{"`, so a second part is proof enough to hide it; one that was
 * cut off in its signature is hidden too. Sure when the first part is a header: a JSON object that names its algorithm.
 */
export const jwt: Detector = {
  name: "jwt",
  class: "secret",
  needs: ANYWHERE,
  literals: ["eyJ"],
  find(text, hits) {
    for (let start = text.indexOf("eyJ"); start !== -1; ) {
      const header = runEnd(text, start);
      let end = header;
      for (let parts = 1; parts < MOST_PARTS && text.charCodeAt(end) === 46; parts++)
        end = runEnd(text, end + 1);
      // A full stop that ends the sentence is no second part.
      if (end > header + 1 && header - start >= SHORTEST_HEADER && end - start >= SHORTEST_TOKEN) {
        if (text.charCodeAt(end - 1) === 46) end--;
        const hit: Hit = { start, end, kind: "jwt" };
        if (hits.length < MOST_PARSED && isHeader(text, start, header)) hit.sure = true;
        hits.push(hit);
      }
      // Goes on after the run, never inside it, which keeps a text of many "eyJ" linear.
      start = text.indexOf("eyJ", end);
    }
  },
};

const LONGEST_HEADER = 4096;
/** A text with more secrets than these needs no further proof. */
const MOST_PARSED = 64;

/** Whether base64url of a JOSE header with `alg` stands there (RFC 7515, 4.1.1). */
function isHeader(text: string, start: number, end: number): boolean {
  if (end - start > LONGEST_HEADER) return false;
  try {
    const decoded = atob(text.slice(start, end).replace(/-/g, "+").replace(/_/g, "/"));
    const header = JSON.parse(decoded) as unknown;
    return (
      typeof header === "object" && header !== null && typeof (header as { alg?: unknown }).alg === "string"
    );
  } catch {
    // Not base64url, or no JSON: a look-alike.
    return false;
  }
}

function runEnd(text: string, from: number): number {
  let i = from;
  for (; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (!isAlphanumeric(code) && code !== 95 && code !== 45) break;
  }
  return i;
}

// SPDX-License-Identifier: Apache-2.0
import { COLON, DIGIT, isAlphanumeric, isWord } from "../chars.js";
import type { Detector } from "../detector.js";

const V4 = /\d{1,3}(?:\.\d{1,3}){3}/g;
const V6 = /[0-9A-Fa-f]{0,4}(?::[0-9A-Fa-f]{0,4}){2,7}(?::\d{1,3}(?:\.\d{1,3}){3}|(?:\.\d{1,3}){3})?/g;
const OCTET = /^(?:0|[1-9]\d?|1\d\d|2[0-4]\d|25[0-5])$/;

/** IPv4 and IPv6 addresses in free text. Kept unless a policy asks: who looks into an attack needs them. */
export const ip: Detector = {
  name: "ip",
  class: "personal",
  needs: [
    { classes: DIGIT, length: 7 },
    { classes: COLON, length: 3 },
  ],
  find(text, hits) {
    for (const pattern of [V4, V6]) {
      pattern.lastIndex = 0;
      for (let match = pattern.exec(text); match !== null; match = pattern.exec(text)) {
        // A colon at the end belongs to the sentence, unless there are two.
        const written = /[^:]:$/.test(match[0]) ? match[0].slice(0, -1) : match[0];
        const end = match.index + written.length;
        if (!isApart(text, match.index, end)) continue;
        if (pattern === V4 ? isV4(written) : isV6(written))
          hits.push({ start: match.index, end, kind: "ip" });
      }
    }
  },
};

/** `1.2.3.4.5` is a version, `v1.2.3.4` too. A port may follow. */
function isApart(text: string, start: number, end: number): boolean {
  const before = text.charCodeAt(start - 1);
  const after = text.charCodeAt(end);
  if ((isWord(before) && before !== 95) || before === 46 || before === 58 || isWord(after)) return false;
  return !(after === 46 && isAlphanumeric(text.charCodeAt(end + 1)));
}

function isV4(written: string): boolean {
  return written.split(".").every((octet) => OCTET.test(octet));
}

/** RFC 4291, 2.2: eight groups, or fewer with one `::`. A time (`10:00:00`) has neither. */
function isV6(written: string): boolean {
  const dotted = /(?:^|:)(\d{1,3}(?:\.\d{1,3}){3})$/.exec(written)?.[1];
  if (written.includes(".") && (dotted === undefined || !isV4(dotted))) return false;
  const text = dotted === undefined ? written : `${written.slice(0, -dotted.length)}0:0`;
  const halves = text.split("::");
  if (halves.length > 2 || text.length < 3) return false;
  const groups = halves.flatMap((half) => (half === "" ? [] : half.split(":")));
  if (groups.some((group) => group === "")) return false;
  return halves.length === 2 ? groups.length < 8 && /[0-9A-Fa-f]/.test(text) : groups.length === 8;
}

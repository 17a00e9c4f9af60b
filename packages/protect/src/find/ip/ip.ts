// SPDX-License-Identifier: Apache-2.0
import { COLON, DIGIT, isAlphanumeric, isWord } from "../chars.js";
import type { Detector } from "../detector.js";

const V4 = /\d{1,3}(?:\.\d{1,3}){3}/g;
const V6 = /[0-9A-Fa-f]{0,4}(?::[0-9A-Fa-f]{0,4}){2,7}(?::\d{1,3}(?:\.\d{1,3}){3}|(?:\.\d{1,3}){3})?/g;
const COLON_SIGN = 58;

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

/** Four numbers to 255, without a leading zero. `written` matches {@link V4}. */
function isV4(written: string): boolean {
  let octet = 0;
  let digits = 0;
  for (let i = 0; i <= written.length; i++) {
    const digit = written.charCodeAt(i) - 48;
    if (digit >= 0 && digit <= 9) {
      if (digits > 0 && octet === 0) return false;
      octet = octet * 10 + digit;
      digits++;
    } else {
      if (octet > 255) return false;
      octet = 0;
      digits = 0;
    }
  }
  return true;
}

/** RFC 4291, 2.2: eight groups, or fewer with one `::`. A time (`10:00:00`) has neither. `written` matches {@link V6}. */
function isV6(written: string): boolean {
  let end = written.length;
  let groups = 0;
  if (written.includes(".")) {
    end = written.lastIndexOf(":") + 1;
    if (!isV4(written.slice(end))) return false;
    groups = 2;
  }
  const gap = written.indexOf("::");
  if (gap !== -1 && written.indexOf("::", gap + 1) !== -1) return false;
  let digits = 0;
  for (let i = 0; i <= end; i++) {
    const code = i === end ? COLON_SIGN : written.charCodeAt(i);
    if (code !== COLON_SIGN) digits++;
    else if (digits > 0) {
      groups++;
      digits = 0;
    } else if (i !== gap && i !== gap + 1 && i !== end) return false; // an empty group at an end
  }
  return gap === -1 ? groups === 8 : groups > 0 && groups < 8;
}

// SPDX-License-Identifier: Apache-2.0
import { DIGIT, isWord } from "../chars.js";
import type { Detector } from "../detector.js";

const MAC =
  /[0-9A-Fa-f]{2}([:-])(?:[0-9A-Fa-f]{2}\1){4}[0-9A-Fa-f]{2}|[0-9A-Fa-f]{4}\.[0-9A-Fa-f]{4}\.[0-9A-Fa-f]{4}/g;

/** Hardware addresses (IEEE 802, EUI-48) as `00:1b:…`, `00-1B-…` and `001b.…`. Kept unless a policy asks. */
export const mac: Detector = {
  name: "mac",
  class: "personal",
  needs: [{ classes: DIGIT, length: 14 }],
  find(text, hits) {
    MAC.lastIndex = 0;
    for (let match = MAC.exec(text); match !== null; match = MAC.exec(text)) {
      const end = MAC.lastIndex;
      const before = text.charCodeAt(match.index - 1);
      const after = text.charCodeAt(end);
      const separator = match[0].charCodeAt(2);
      if ((isWord(before) && before !== 95) || before === separator || isWord(after)) continue;
      if (after === separator && isWord(text.charCodeAt(end + 1))) continue;
      if (/^(?:00.){5}00$|^(?:ff.){5}ff$/i.test(match[0])) continue; // nobody's, everybody's
      hits.push({ start: match.index, end, kind: "mac" });
    }
  },
};

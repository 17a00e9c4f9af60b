// SPDX-License-Identifier: Apache-2.0
import { AT, isAlphanumeric, isDigit, isWord, PERCENT } from "../chars.js";
import type { Detector } from "../detector.js";

const LONGEST_LOCAL = 64; // RFC 5321, 4.5.3.1.1
const LONGEST_DOMAIN = 255; // RFC 5321, 4.5.3.1.2
/** Endings after `@` that are files (`logo@2x.png`) and systemd units (`getty@tty1.service`), never domains. */
const NO_DOMAIN = new Set(
  "png jpg jpeg gif svg webp ico css js mjs cjs json html htm pdf mp4 woff woff2 service socket timer slice scope mount target".split(
    " ",
  ),
);

/** E-mail addresses, whole. `%40` counts as `@`. A host without a dot or with a numeric end (`root@10.0.0.1`) is none. */
export const email: Detector = {
  name: "email",
  class: "personal",
  needs: [
    { classes: AT, length: 6 },
    { classes: PERCENT, length: 8 },
  ],
  find(text, hits) {
    let done = 0;
    for (let at = nextAt(text, 0); at !== -1; at = nextAt(text, at + 1)) {
      const after = text.charCodeAt(at) === 64 ? at + 1 : at + 3;
      const start = localStart(text, at, done);
      if (start === at) continue;
      const end = domainEnd(text, after);
      if (end === -1 || isUrlAuthority(text, start, at) || text.slice(start, at) === "git") continue;
      hits.push({ start, end, kind: "email" });
      done = end;
    }
  },
};

function nextAt(text: string, from: number): number {
  const plain = text.indexOf("@", from);
  // Searched only up to the next "@", so that a text of many "@" is not scanned to its end for each.
  const stop = plain === -1 ? text.length : plain;
  for (let i = text.indexOf("%", from); i !== -1 && i < stop; i = text.indexOf("%", i + 1)) {
    if (text.charCodeAt(i + 1) === 52 && text.charCodeAt(i + 2) === 48) return i;
  }
  return plain;
}

function localStart(text: string, at: number, floor: number): number {
  let start = at;
  while (start > floor && at - start < LONGEST_LOCAL && isLocal(text.charCodeAt(start - 1))) start--;
  // A leading dot or dash belongs to the sentence.
  while (start < at && !isWord(text.charCodeAt(start))) start++;
  return start;
}

/** RFC 5322 atext, without the characters that delimit values in log lines: `=` `'` `{` `|` and so on. */
function isLocal(code: number): boolean {
  return isWord(code) || code === 46 || code === 45 || code === 43 || code === 37 || code === 33;
}

function domainEnd(text: string, from: number): number {
  const limit = Math.min(text.length, from + LONGEST_DOMAIN);
  let i = from;
  let dot = -1;
  let end = -1;
  for (; i < limit; i++) {
    const code = text.charCodeAt(i);
    if (code === 46) {
      if (i === from || text.charCodeAt(i - 1) === 46) break;
      dot = i;
    } else if (!(isWord(code) && code !== 95) && code !== 45) break;
    else if (dot !== -1) end = i + 1;
  }
  if (dot === -1 || end === -1) return -1;
  if (dot >= end) dot = text.lastIndexOf(".", end - 1);
  return isTopLevel(text, dot + 1, end) ? trimDashes(text, end) : -1;
}

function isTopLevel(text: string, start: number, end: number): boolean {
  if (end - start < 2 || end - start > 63 || isDigit(text.charCodeAt(start))) return false;
  return !NO_DOMAIN.has(text.slice(start, end).toLowerCase());
}

function trimDashes(text: string, end: number): number {
  while (text.charCodeAt(end - 1) === 45) end--;
  return end;
}

/** `scheme://user@host` and `scheme://user:secret@host` belong to the URL detector. */
function isUrlAuthority(text: string, start: number, at: number): boolean {
  let i = start;
  const floor = Math.max(0, at - 256);
  while (i > floor) {
    const code = text.charCodeAt(i - 1);
    if (code === 47) return text.charCodeAt(i - 2) === 47 && text.charCodeAt(i - 3) === 58;
    if (!isAlphanumeric(code) && code !== 58 && !isLocal(code)) return false;
    i--;
  }
  return false;
}

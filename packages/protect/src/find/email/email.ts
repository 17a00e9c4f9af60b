// SPDX-License-Identifier: Apache-2.0
import { AT, isAlphanumeric, isDigit, isWord, PERCENT } from "../chars.js";
import type { Detector, Hit } from "../detector.js";

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
    // No address begins before the end of the one before, or before the sign that was looked at last.
    let floor = 0;
    let at = text.indexOf("@");
    let encoded = nextEncoded(text, 0);
    while (at !== -1 || encoded !== -1) {
      const isPlain = at !== -1 && (encoded === -1 || at < encoded);
      const sign = isPlain ? at : encoded;
      const after = isPlain ? sign + 1 : sign + 3;
      floor = Math.max(after, pushAddress(text, sign, after, floor, hits));
      // Only the sign that was used is searched again: each character is looked at once for each of the two.
      if (isPlain) at = text.indexOf("@", sign + 1);
      else encoded = nextEncoded(text, sign + 3);
    }
  },
};

function pushAddress(text: string, at: number, after: number, floor: number, hits: Hit[]): number {
  const start = localStart(text, at, floor);
  if (start >= at) return -1;
  const end = domainEnd(text, after);
  if (end === -1 || isUrlAuthority(text, start, at) || (at - start === 3 && text.startsWith("git", start)))
    return -1;
  hits.push({ start, end, kind: "email" });
  return end;
}

function nextEncoded(text: string, from: number): number {
  return text.indexOf("%40", from);
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

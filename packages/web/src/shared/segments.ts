// SPDX-License-Identifier: Apache-2.0
import { neutralize } from "@telltale/event";

/** A piece of text from the log: plain, hidden by protection, or a character that would act on a terminal or a reader. */
export type Segment =
  | { kind: "text"; text: string }
  /** `left`: what of it may be shown, such as the last four digits. */
  | { kind: "masked"; how: string; what: string; left?: string }
  | { kind: "mark"; text: string };

// Both are linear: no nested repetition over the same class.
const MARKER =
  /\[(?:(masked|removed|tokenized|encrypted|truncated):([A-Za-z0-9_.-]{1,64})(?: ([0-9A-Za-z*]{4,24}))?|(token|encrypted|sealed):([a-z][a-z0-9_]{0,31}):[A-Za-z0-9_-]{1,22}:[A-Za-z0-9_-]{1,131072})\]/g;
const ACTING =
  // eslint-disable-next-line no-control-regex -- these are exactly the characters to find
  /(?:\u001b\[[0-9;?]{0,32}[ -/]{0,4}[@-~]?|[\u0000-\u001f\u007f-\u009f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff])+/g;

const INVISIBLE = /[\u200b-\u200f\u2060-\u2069]/g;

/** The event's own neutralising, and marks for what has no width: two ids that look alike must not be taken for one. */
function toMark(run: string): string {
  return neutralize(run).replace(INVISIBLE, (char) => `<U+${char.charCodeAt(0).toString(16).toUpperCase()}>`);
}

function pushText(into: Segment[], text: string): void {
  let at = 0;
  for (const match of text.matchAll(ACTING)) {
    if (match.index > at) into.push({ kind: "text", text: neutralize(text.slice(at, match.index)) });
    into.push({ kind: "mark", text: toMark(match[0]) });
    at = match.index + match[0].length;
  }
  if (at < text.length) into.push({ kind: "text", text: neutralize(text.slice(at)) });
}

/** Splits untrusted text for display. What is returned is safe as a text node: nothing in it acts any more. */
export function toSegments(text: string): Segment[] {
  const segments: Segment[] = [];
  let at = 0;
  for (const match of text.matchAll(MARKER)) {
    pushText(segments, text.slice(at, match.index));
    const [, how = match[4] ?? "masked", what = match[5] ?? "", left] = match;
    segments.push({ kind: "masked", how, what, ...(left === undefined ? {} : { left }) });
    at = match.index + match[0].length;
  }
  pushText(segments, text.slice(at));
  return segments;
}

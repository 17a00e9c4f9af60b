// SPDX-License-Identifier: Apache-2.0
import { BEGIN, END } from "./private-key.js";

/**
 * What became of one text of a source.
 * `hide` is the part to hide: all from the beginning of a key, all inside it, and all up to its end.
 */
export interface KeyLine {
  readonly hide: { readonly start: number; readonly end: number } | undefined;
  /** A key is open after this text. */
  readonly open: boolean;
}

/** Private keys whose lines come as texts of their own, one after the other, from several sources at a time. */
export interface KeyLines {
  /** Takes the next text of a source. The name of the source is kept only while a key of it is open. */
  next(source: string, text: string): KeyLine;
  /** Forgets a source: it ended, or its texts come from elsewhere now. */
  end(source: string): void;
  /** Gives what takes back all that is taken from here on: where the same texts may have to be taken again. */
  mark(): () => void;
  /** How many keys are open. */
  readonly open: number;
}

export const KEY_LINE_LIMITS = {
  /** Keys that may be open at a time; with one more, the one that was opened first is given up. */
  sources: 1024,
  /** Texts and characters of a key (an RSA key of 16,384 bits has 260 lines and 13,000 characters) after which it is given up. */
  texts: 400,
  chars: 32_768,
  /** Texts inside a key that hold none of it, as when another thread writes between; after these in a row it is given up. */
  foreign: 8,
} as const;

interface OpenKey {
  texts: number;
  chars: number;
  foreign: number;
}

const NOTHING: KeyLine = { hide: undefined, open: false };
const GOES_ON: KeyLine = { hide: undefined, open: true };

/** Base64, as it stands in a line of a key, alone or after what a log puts before it; at its end, because the last line may be short. */
const BODY =
  /(?:^|[\s:|>"'\]])((?:[A-Za-z0-9+/]{16,96}={0,2}|[A-Za-z0-9+/]{1,15}={1,2}|=[A-Za-z0-9+/]{4}))["'\s,\\rn]{0,8}$/;
/** A header of an encrypted or OpenPGP key (RFC 1421, 4.6; RFC 4880, 6.2). */
const HEADER = /(?:Proc-Type|DEK-Info|Version|Comment|Hash|Charset|MessageID): [^\r\n]{1,200}$/;
/** The end of a line is a short rest of base64 only when it stands alone. */
const LAST = /^\s*[A-Za-z0-9+/]{1,64}={0,2}\s*$/;

/**
 * Makes a table that follows private keys across the texts of a source, with one state for each key that is open and none for a source
 * without. Pure: no clock, and the same texts in the same order give the same answers. Feed it every text of a source in order, after the
 * detectors had it: a text with a whole key in it changes nothing here.
 *
 * What is hidden while a key is open: its lines. A text that is none (another thread wrote between) stays; after
 * {@link KEY_LINE_LIMITS}`.foreign` of them in a row the key counts as ended, so that a beginning without an end hides no later text.
 */
export function createKeyLines(): KeyLines {
  // In the order of opening, which is the order in which they are given up.
  const keys = new Map<string, OpenKey>();
  return {
    get open() {
      return keys.size;
    },
    end(source) {
      keys.delete(source);
    },
    mark() {
      const before = Array.from(keys, ([source, key]) => [source, { ...key }] as const);
      return () => {
        keys.clear();
        for (const [source, key] of before) keys.set(source, key);
      };
    },
    next(source, text) {
      const key = keys.get(source);
      if (key === undefined && !text.includes("PRIVATE KEY")) return NOTHING;
      const state = key ?? { texts: 0, chars: 0, foreign: 0 };
      const line = step(key, state, text);
      if (!line.open) keys.delete(source);
      else if (key === undefined) open(keys, source, state);
      return line;
    },
  };
}

function open(keys: Map<string, OpenKey>, source: string, state: OpenKey): void {
  if (keys.size >= KEY_LINE_LIMITS.sources) {
    const first = keys.keys().next().value;
    if (first !== undefined) keys.delete(first);
  }
  keys.set(source, state);
}

function step(key: OpenKey | undefined, state: OpenKey, text: string): KeyLine {
  const begin = lastMatch(BEGIN, text);
  const end = lastMatch(END, text);
  if (begin !== undefined && (end === undefined || begin.start > end.start)) {
    state.texts = 1;
    state.chars = text.length - begin.start;
    state.foreign = 0;
    // A key that ends before this one begins goes with it.
    return { hide: { start: key === undefined ? begin.start : 0, end: text.length }, open: true };
  }
  if (key === undefined) return NOTHING;
  if (end !== undefined)
    return {
      hide: { start: begin === undefined ? bodyStart(text, end.start) : 0, end: end.end },
      open: false,
    };
  return inside(state, text);
}

function inside(state: OpenKey, text: string): KeyLine {
  state.texts++;
  state.chars += text.length;
  if (state.texts > KEY_LINE_LIMITS.texts || state.chars > KEY_LINE_LIMITS.chars) return NOTHING;
  const trimmed = text.trim();
  const body = BODY.exec(text.slice(-512));
  if (trimmed === "" || (body === null && !LAST.test(text) && !HEADER.test(text))) {
    if (trimmed !== "") state.foreign++;
    return state.foreign > KEY_LINE_LIMITS.foreign ? NOTHING : GOES_ON;
  }
  state.foreign = 0;
  return {
    hide: {
      start: body === null ? 0 : text.length - body[0].length + body[0].indexOf(body[1]!),
      end: text.length,
    },
    open: true,
  };
}

/** Where the base64 before an END line begins, in the text that has it. */
function bodyStart(text: string, end: number): number {
  const before = text.slice(Math.max(0, end - 512), end);
  const rest = /[A-Za-z0-9+/=\s\\]*$/.exec(before)![0];
  return rest.trim() === "" ? end : end - rest.trimStart().length;
}

function lastMatch(pattern: RegExp, text: string): { start: number; end: number } | undefined {
  let found: { start: number; end: number } | undefined;
  pattern.lastIndex = 0;
  for (let match = pattern.exec(text); match !== null; match = pattern.exec(text))
    found = { start: match.index, end: pattern.lastIndex };
  return found;
}

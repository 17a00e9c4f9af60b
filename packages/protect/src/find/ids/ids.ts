// SPDX-License-Identifier: Apache-2.0
import { markerEnd } from "../../act/marker.js";
import { DIGITS, isAlphanumeric, isDigit, isWord } from "../chars.js";
import { foldPhrases, hasPhrase, type Words, wordsOf } from "../context.js";
import type { Detector, Hit } from "../detector.js";
import { AMERICA } from "./america.js";
import { ASIA } from "./asia.js";
import { BANK } from "./bank.js";
import { DEVICES } from "./devices.js";
import { EAST } from "./east.js";
import { EUROPE } from "./europe.js";
import { FormTree, type IdForm, type IdKind } from "./forms.js";

const BRACKET = 91;
const STAR = 42;
const PLUS = 43;
const DOLLAR = 36;
const UNDERLINE = 95;

/** What a character is to a number: it may start one, or it is part of a word, in which none starts. `_` parts words. */
const NEITHER = 0;
const START = 1;
const WORD = 2;
const ROLES = Uint8Array.from({ length: 128 }, (_, code) => (isAlphanumeric(code) ? START : NEITHER));

const PERSONS: readonly IdKind[] = [...EUROPE, ...EAST, ...AMERICA, ...ASIA, ...BANK];

/** Kinds of numbers of devices, which stay unless a policy asks for them. */
export const DEVICE_KINDS: readonly string[] = DEVICES.map(({ kind }) => kind);

/**
 * Numbers of persons and their accounts, and those of devices that are `asked` for. Each needs its own check, and, where it is written as
 * bare digits are, a word near it.
 */
export function createIds(asked: ReadonlySet<string>): Detector {
  return createDetector([...PERSONS, ...DEVICES.filter(({ kind }) => asked.has(kind))]);
}

/** All words that make a number one of these. */
export const ID_PHRASES: readonly string[] = [
  ...new Set([...PERSONS, ...DEVICES].flatMap(({ words }) => foldPhrases(words))),
];

function createDetector(kinds: readonly IdKind[]): Detector {
  const tree = new FormTree();
  for (const kind of kinds) plant(tree, kind);
  return {
    name: "ids",
    kinds: kinds.map(({ kind }) => kind),
    class: "personal",
    needs: [{ classes: DIGITS, length: 7 }],
    find(text, hits) {
      const place: Place = { text, words: undefined };
      let before = NEITHER;
      for (let i = 0; i < text.length; i++) {
        const code = text.charCodeAt(i);
        if (code === BRACKET) i = Math.max(i, markerEnd(text, i) - 1);
        const role = code < 128 ? ROLES[code]! : isWord(code) ? WORD : NEITHER;
        const starts = before === NEITHER && role === START;
        before = role;
        if (!starts || !beginsApart(text, i)) continue;
        const end = pushLongest(tree, place, i, hits);
        if (end === -1) continue;
        i = end - 1;
        before = WORD;
      }
    },
  };
}

function plant(tree: FormTree, { kind, sure = [], told = [], words, check }: IdKind): void {
  const phrases = foldPhrases(words);
  const add = (written: string, isSure: boolean): void =>
    tree.add(written, { kind, sure: isSure, spaced: written.includes(" "), phrases, check });
  for (const written of sure) add(written, true);
  for (const written of told) add(written, false);
}

/** Pushes the longest number that begins at `start` and returns its end, or -1. */
function pushLongest(tree: FormTree, place: Place, start: number, hits: Hit[]): number {
  const { text } = place;
  let best: Hit | undefined;
  tree.walk(text, start, (forms, end) => {
    if (!endsApart(text, start, end, forms[0]!.spaced)) return;
    const found = judge(place, start, end, forms);
    if (found !== undefined) best = { start, end, kind: found.kind };
  });
  if (best === undefined) return -1;
  hits.push(best);
  return best.end;
}

/** A text and its words, which are folded when the first number asks for them. */
interface Place {
  readonly text: string;
  words: Words | undefined;
}

/** The form whose check holds: one that a word names comes before one that needs none. */
function judge(place: Place, start: number, end: number, forms: readonly IdForm[]): IdForm | undefined {
  place.words ??= wordsOf(place.text);
  const { words } = place;
  let near: string | undefined;
  let compact: string | undefined;
  let sure: IdForm | undefined;
  for (const form of forms) {
    const named = words.mayHave(form.phrases) && hasPhrase((near ??= words.around(start, end)), form.phrases);
    if (!named && (!form.sure || sure !== undefined)) continue;
    compact ??= toCompact(place.text, start, end);
    if (!form.check(compact)) continue;
    if (named) return form;
    sure = form;
  }
  return sure === undefined || /[a-z]/.test(place.text.slice(start, end)) ? undefined : sure;
}

/** Letters, as capitals, and digits. */
function toCompact(text: string, start: number, end: number): string {
  let compact = "";
  for (let i = start; i < end; i++) if (isAlphanumeric(text.charCodeAt(i))) compact += text.charAt(i);
  return compact.toUpperCase();
}

/** No end of a longer number, time, address or identifier, of a telephone number or an amount. */
function beginsApart(text: string, start: number): boolean {
  const before = text.charCodeAt(start - 1);
  if (before === PLUS || before === DOLLAR || before === STAR) return false;
  return !(isGlue(before) && isDigit(text.charCodeAt(start - 2)));
}

/** No beginning of one. */
function endsApart(text: string, start: number, end: number, spaced: boolean): boolean {
  const after = text.charCodeAt(end);
  if (after === STAR) return false; // somebody has hidden a part of it
  if (isWord(after) && after !== UNDERLINE) return false;
  if (isGlue(after) && isAlphanumeric(text.charCodeAt(end + 1))) return false;
  // "0000 0000 0000" is no part of a row of more groups.
  return !spaced || !(isNextGroup(text, end, end + 1) || isNextGroup(text, start - 1, start - 2));
}

function isNextGroup(text: string, blank: number, digit: number): boolean {
  return text.charCodeAt(blank) === 32 && isDigit(text.charCodeAt(digit));
}

/** `.` `-` `/` `:` between digits make one thing of them. */
function isGlue(code: number): boolean {
  return code === 46 || code === 45 || code === 47 || code === 58;
}

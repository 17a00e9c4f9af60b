// SPDX-License-Identifier: Apache-2.0
import { markerEnd } from "../../act/marker.js";
import { DIGITS, isAlphanumeric, isDigit, isWord } from "../chars.js";
import { foldPhrases, hasPhrase, Words } from "../context.js";
import type { Detector, Hit } from "../detector.js";
import { AMERICA } from "./america.js";
import { ASIA } from "./asia.js";
import { BANK } from "./bank.js";
import { DEVICES } from "./devices.js";
import { EAST } from "./east.js";
import { EUROPE } from "./europe.js";
import { FormTree, type IdForm, type IdKind } from "./forms.js";

const SEPARATORS = /[ ./+-]/g;
const BRACKET = 91;
const STAR = 42;

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
      let wasWord = false;
      for (let i = 0; i < text.length; i++) {
        const code = text.charCodeAt(i);
        if (code === BRACKET) i = Math.max(i, markerEnd(text, i) - 1);
        const starts = !wasWord && isAlphanumeric(code);
        wasWord = isWord(code) && code !== 95;
        if (!starts) continue;
        const end = pushLongest(tree, place, i, hits);
        if (end === -1) continue;
        i = end - 1;
        wasWord = true;
      }
    },
  };
}

function plant(tree: FormTree, { kind, sure = [], told = [], words, check }: IdKind): void {
  const phrases = foldPhrases(words);
  for (const written of sure) tree.add(written, { kind, sure: true, phrases, check });
  for (const written of told) tree.add(written, { kind, sure: false, phrases, check });
}

/** Pushes the longest number that begins at `start` and returns its end, or -1. */
function pushLongest(tree: FormTree, place: Place, start: number, hits: Hit[]): number {
  const { text } = place;
  let best: Hit | undefined;
  tree.walk(text, start, (forms, end) => {
    if (!isApart(text, start, end)) return;
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
  place.words ??= new Words(place.text);
  const { words } = place;
  const near = words.around(start, end);
  let compact: string | undefined;
  let sure: IdForm | undefined;
  for (const form of forms) {
    const named = words.mayHave(form.phrases) && hasPhrase(near, form.phrases);
    if (!named && (!form.sure || sure !== undefined)) continue;
    compact ??= place.text.slice(start, end).replace(SEPARATORS, "").toUpperCase();
    if (!form.check(compact)) continue;
    if (named) return form;
    sure = form;
  }
  return sure === undefined || /[a-z]/.test(place.text.slice(start, end)) ? undefined : sure;
}

/** No part of a longer number, time, address, identifier or amount. */
function isApart(text: string, start: number, end: number): boolean {
  const after = text.charCodeAt(end);
  if (after === STAR) return false; // somebody has hidden a part of it
  if (isWord(after) && after !== 95) return false;
  if (isGlue(after) && isAlphanumeric(text.charCodeAt(end + 1))) return false;
  const before = text.charCodeAt(start - 1);
  if (before === 43 || before === 36 || before === STAR) return false; // a telephone number, an amount
  if (isGlue(before) && isDigit(text.charCodeAt(start - 2))) return false;
  // "0000 0000 0000" is no part of a row of more groups.
  if (!text.slice(start, end).includes(" ")) return true;
  return !(
    (after === 32 && isDigit(text.charCodeAt(end + 1))) ||
    (before === 32 && isDigit(text.charCodeAt(start - 2)))
  );
}

/** `.` `-` `/` `:` `,` between digits make one thing of them. A comma between numbers of a list does not: see the digit after it. */
function isGlue(code: number): boolean {
  return code === 46 || code === 45 || code === 47 || code === 58;
}

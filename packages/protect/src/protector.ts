// SPDX-License-Identifier: Apache-2.0
import { maskHits } from "./act/mask.js";
import type { Detector } from "./find/detector.js";
import { createFinder, type Finder } from "./find/find.js";
import { createDetectors } from "./find/registry.js";
import { createNameJudge, HIDDEN, type NameJudge, type NameOptions, rememberNames } from "./names/verdict.js";
import {
  HEADER_LISTS,
  LABEL_NAMES,
  NUMBER_WORDS,
  PLAIN_NAMES,
  SECRET_NAMES,
  SLOT_NAMES,
  TAILS,
} from "./names/list.js";
import { boundFields, type ProtectedField } from "./path.js";
import { hashPolicy } from "./policy.js";
import { Walk } from "./walk.js";

/** Raised by hand whenever a detector finds something else than before, so that `policy` tells the two apart. */
const VERSION = 1;

export interface ProtectorOptions extends NameOptions {
  /** More patterns, from `compileUserPatterns` of `@telltale/protect/patterns`. */
  readonly patterns?: UserPatterns;
}

/** Patterns of the user, compiled and bounded. */
export interface UserPatterns {
  /** Goes into the policy hash. */
  readonly description: string;
  readonly detector: Detector;
}

/** What was found in a text. The value itself is nowhere in it. */
export interface ProtectedText {
  text: string;
  found: { kind: string }[];
}

export interface Protector {
  /** 16 hex digits that name the version of everything that decides what is hidden; written into `protected.policy`. */
  readonly policy: string;
  /**
   * Hides what must not be stored in an event, in place, and returns what was hidden where, or null when nothing was.
   *
   * MAY be called again on its own result: it then hides nothing more. Never throws for what `JSON.parse` gives, however deep or hostile;
   * a value that a detector cannot decide is hidden whole. A frozen event cannot be protected: that is a TypeError.
   */
  protect(event: Record<string, unknown>): ProtectedField[] | null;
  /** Hides the same in free text: a line for the process log, the message of an error. Never throws. */
  protectText(text: string): ProtectedText;
}

/** Builds a protector. Costs about a millisecond: make one and keep it. */
export function createProtector(options: ProtectorOptions = {}): Protector {
  const judgeText = createNameJudge(options);
  const builtIn = createDetectors(judgeText);
  const find = createFinder(
    options.patterns === undefined ? builtIn : [...builtIn, options.patterns.detector],
  );
  const judge = rememberNames(judgeWithContent(judgeText, find));
  const idle = new Walk(find, judge, judgeText);
  let busy = false;
  return {
    policy: hashPolicy(describe(builtIn, options)),
    protect(event) {
      // A toJSON in the event may log an event of its own; the walk in progress must not lose its place.
      const nested = busy;
      const walk = nested ? new Walk(find, judge, judgeText) : idle;
      busy = true;
      try {
        const fields = walk.run(event);
        return fields === null ? null : boundFields(fields);
      } finally {
        busy = nested;
      }
    },
    protectText: (text) => protectWith(find, text),
  };
}

/** A name that holds a secret itself is hidden; if that cannot be decided, too. */
function judgeWithContent(judge: NameJudge, find: Finder): NameJudge {
  return (name) => {
    try {
      return find(name, "text") === undefined ? judge(name) : HIDDEN;
    } catch {
      return HIDDEN;
    }
  };
}

function protectWith(find: Finder, text: string): ProtectedText {
  try {
    const hits = find(text, "text");
    if (hits === undefined) return { text, found: [] };
    return { text: maskHits(text, hits), found: hits.map(({ kind }) => ({ kind })) };
  } catch {
    return { text: "[masked:undecided]", found: [{ kind: "undecided" }] };
  }
}

function describe(detectors: readonly Detector[], options: ProtectorOptions): string {
  return JSON.stringify([
    VERSION,
    detectors.map((detector) => detector.name),
    [SECRET_NAMES, PLAIN_NAMES, TAILS, LABEL_NAMES, SLOT_NAMES, HEADER_LISTS, NUMBER_WORDS],
    [options.secretNames ?? [], options.plainNames ?? [], options.patterns?.description ?? ""],
  ]);
}

let shared: Protector | undefined;

/** {@link Protector.protectText} under the default policy. */
export function protectText(text: string): ProtectedText {
  shared ??= createProtector();
  return shared.protectText(text);
}

// SPDX-License-Identifier: Apache-2.0
import { hide } from "./act/hide.js";
import type { Detector } from "./find/detector.js";
import { createFinder, type Finder } from "./find/find.js";
import { createDetectors } from "./find/registry.js";
import {
  createNameJudges,
  HIDDEN,
  type NameJudge,
  type NameOptions,
  rememberNames,
} from "./names/verdict.js";
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
  const { judge: judgeName, secretOf } = createNameJudges(options);
  const builtIn = createDetectors(secretOf);
  const find = createFinder(
    options.patterns === undefined ? builtIn : [...builtIn, options.patterns.detector],
  );
  const judge = rememberNames(judgeWithContent(judgeName, find));
  const idle = new Walk(find, judge, secretOf);
  let busy = false;
  return {
    policy: hashPolicy(describe(builtIn, options)),
    protect(event) {
      // A toJSON in the event may log an event of its own; the walk in progress must not lose its place.
      const nested = busy;
      const walk = nested ? new Walk(find, judge, secretOf) : idle;
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
  return (name) => (hide(find, name, "text") === undefined ? judge(name) : HIDDEN);
}

function protectWith(find: Finder, text: string): ProtectedText {
  const hidden = hide(find, text, "text");
  if (hidden === undefined) return { text, found: [] };
  return { text: hidden.text, found: hidden.kinds.map((kind) => ({ kind })) };
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

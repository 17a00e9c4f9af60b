// SPDX-License-Identifier: Apache-2.0
import { hide } from "./act/hide.js";
import type { CredentialSeen, Treatment } from "./act/treatment.js";
import type { Detector } from "./find/detector.js";
import { createFinder, type Finder } from "./find/find.js";
import { createDetectors } from "./find/registry.js";
import { judgeBelow } from "./names/below.js";
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
import { hashPolicy } from "./policy/hash.js";
import { Walk } from "./walk.js";

/** Raised by hand whenever a detector finds something else than before, so that `policy` tells the two apart. */
const VERSION = 3;

/** What a server knows about an event. */
export interface ProtectContext {
  readonly tenant?: string;
  /** RFC 3339, UTC: as in the event. */
  readonly received: string;
}

/** What protecting would make of an event. */
export interface Preview {
  /** As it would be stored. */
  readonly event: Record<string, unknown>;
  readonly fields: readonly ProtectedField[];
  /** Credentials whose owner would be told. */
  readonly sure: readonly { readonly path: string; readonly kind: string }[];
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
  protect(event: Record<string, unknown>, context?: ProtectContext): ProtectedField[] | null;
  /**
   * Ids of the subjects that this event needs and `subjects` does not know: get their records, then protect. What is protected without
   * is removed. Always the same empty list under a policy without aliases.
   */
  missingSubjects(event: Record<string, unknown>, context?: ProtectContext): readonly string[];
  /** What {@link protect} would do, on a copy. Reports no credential. Values are shown as they would be stored, never as they were sent. */
  preview(event: Record<string, unknown>, context?: ProtectContext): Preview;
  /** Hides the same in free text: a line for the process log, the message of an error. Never throws. */
  protectText(text: string): ProtectedText;
}

/** What a policy does, see `createTreatments`. */
export interface Treatments {
  /** Names everything that decides. */
  readonly description: string;
  /** What is done with one event. `path`: where the walk is. `preview`: subjects that are not known are shown as if they were. */
  of(
    event: Record<string, unknown>,
    context: ProtectContext | undefined,
    path: () => string,
    preview: boolean,
  ): Treatment;
  missingSubjects(event: Record<string, unknown>, context: ProtectContext | undefined): readonly string[];
}

/** What a protector has whatever its policy. */
export interface CoreOptions extends NameOptions {
  /** More patterns, from `compileUserPatterns` of `@telltale/protect/patterns`. */
  readonly patterns?: UserPatterns;
  /** Called for each credential that stands in an event for sure. MUST NOT throw. */
  readonly onCredential?: (seen: CredentialSeen) => void;
}

/** Builds a protector around a policy; without one, around the default without keys. Costs about a millisecond: make one and keep it. */
export function buildProtector(
  options: CoreOptions,
  toTreatments?: (detectors: readonly Detector[], find: Finder) => Treatments,
): Protector {
  const { judge: judgeName, secretOf } = createNameJudges(options);
  const builtIn = createDetectors(secretOf, options.personalKinds);
  const detectors = options.patterns === undefined ? builtIn : [...builtIn, options.patterns.detector];
  const find = createFinder(detectors);
  const treatments = toTreatments?.(detectors, find);
  const judge = rememberNames(judgeWithContent(judgeName, find));
  const tools = { find, judge, judgeBelow: judgeBelow(judge), secretOf };
  const idle = new Walk(tools);
  let busy = false;
  const run = (
    event: Record<string, unknown>,
    context: ProtectContext | undefined,
    onCredential: CoreOptions["onCredential"],
    preview: boolean,
  ): ProtectedField[] | null => {
    // A toJSON in the event may log an event of its own; the walk in progress must not lose its place.
    const nested = busy;
    const walk = nested ? new Walk(tools) : idle;
    busy = true;
    try {
      const treatment = treatments?.of(event, context, walk.path, preview);
      const fields = walk.run(event, treatment, onCredential);
      return fields === null ? null : boundFields(fields);
    } finally {
      busy = nested;
    }
  };
  return {
    policy: hashPolicy(describe(builtIn, options, treatments?.description ?? "")),
    protect: (event, context) => run(event, context, options.onCredential, false),
    missingSubjects: (event, context) => treatments?.missingSubjects(event, context) ?? NONE,
    preview(event, context) {
      const copy = structuredClone(event);
      const sure: { path: string; kind: string }[] = [];
      const fields = run(copy, context, ({ path, kind }) => sure.push({ path, kind }), true);
      return { event: copy, fields: fields ?? [], sure };
    },
    protectText: (text) => protectWith(find, text),
  };
}

const NONE: readonly string[] = [];

/** A name that holds a secret itself is hidden; if that cannot be decided, too. */
function judgeWithContent(judge: NameJudge, find: Finder): NameJudge {
  return (name) => (hide(find, name, "text") === undefined ? judge(name) : HIDDEN);
}

function protectWith(find: Finder, text: string): ProtectedText {
  const hidden = hide(find, text, "text");
  if (hidden === undefined) return { text, found: [] };
  return { text: hidden.text, found: hidden.found.map(({ kind }) => ({ kind })) };
}

function describe(detectors: readonly Detector[], options: CoreOptions, policy: string): string {
  return JSON.stringify([
    VERSION,
    detectors.map((detector) => detector.name),
    [SECRET_NAMES, PLAIN_NAMES, TAILS, LABEL_NAMES, SLOT_NAMES, HEADER_LISTS, NUMBER_WORDS],
    [options.secretNames ?? [], options.plainNames ?? [], options.patterns?.description ?? ""],
    ...(policy === "" ? [] : [policy]),
  ]);
}

// SPDX-License-Identifier: Apache-2.0
import type { Acts, Subjects } from "./act/acts.js";
import { hide } from "./act/hide.js";
import type { Detector } from "./find/detector.js";
import { createFinder, type Finder } from "./find/find.js";
import { KEPT_KINDS } from "./find/personal.js";
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
import type { CompiledPolicy } from "./policy/compiled.js";
import { hashPolicy } from "./policy/hash.js";
import { Walk } from "./walk.js";

/** Raised by hand whenever a detector finds something else than before, so that `policy` tells the two apart. */
const VERSION = 1;

/** A credential that stands in an event. Its owner should be told to replace it. */
export interface CredentialSeen {
  /** As in `protected.fields[].path`. */
  readonly path: string;
  readonly kind: string;
  /** Handed on in memory only, to make a fingerprint with a key. MUST NOT be written anywhere. */
  readonly value: string;
}

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

export interface ProtectorOptions extends NameOptions {
  /** From `compilePolicy` of `@telltale/protect/policy`; the default policy when absent. */
  readonly policy?: CompiledPolicy;
  /** What a server with keys can do. Without them, what would need one is removed. */
  readonly acts?: Acts;
  /** For policies with aliases. */
  readonly subjects?: Subjects;
  /** Called for each credential that stands in an event for sure. MUST NOT throw. */
  readonly onCredential?: (seen: CredentialSeen) => void;
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

/** Builds a protector. Costs about a millisecond: make one and keep it. */
export function createProtector(options: ProtectorOptions = {}): Protector {
  const asked = askedKinds(options.policy);
  const { judge: judgeName, secretOf } = createNameJudges({ ...options, personalKinds: asked });
  const builtIn = createDetectors(secretOf, asked);
  const find = createFinder(
    options.patterns === undefined ? builtIn : [...builtIn, options.patterns.detector],
  );
  const judge = rememberNames(judgeWithContent(judgeName, find));
  const idle = new Walk(find, judge, secretOf);
  let busy = false;
  const protector: Protector = {
    policy: hashPolicy(describe(builtIn, options)),
    missingSubjects: () => NONE,
    preview(event) {
      const copy = structuredClone(event);
      return { event: copy, fields: protector.protect(copy) ?? [], sure: [] };
    },
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
  return protector;
}

const NONE: readonly string[] = [];

/** What is kept by default and this policy does something with, for any tenant. */
function askedKinds(policy: CompiledPolicy | undefined): ReadonlySet<string> {
  const asked = new Set<string>();
  if (policy === undefined) return asked;
  for (const rules of [policy, ...policy.tenants.map(([, own]) => own)]) {
    for (const [kind, act] of rules.kinds) if (act !== "keep" && KEPT_KINDS.has(kind)) asked.add(kind);
  }
  return asked;
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

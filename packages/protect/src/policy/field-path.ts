// SPDX-License-Identifier: Apache-2.0

/** One name, at any place. */
export const ANY = "*";
/** Any number of names, none included. */
export const ANY_DEPTH = "**";

const PATH_LIMITS = { steps: 16, stepChars: 128 } as const;

/** Fields of an event that a rule may name. The rest of the envelope says what happened, and nothing about a person. */
const ROOTS: ReadonlySet<string> = new Set([
  "reason",
  "message",
  "actor",
  "targets",
  "client",
  "request",
  "changes",
  "money",
  "data",
  ANY,
  ANY_DEPTH,
]);

/** What other parts of the event are understood by. */
const FIXED: ReadonlySet<string> = new Set(["actor.type", "targets.type", "changes.field"]);

const STEP = /(?:(\*\*|\*|[\p{L}_$][\p{L}\p{N}_$-]*)|\["((?:[^"\\]|\\["\\])*)"\])(?:\[\*?\])?/uy;

/** Why a path was refused. */
export class PathError extends Error {}

/**
 * The steps of `data.customer.*`, `data["a b"]`, `targets[].name`. A list needs no step: its elements go by the rule of the list. Throws
 * {@link PathError}.
 */
export function parseFieldPath(text: string): string[] {
  const steps: string[] = [];
  let at = 0;
  while (at < text.length) {
    if (steps.length >= PATH_LIMITS.steps) throw new PathError(`has more than ${PATH_LIMITS.steps} steps`);
    // A quoted step needs no dot before it.
    if (steps.length > 0 && text.charCodeAt(at) === 46) at++;
    else if (steps.length > 0 && text.charCodeAt(at) !== 91)
      throw new PathError("has no dot between two steps");
    STEP.lastIndex = at;
    const match = STEP.exec(text);
    const step = match?.[1] ?? match?.[2]?.replace(/\\(["\\])/g, "$1");
    if (step === undefined || step === "")
      throw new PathError('is no path: write data.customer.* or data["a name"]');
    if (step.length > PATH_LIMITS.stepChars)
      throw new PathError(`has a step of more than ${PATH_LIMITS.stepChars} characters`);
    steps.push(step);
    at = STEP.lastIndex;
  }
  const [root] = steps;
  if (root === undefined) throw new PathError("is empty");
  if (!ROOTS.has(root)) throw new PathError("begins with no field of an event that may be hidden");
  if (FIXED.has(steps.join("."))) throw new PathError("must stay readable");
  if (steps.filter((step) => step === ANY_DEPTH).length > 1) throw new PathError('may have "**" once');
  return steps;
}

/** Less than 0 when `a` is less exact than `b`: from the left a name is more exact than `*`, `*` than `**`, and more than nothing. */
export function compareExactness(a: readonly string[], b: readonly string[]): number {
  const length = Math.max(a.length, b.length);
  for (let i = 0; i < length; i++) {
    const difference = exactness(a[i]) - exactness(b[i]);
    if (difference !== 0) return difference;
  }
  return 0;
}

function exactness(step: string | undefined): number {
  if (step === undefined) return 0;
  if (step === ANY_DEPTH) return 1;
  return step === ANY ? 2 : 3;
}

const KIND_CHARS = 32;

/** Tokens of one person are comparable wherever they stand. */
const KINDS_OF_PATHS: ReadonlyMap<string, string> = new Map([
  ["actor.id", "user"],
  ["actor.onBehalfOf.id", "user"],
  ["targets.id", "user"],
  ["client.userAgent", "user_agent"],
]);

/** The kind of a field that a rule does not name: its last name in lower case, `userAgent` as `user_agent`. */
export function kindOfPath(path: readonly string[]): string {
  const known = KINDS_OF_PATHS.get(path.join("."));
  if (known !== undefined) return known;
  const last = path.findLast((step) => step !== ANY && step !== ANY_DEPTH) ?? "";
  const kind = last
    .replace(/([a-z0-9])([A-Z])/g, "$1_$2")
    .toLowerCase()
    .replace(/[^a-z0-9_]+/g, "_")
    .replace(/^[^a-z]+/, "")
    .slice(0, KIND_CHARS);
  return kind === "" ? "field" : kind;
}

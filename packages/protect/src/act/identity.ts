// SPDX-License-Identifier: Apache-2.0
import { isAlias, type SubjectRecord } from "./acts.js";
import { isMarker, markRemoved } from "./marker.js";
import type { IdentityField, RuleSet } from "./rule-set.js";
import type { Note, Replacement } from "./treatment.js";

type Node = Record<string, unknown>;

/** How an event's identity is hidden. */
export interface IdentityTools {
  readonly rules: RuleSet;
  readonly note: Note;
  readonly preview: boolean;
  readonly recordOf: (id: string) => SubjectRecord | undefined;
  /** What is done with `actor.session`; undefined: nothing. */
  readonly session: ((value: string) => Replacement) | undefined;
  /** Under the key of this subject, or of the actor, or of kind and day. */
  readonly encrypt: (kind: string, value: string, subject: SubjectRecord | undefined) => Replacement;
}

/** What a preview shows for a subject that is not known yet. */
const ANY_ALIAS = `sub_${"x".repeat(26)}`;

export function actorOf(event: Node): Node | undefined {
  return toNode(event["actor"]);
}

/** The id of a person who has, or gets, an alias. Services and the system itself have none. */
export function idOf(actor: Node | undefined): string | undefined {
  if (actor === undefined || actor["type"] === "service" || actor["type"] === "system") return undefined;
  return toId(actor["id"]);
}

function toId(id: unknown): string | undefined {
  return typeof id !== "string" || id === "" || isAlias(id) || isMarker(id) ? undefined : id;
}

function toNode(value: unknown): Node | undefined {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Node) : undefined;
}

/** Targets that are objects, by their places in the list. */
function targetsOf(event: Node): [index: number, target: Node][] {
  const targets: unknown = event["targets"];
  if (!Array.isArray(targets)) return [];
  return (targets as unknown[]).flatMap((each, i): [number, Node][] => {
    const target = toNode(each);
    return target === undefined ? [] : [[i, target]];
  });
}

/** Ids of subjects in an event that `recordOf` does not know, each once. */
export function missingSubjects(event: Node, recordOf: IdentityTools["recordOf"]): string[] {
  const actor = actorOf(event);
  const ids = new Set([idOf(actor), toId(toNode(actor?.["onBehalfOf"])?.["id"])]);
  for (const [, target] of targetsOf(event)) if (target["type"] === "user") ids.add(toId(target["id"]));
  return [...ids].filter((id) => id !== undefined && recordOf(id) === undefined) as string[];
}

/**
 * Tokenizes the session; under the erasable profile puts aliases in the place of ids, and encrypts names and addresses. In place. What a rule for
 * fields names is left to it, and what holds a secret to the walk.
 */
export function hideIdentity(event: Node, tools: IdentityTools): void {
  const { rules, session } = tools;
  const actor = actorOf(event);
  if (actor !== undefined && session !== undefined)
    replace(actor, "session", "actor.session", tools, session);
  if (!rules.erasable) return;
  if (actor !== undefined) hideActor(actor, tools);
  for (const [i, target] of targetsOf(event)) {
    const isUser = target["type"] === "user";
    const id = isUser ? toId(target["id"]) : undefined;
    const record = id === undefined ? undefined : tools.recordOf(id);
    if (isUser) alias(target, "targets.id", record, tools, i);
    replace(target, "name", "targets.name", tools, (value) => tools.encrypt("name", value, record), i);
  }
}

function hideActor(actor: Node, tools: IdentityTools): void {
  const id = idOf(actor);
  const record = id === undefined ? undefined : tools.recordOf(id);
  if (id !== undefined) alias(actor, "actor.id", record, tools);
  for (const key of ["name", "email"] as const)
    replace(actor, key, `actor.${key}`, tools, (value) => tools.encrypt(key, value, record));
  const other = toNode(actor["onBehalfOf"]);
  if (other === undefined) return;
  const otherId = toId(other["id"]);
  const otherRecord = otherId === undefined ? undefined : tools.recordOf(otherId);
  alias(other, "actor.onBehalfOf.id", otherRecord, tools);
  replace(other, "name", "actor.onBehalfOf.name", tools, (value) =>
    tools.encrypt("name", value, otherRecord),
  );
}

function alias(
  node: Node,
  field: IdentityField,
  record: SubjectRecord | undefined,
  tools: IdentityTools,
  index?: number,
): void {
  const text = record?.alias ?? (tools.preview ? ANY_ALIAS : undefined);
  replace(
    node,
    "id",
    field,
    tools,
    () =>
      // Nobody got its record before: a name that nobody could erase is not stored.
      text === undefined
        ? { text: markRemoved("undecided"), how: "removed", kind: "undecided" }
        : { text, how: "tokenized", kind: "subject" },
    index,
  );
}

function replace(
  node: Node,
  key: string,
  field: IdentityField,
  { rules, note }: IdentityTools,
  toReplacement: (value: string) => Replacement,
  index?: number,
): void {
  const value = toId(node[key]);
  if (value === undefined || rules.ruled.has(field)) return;
  if (field !== "actor.session" && holdsSecret(rules, value)) return;
  const { text, how, kind } = toReplacement(value);
  node[key] = text;
  note(index === undefined ? field : field.replace("targets", `targets[${index}]`), how, kind);
}

/** Then the walk hides it whole; also when that cannot be told. */
function holdsSecret({ find }: RuleSet, value: string): boolean {
  try {
    return find(value, "id") !== undefined;
  } catch {
    return true;
  }
}

// SPDX-License-Identifier: Apache-2.0
import { LIMITS } from "@telltale/event";
import { type Hidden, hide, hideTold } from "./act/hide.js";
import { isMarker, markCard, markMasked, markRemoved } from "./act/marker.js";
import { toCardDigits } from "./find/card/card.js";
import { isGenerated } from "./find/entropy.js";
import type { Finder, Scope } from "./find/find.js";
import { isPlaceholder } from "./find/named/words.js";
import { type NameJudge, type NameJudges, type NameVerdict, PLAIN } from "./names/verdict.js";
import { formatPath, MORE_FIELDS, type ProtectedField } from "./path.js";

type Node = Record<string, unknown>;

/** More values than an event of the largest allowed size can have; only an object that never was JSON has more. */
const MOST_VALUES = 100_000;

/** Far more than the list that is kept; an event made to be hidden in every field must not cost a path for each. */
const MOST_NOTED = 1024;

/**
 * Top-level fields that are or name an identity, or belong to the envelope: a secret in them hides the whole value, so that two people
 * never become one by a mask, and an e-mail address stays.
 */
const FIXED_FIELDS: ReadonlyMap<string, Scope> = new Map<string, Scope>([
  ...["actor", "targets", "client"].map((field): [string, Scope] => [field, "name"]),
  ...[
    "v",
    "id",
    "time",
    "received",
    "via",
    "tenant",
    "source",
    "action",
    "outcome",
    "level",
    "protected",
  ].map((field): [string, Scope] => [field, "id"]),
]);

/** Raised inside a branch that cannot be protected in place; the branch is then hidden whole. */
class BranchError extends Error {
  readonly kind: string;

  constructor(kind: string) {
    super(kind);
    this.kind = kind;
  }
}

/**
 * One walk over one event. A protector keeps a single instance and reuses it, because the walk over an ordinary event must allocate nothing.
 * Recursion is bounded by {@link LIMITS}`.sealedDepth`.
 */
export class Walk {
  readonly #find: Finder;
  readonly #judge: NameJudge;
  readonly #secretOf: NameJudges["secretOf"];
  readonly #steps: (string | number)[] = [];
  #fields: ProtectedField[] | null = null;
  #values = 0;

  /** `judge` may remember the names it sees; `secretOf` gets names that stand in values and must not. */
  constructor(find: Finder, judge: NameJudge, secretOf: NameJudges["secretOf"]) {
    this.#find = find;
    this.#judge = judge;
    this.#secretOf = secretOf;
  }

  run(event: Node): ProtectedField[] | null {
    this.#fields = null;
    this.#values = 0;
    try {
      this.#object(event, 0, "text", undefined);
    } catch {
      // Nothing stands above the event that could hide it. The cause may quote what it holds, so it is not kept.
      throw new TypeError("an event that cannot be written cannot be protected");
    }
    const fields = this.#fields;
    this.#fields = null;
    this.#steps.length = 0;
    return fields;
  }

  /** `inherited`: the verdict on the name above, where its values are secret one by one. */
  #object(node: Node, depth: number, scope: Scope, inherited: NameVerdict | undefined): void {
    let pair: NameVerdict | undefined | null = null;
    let renames: Renames | undefined;
    for (const key in node) {
      const value = node[key];
      let name = this.#judge(key);
      this.#steps[depth] = key;
      if (name.role === "hidden") {
        renames ??= new Renames(node);
        this.#rename(renames, key, depth);
      }
      if (value === null || value === undefined || value === true || value === false) continue;
      if (name.role === "slot" && scope === "text") {
        if (pair === null) pair = this.#pairOf(node);
        name = pair ?? name;
      }
      if (inherited !== undefined && (name.role !== "secret" || name.shape === "opaque")) name = inherited;
      this.#value(node, key, value, name, depth, depth === 0 ? (FIXED_FIELDS.get(key) ?? "text") : scope);
    }
    renames?.apply();
  }

  #array(list: unknown[], depth: number, scope: Scope, name: NameVerdict): void {
    const own = name.role === "secret" || name.number || name.telling !== undefined ? name : PLAIN;
    let next: NameVerdict | undefined;
    for (let i = 0; i < list.length; i++) {
      const value = list[i];
      const verdict: NameVerdict = next ?? own;
      next = undefined;
      if (value === null || value === undefined || value === true || value === false) continue;
      if (typeof value === "string") next = this.#nextOf(value, i, name);
      else if (name.role === "headers" && Array.isArray(value)) {
        this.#steps[depth] = i;
        this.#child(list, i, value, depth, scope, name);
        continue;
      }
      this.#steps[depth] = i;
      this.#value(list, i, value, verdict, depth, scope);
    }
  }

  /** The verdict on the element after `element`: names and values in turn, or `["--password", "…"]`. */
  #nextOf(element: string, index: number, name: NameVerdict): NameVerdict | undefined {
    const named =
      name.role === "headers" ? index % 2 === 0 : element.charCodeAt(0) === 45 && element.length < 64;
    if (!named) return undefined;
    return this.#secretOf(element);
  }

  #value(
    node: object,
    key: string | number,
    value: unknown,
    name: NameVerdict,
    depth: number,
    scope: Scope,
  ): void {
    if (++this.#values > MOST_VALUES && depth > 0) throw new BranchError("too_large");
    if (typeof value === "string") this.#text(node, key, value, name, depth, scope);
    else if (typeof value === "object") this.#branch(node, key, value as object, name, depth, scope);
    else if (typeof value === "number" || typeof value === "bigint")
      this.#number(node, key, value, name, depth, scope);
  }

  #text(
    node: object,
    key: string | number,
    text: string,
    name: NameVerdict,
    depth: number,
    scope: Scope,
  ): void {
    if (name.role === "secret" && hidesText(name, text) && !isDirectory(key, text)) {
      const digits = name.shape === "card" ? toCardDigits(text) : undefined;
      if (digits === undefined) this.#put(node, key, markRemoved(name.kind), depth, "removed", name.kind);
      else this.#put(node, key, markCard(digits), depth, "masked", name.kind);
      return;
    }
    if (name.number && name.telling === undefined && isDigits(text)) return;
    const hidden = this.#hide(text, name, scope);
    if (hidden === undefined) return;
    write(node, key, hidden.text);
    for (const kind of new Set(hidden.kinds)) this.#note(depth, "masked", kind);
  }

  #hide(text: string, name: NameVerdict, scope: Scope): Hidden | undefined {
    if (name.telling !== undefined && scope === "text") return hideTold(this.#find, name.telling, text);
    return hide(this.#find, text, scope === "name" && name.number ? "id" : scope);
  }

  #number(
    node: object,
    key: string | number,
    value: number | bigint,
    name: NameVerdict,
    depth: number,
    scope: Scope,
  ): void {
    if (name.role === "secret" && name.shape !== "opaque") {
      if (name.shape === "userinfo" || (name.plural && name.shape === "any")) return;
      const digits = toCardDigits(String(value));
      if (name.shape === "card" && value > -10_000 && value < 10_000) return;
      if (name.shape === "card" && digits !== undefined)
        this.#put(node, key, markCard(digits), depth, "masked", name.kind);
      else this.#put(node, key, markRemoved(name.kind), depth, "removed", name.kind);
      return;
    }
    if (name.telling !== undefined && scope === "text" && value > 99_999) {
      const told = hideTold(this.#find, name.telling, String(value));
      if (told !== undefined) this.#put(node, key, told.text, depth, "masked", told.kinds[0]!);
      return;
    }
    // The smallest card number has fourteen digits.
    if (value < 1e13 || name.number || scope === "id") return;
    const digits = toCardDigits(String(value));
    if (digits !== undefined) this.#put(node, key, markCard(digits), depth, "masked", "card");
  }

  #branch(
    node: object,
    key: string | number,
    value: object,
    name: NameVerdict,
    depth: number,
    scope: Scope,
  ): void {
    if (name.role === "secret" && name.shape === "any" && !isEmpty(value)) {
      this.#put(node, key, markRemoved(name.kind), depth, "removed", name.kind);
      return;
    }
    this.#child(node, key, value, depth, scope, name);
  }

  #child(
    node: object,
    key: string | number,
    value: object,
    depth: number,
    scope: Scope,
    name: NameVerdict,
  ): void {
    const noted = this.#fields?.length ?? 0;
    try {
      const written = toWritten(value, key);
      if (written !== value) {
        write(node, key, written);
        if (typeof written !== "object" || written === null) {
          if (written !== null && written !== undefined) this.#value(node, key, written, name, depth, scope);
          return;
        }
      }
      if (depth + 2 > LIMITS.sealedDepth) throw new BranchError("too_deep");
      if (Array.isArray(written)) this.#array(written, depth + 1, scope, name);
      else
        this.#object(
          written as Node,
          depth + 1,
          scope,
          name.role === "secret" && name.shape !== "scalar" && name.shape !== "opaque" ? name : undefined,
        );
    } catch (error) {
      // Too deep, too large, or not writable: hidden whole in the parent. If the parent cannot be written either, its own parent hides it.
      const kind = error instanceof BranchError ? error.kind : "undecided";
      if (this.#fields !== null) this.#fields.length = noted;
      this.#steps[depth] = key;
      this.#put(node, key, markRemoved(kind), depth, "removed", kind);
    }
  }

  /** The verdict on the values of `{ name: "Authorization", value: "…" }`. */
  #pairOf(node: Node): NameVerdict | undefined {
    for (const key in node) {
      const label = node[key];
      if (typeof label !== "string" || this.#judge(key).role !== "label") continue;
      const name = this.#secretOf(label);
      if (name !== undefined) return name;
    }
    return undefined;
  }

  #rename(renames: Renames, key: string, depth: number): void {
    const kind = hide(this.#find, key, "text")?.kinds[0] ?? "undecided";
    this.#steps[depth] = renames.add(key, markMasked(kind));
    this.#note(depth, "masked", kind);
  }

  #put(
    node: object,
    key: string | number,
    marker: string,
    depth: number,
    how: ProtectedField["how"],
    kind: string,
  ): void {
    write(node, key, marker);
    this.#note(depth, how, kind);
  }

  #note(depth: number, how: ProtectedField["how"], kind: string): void {
    this.#fields ??= [];
    if (this.#fields.length > MOST_NOTED) return;
    if (this.#fields.length === MOST_NOTED) this.#fields.push(MORE_FIELDS);
    else this.#fields.push({ path: formatPath(this.#steps.slice(0, depth + 1)), how, kind });
  }
}

/** What JSON would write: a URL or a Date writes itself through `toJSON`. Bytes have no name and no text to judge, so they are hidden. */
function toWritten(value: object, key: string | number): unknown {
  if (ArrayBuffer.isView(value)) throw new BranchError("binary");
  const { toJSON } = value as { toJSON?: unknown };
  return typeof toJSON === "function" ? (toJSON.call(value, String(key)) as unknown) : value;
}

/** Throws when the value cannot be set: a frozen object, a setter that does nothing. `__proto__` is data like any other name. */
function write(node: object, key: string | number, value: unknown): void {
  if (key === "__proto__") {
    define(node, key, value);
    return;
  }
  const fields = node as Node;
  fields[key] = value;
  if (fields[key] !== value) throw new BranchError("undecided");
}

/** New names for the fields of one object, given when the walk over it is over. The order of the fields stays. */
class Renames {
  readonly #node: Node;
  readonly #names = new Map<string, string>();
  readonly #counts = new Map<string, number>();

  constructor(node: Node) {
    this.#node = node;
  }

  add(key: string, marker: string): string {
    let count = this.#counts.get(marker) ?? 0;
    let fresh: string;
    do fresh = ++count === 1 ? marker : `${marker}#${count}`;
    while (Object.hasOwn(this.#node, fresh));
    this.#counts.set(marker, count);
    this.#names.set(key, fresh);
    return fresh;
  }

  apply(): void {
    for (const [key, value] of Object.entries(this.#node)) {
      // Taken out and put back one by one, so that renamed fields keep their places.
      if (!Reflect.deleteProperty(this.#node, key)) throw new BranchError("undecided");
      define(this.#node, this.#names.get(key) ?? key, value);
    }
  }
}

function define(node: object, key: string, value: unknown): void {
  Object.defineProperty(node, key, { value, writable: true, enumerable: true, configurable: true });
}

function hidesText(name: NameVerdict, text: string): boolean {
  if (text === "" || isMarker(text) || isPlaceholder(text)) return false;
  switch (name.shape) {
    case "code":
      return /\d/.test(text);
    case "card":
      return text.length > 64 || (text.match(/\d/g)?.length ?? 0) > 4;
    case "userinfo":
      return /^[^\s:]{1,256}:[^\s:]/.test(text);
    case "opaque":
      return isGenerated(text);
    default:
      return true;
  }
}

/** The working directory in a dump of the environment. */
function isDirectory(key: string | number, text: string): boolean {
  return (key === "PWD" || key === "OLDPWD") && /^(?:\/|[A-Za-z]:\\)/.test(text);
}

function isDigits(text: string): boolean {
  if (text.length > 19) return false;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code < 48 || code > 57) return false;
  }
  return true;
}

function isEmpty(value: object): boolean {
  for (const _ in value) return false;
  return true;
}

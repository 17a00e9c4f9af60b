// SPDX-License-Identifier: Apache-2.0
import { LIMITS } from "@telltale/event";
import { type Hidden, hide, hideTold, type HitHandling } from "./act/hide.js";
import { isAlias } from "./act/acts.js";
import { isMarker, markCard, markMasked, markRemoved } from "./act/marker.js";
import type { CredentialSeen, Replacement, Treatment } from "./act/treatment.js";
import { toCardDigits } from "./find/card/card.js";
import type { Finder, Scope } from "./find/find.js";
import { isCredential } from "./names/credential.js";
import type { NestedJudge } from "./names/below.js";
import { type NameJudge, type NameJudges, type NameVerdict, PLAIN } from "./names/verdict.js";
import { hidesText, isDigits, isDirectory, isEmpty } from "./names/value.js";
import { formatPath, MORE_FIELDS, type ProtectedField } from "./path.js";
import { isChange, isDetail, isFixed, LONGEST_LABEL } from "./place.js";
import type { FieldAct, FieldRule } from "./policy/compiled.js";
import type { FieldState } from "./policy/field-state.js";
import { BranchError, Renames, write } from "./write.js";

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

/** What a walk is made of. */
export interface WalkTools {
  readonly find: Finder;
  /** May remember the names that it sees. */
  readonly judge: NameJudge;
  /** The same for a name in an object that has a name. */
  readonly judgeBelow: NestedJudge;
  /** Gets names that stand in values, and must not. */
  readonly secretOf: NameJudges["secretOf"];
}

/**
 * One walk over one event. A protector keeps a single instance and reuses it, because the walk over an ordinary event must allocate nothing.
 * Recursion is bounded by {@link LIMITS}`.sealedDepth`.
 */
export class Walk implements HitHandling {
  readonly #tools: WalkTools;
  readonly #judge: NameJudge;
  readonly #judgeBelow: NestedJudge;
  readonly #secretOf: NameJudges["secretOf"];
  readonly #steps: (string | number)[] = [];
  #find: Finder;
  #fields: ProtectedField[] | null = null;
  #values = 0;
  /** Of the value that is looked at. */
  #depth = 0;
  treatment: Treatment | undefined;
  onSure: HitHandling["onSure"];

  constructor(tools: WalkTools) {
    this.#tools = tools;
    this.#find = tools.find;
    this.#judge = tools.judge;
    this.#judgeBelow = tools.judgeBelow;
    this.#secretOf = tools.secretOf;
  }

  /** Where the value is that is looked at, as it is written in `protected.fields[].path`. */
  readonly path = (): string => formatPath(this.#steps.slice(0, this.#depth + 1));

  /** `onCredential` is called for what is a credential for sure. */
  run(
    event: Node,
    treatment: Treatment | undefined,
    onCredential: ((seen: CredentialSeen) => void) | undefined,
  ): ProtectedField[] | null {
    this.#fields = null;
    this.#values = 0;
    this.treatment = treatment;
    this.#find = treatment?.find ?? this.#tools.find;
    this.onSure =
      onCredential === undefined
        ? undefined
        : (kind, value) => onCredential({ path: this.path(), kind, value });
    try {
      treatment?.hideIdentity((path, how, kind) => this.#list({ path, how, kind }));
      this.#object(event, 0, "text", undefined, treatment?.fields);
    } catch {
      // Nothing stands above the event that could hide it. The cause may quote what it holds, so it is not kept.
      throw new TypeError("an event that cannot be written cannot be protected");
    }
    const fields = this.#fields;
    this.#fields = null;
    this.#steps.length = 0;
    this.treatment = undefined;
    return fields;
  }

  /** `inherited`: the verdict on the name above, where its values are secret one by one. `state`: where the walk stands in the rules for fields. */
  #object(
    node: Node,
    depth: number,
    scope: Scope,
    inherited: NameVerdict | undefined,
    state: FieldState | undefined,
  ): void {
    let pair: NameVerdict | undefined | null = null;
    let renames: Renames | undefined;
    const parent = depth < 2 ? undefined : this.#parentOf(depth);
    for (const key in node) {
      const value = node[key];
      let name = parent === undefined ? this.#judge(key) : this.#judgeBelow(parent, key);
      this.#steps[depth] = key;
      if (name.role === "hidden") {
        renames ??= new Renames(node);
        this.#rename(renames, key, depth);
      }
      const below = state === undefined ? undefined : this.#below(state, node, key, depth);
      if (value === null || value === undefined) continue;
      if (below?.rule === undefined && (value === true || value === false)) continue;
      if (name.role === "slot" && (scope === "text" || scope === "secrets")) {
        if (pair === null) pair = this.#pairOf(node);
        name = pair ?? name;
      }
      if (inherited !== undefined && (name.role !== "secret" || name.shape === "opaque")) name = inherited;
      const inner = depth === 0 ? (FIXED_FIELDS.get(key) ?? "text") : scope;
      this.#value(node, key, value, name, depth, inner, below);
    }
    renames?.apply();
  }

  /** The name of the object that is walked, or of the list that it is in; undefined below the fields of the envelope, which say nothing of what is in them. */
  #parentOf(depth: number): string | undefined {
    for (let i = depth - 1; i > 0; i--) {
      const step = this.#steps[i];
      if (typeof step === "string") return step;
    }
    return undefined;
  }

  #array(
    list: unknown[],
    depth: number,
    scope: Scope,
    name: NameVerdict,
    state: FieldState | undefined,
  ): void {
    const own = name.role === "secret" || name.number || name.telling !== undefined ? name : PLAIN;
    let next: NameVerdict | undefined;
    for (let i = 0; i < list.length; i++) {
      const value = list[i];
      const verdict: NameVerdict = next ?? own;
      next = undefined;
      if (value === null || value === undefined) continue;
      if (state?.rule === undefined && (value === true || value === false)) continue;
      if (typeof value === "string") next = this.#nextOf(value, i, name);
      else if (name.role === "headers" && Array.isArray(value)) {
        this.#steps[depth] = i;
        this.#child(list, i, value, depth, scope, name, state);
        continue;
      }
      this.#steps[depth] = i;
      this.#value(list, i, value, verdict, depth, scope, state);
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
    state: FieldState | undefined,
  ): void {
    if (++this.#values > MOST_VALUES && depth > 0) throw new BranchError("too_large");
    if (state?.rule !== undefined && this.#ruled(node, key, value, name, depth, scope, state)) return;
    if (typeof value === "string") this.#text(node, key, value, name, depth, scope);
    else if (typeof value === "object") this.#branch(node, key, value as object, name, depth, scope, state);
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
    this.#depth = depth;
    if (this.#hidesName(name) && hidesText(name, text) && !isDirectory(key, text)) {
      if (this.onSure !== undefined && isCredential(name, text)) this.onSure(name.kind, text);
      this.#putNamed(node, key, text, name, depth);
      return;
    }
    if (name.number && name.telling === undefined && isDigits(text)) return;
    const hidden = this.#hide(text, name, scope);
    if (hidden === undefined) return;
    write(node, key, hidden.text);
    this.#noteAll(hidden.found, depth);
  }

  #hide(text: string, name: NameVerdict, scope: Scope): Hidden | undefined {
    if (name.telling !== undefined && scope === "text") return hideTold(this.#find, name.telling, text, this);
    return hide(this.#find, text, scope === "name" && name.number ? "id" : scope, this);
  }

  #number(
    node: object,
    key: string | number,
    value: number | bigint,
    name: NameVerdict,
    depth: number,
    scope: Scope,
  ): void {
    this.#depth = depth;
    if (this.#hidesName(name) && name.shape !== "opaque") {
      if (name.shape === "userinfo" || (name.plural && name.shape === "any")) return;
      if (name.shape === "card" && value > -10_000 && value < 10_000) return;
      this.#putNamed(node, key, String(value), name, depth);
      return;
    }
    if (name.telling !== undefined && scope === "text" && value > 99_999) {
      const told = hideTold(this.#find, name.telling, String(value), this);
      if (told !== undefined) this.#put(node, key, { text: told.text, ...told.found[0]! }, depth);
      return;
    }
    // The smallest card number has fourteen digits.
    if (value < 1e13 || name.number || scope === "id" || scope === "secrets") return;
    const text = String(value);
    const digits = toCardDigits(text);
    if (digits === undefined || this.treatment?.keeps("card") === true) return;
    const shape = markCard(digits);
    const replacement = this.treatment?.byKind("card", text, shape);
    this.#put(node, key, replacement ?? { text: shape, how: "masked", kind: "card" }, depth);
  }

  #branch(
    node: object,
    key: string | number,
    value: object,
    name: NameVerdict,
    depth: number,
    scope: Scope,
    state: FieldState | undefined,
  ): void {
    if (this.#hidesName(name) && name.shape === "any" && !isEmpty(value)) {
      const { kind } = name;
      if (this.treatment?.encrypts(kind) !== true) this.#put(node, key, removed(kind), depth);
      else
        this.#putEncrypted(node, key, value, depth, (text) => this.treatment?.byKind(kind, text, undefined));
      return;
    }
    this.#child(node, key, value, depth, scope, name, state);
  }

  #child(
    node: object,
    key: string | number,
    value: object,
    depth: number,
    scope: Scope,
    name: NameVerdict,
    state: FieldState | undefined,
  ): void {
    const noted = this.#fields?.length ?? 0;
    try {
      const written = toWritten(value, key);
      if (written !== value) {
        write(node, key, written);
        if (typeof written !== "object" || written === null) {
          if (written !== null && written !== undefined)
            this.#value(node, key, written, name, depth, scope, state);
          return;
        }
      }
      if (depth + 2 > LIMITS.sealedDepth) throw new BranchError("too_deep");
      if (Array.isArray(written)) this.#array(written, depth + 1, scope, name, state);
      else
        this.#object(
          written as Node,
          depth + 1,
          scope,
          this.#hidesName(name) && name.shape !== "scalar" && name.shape !== "opaque" ? name : undefined,
          state,
        );
    } catch (error) {
      // Too deep, too large, or not writable: hidden whole in the parent. If the parent cannot be written either, its own parent hides it.
      const kind = error instanceof BranchError ? error.kind : "undecided";
      if (this.#fields !== null) this.#fields.length = noted;
      this.#steps[depth] = key;
      this.#put(node, key, removed(kind), depth);
    }
  }

  /** Where the walk stands in the rules for a field. The envelope has none: it says what happened, and nothing about a person. */
  #below(state: FieldState, node: Node, key: string, depth: number): FieldState | undefined {
    if (depth === 0) return FIXED_FIELDS.get(key) === "id" ? undefined : state.next(key);
    if (isFixed(this.#steps, depth, key)) return undefined;
    const own = state.next(key);
    if (!isChange(this.#steps, depth) || (key !== "from" && key !== "to")) return own;
    // In `changes` a rule names the field that was changed.
    const { field } = node;
    if (typeof field !== "string" || field.length > LONGEST_LABEL) return own;
    let labelled: FieldState | undefined = state;
    for (const step of field.split(".")) labelled = labelled?.next(step);
    return labelled?.rule === undefined || (own?.rank ?? -1) > labelled.rank ? own : labelled;
  }

  /** Does what a rule says about a field. False when the field is left to what is done without. */
  #ruled(
    node: object,
    key: string | number,
    value: unknown,
    name: NameVerdict,
    depth: number,
    scope: Scope,
    state: FieldState,
  ): boolean {
    const rule = state.rule!;
    const secret = this.#hidesName(name) && rule.path.at(-1) !== key;
    this.#depth = depth;
    // A rule for many fields does not bring back what the name of one of them hides.
    if (secret && rule.act !== "remove") return false;
    if (secret && typeof value === "string" && isCredential(name, value)) this.onSure?.(name.kind, value);
    if (rule.act === "keep") {
      if (typeof value === "object" && value !== null)
        this.#child(node, key, value, depth, secretsOf(scope), PLAIN, state);
      else this.#value(node, key, value, PLAIN, depth, secretsOf(scope), undefined);
      return true;
    }
    if (typeof value === "object" && value !== null) {
      const whole = state.isWhole && isDetail(this.#steps, depth) && WHOLE_ACTS.has(rule.act);
      if (!whole) this.#child(node, key, value, depth, scope, PLAIN, state);
      else if (isEmpty(value)) return true;
      else if (rule.act === "remove") this.#put(node, key, removed(rule.kind), depth);
      else this.#putEncrypted(node, key, value, depth, (text) => this.treatment?.byField(rule, text));
      return true;
    }
    if (value === "" || (typeof value === "string" && (isMarker(value) || isAlias(value)))) return true;
    if (typeof value === "number" && !isDetail(this.#steps, depth)) {
      // A text in the place of a port or a status would be a field of the wrong type.
      if (!Reflect.deleteProperty(node, key)) throw new BranchError("undecided");
      this.#note(depth, "removed", rule.kind);
      return true;
    }
    this.#depth = depth;
    const text = typeof value === "string" ? this.#withoutSecrets(value, rule) : String(value);
    const replacement = this.treatment!.byField(rule, text);
    if (replacement !== undefined) this.#put(node, key, replacement, depth);
    return true;
  }

  /** What can be opened again must not hold a secret either. */
  #withoutSecrets(text: string, rule: FieldRule): string {
    if (rule.act !== "encrypt" && rule.act !== "write-only") return text;
    return hide(this.#find, text, "secrets", this)?.text ?? text;
  }

  /** A list or an object becomes one value: its JSON text, without the secrets in it. */
  #putEncrypted(
    node: object,
    key: string | number,
    value: object,
    depth: number,
    encrypt: (text: string) => Replacement | undefined,
  ): void {
    const noted = this.#fields?.length ?? 0;
    this.#child(node, key, value, depth, "secrets", PLAIN, undefined);
    // The list would give away the names inside.
    if (this.#fields !== null) this.#fields.length = noted;
    this.#steps[depth] = key;
    this.#depth = depth;
    const text = JSON.stringify((node as Record<string | number, unknown>)[key]);
    this.#put(node, key, encrypt(text) ?? removed("undecided"), depth);
  }

  /** True when values under the name are hidden. */
  #hidesName(name: NameVerdict): boolean {
    return name.role === "secret" && this.treatment?.keeps(name.kind) !== true;
  }

  #putNamed(node: object, key: string | number, text: string, name: NameVerdict, depth: number): void {
    const digits = name.shape === "card" ? toCardDigits(text) : undefined;
    const shape = digits === undefined ? undefined : markCard(digits);
    const replacement =
      this.treatment?.byKind(name.kind, text, shape) ??
      (shape === undefined ? removed(name.kind) : { text: shape, how: "masked", kind: name.kind });
    this.#put(node, key, replacement, depth);
  }

  /** The verdict on the values of `{ name: "Authorization", value: "…" }`. */
  #pairOf(node: Node): NameVerdict | undefined {
    for (const key in node) {
      const label = node[key];
      if (typeof label !== "string") continue;
      const isType = key === "type" || key === "kind";
      // "key" alone may be that of a secret too; beside a value it is a name.
      if (!isType && key !== "key" && this.#judge(key).role !== "label") continue;
      const name = this.#secretOf(label);
      if (name !== undefined && (!isType || name.kind === "password")) return name;
    }
    return undefined;
  }

  #rename(renames: Renames, key: string, depth: number): void {
    this.#depth = depth;
    // The name of a field is masked whatever is done with values: a path is read by everybody.
    const kind = hide(this.#find, key, "text")?.found[0]?.kind ?? "undecided";
    this.#steps[depth] = renames.add(key, markMasked(kind));
    this.#note(depth, "masked", kind);
  }

  #put(node: object, key: string | number, { text, how, kind }: Replacement, depth: number): void {
    write(node, key, text);
    this.#note(depth, how, kind);
  }

  /** Each kind once for each way of hiding it. */
  #noteAll(found: readonly Pick<Replacement, "how" | "kind">[], depth: number): void {
    const seen = new Set<string>();
    for (const { how, kind } of found) {
      const name = `${how} ${kind}`;
      if (!seen.has(name)) this.#note(depth, how, kind);
      seen.add(name);
    }
  }

  #note(depth: number, how: ProtectedField["how"], kind: string): void {
    if ((this.#fields?.length ?? 0) > MOST_NOTED) return;
    this.#list({ path: formatPath(this.#steps.slice(0, depth + 1)), how, kind });
  }

  #list(field: ProtectedField): void {
    this.#fields ??= [];
    if (this.#fields.length > MOST_NOTED) return;
    this.#fields.push(this.#fields.length === MOST_NOTED ? MORE_FIELDS : field);
  }
}

function removed(kind: string): Replacement {
  return { text: markRemoved(kind), how: "removed", kind };
}

/** The same field without the search for people in it. */
function secretsOf(scope: Scope): Scope {
  return scope === "text" ? "secrets" : scope;
}

const WHOLE_ACTS: ReadonlySet<FieldAct> = new Set<FieldAct>(["remove", "encrypt", "write-only"]);

/** What JSON would write: a URL or a Date writes itself through `toJSON`. Bytes have no name and no text to judge, so they are hidden. */
function toWritten(value: object, key: string | number): unknown {
  if (ArrayBuffer.isView(value)) throw new BranchError("binary");
  const { toJSON } = value as { toJSON?: unknown };
  return typeof toJSON === "function" ? (toJSON.call(value, String(key)) as unknown) : value;
}

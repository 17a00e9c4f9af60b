// SPDX-License-Identifier: Apache-2.0
import { toBase64, toBase64Offsets, toBinaryText, toUtf16, toUtf8 } from "./bytes.js";
import { parseNetwork } from "./cidr.js";
import { SigmaError, type Place } from "./errors.js";
import {
  escapeLiteral,
  joinLiterals,
  literalPattern,
  parsePattern,
  toLiteral,
  wrapPattern,
  type Pattern,
} from "./pattern.js";
import { toNumber } from "./read.js";
import { compileRegex } from "./regex.js";
import type { Budget } from "./size.js";
import type { CompareOperator, RefMode, Test, TimePart } from "./types.js";
import type { ScalarValue } from "./yaml.js";

/** A value on its way through a chain of modifiers. `variants` stay linked by OR, also under `all`. */
export type Value =
  | { readonly kind: "literal"; readonly value: ScalarValue }
  | { readonly kind: "text"; readonly pattern: Pattern; readonly bytes?: readonly number[] }
  | { readonly kind: "test"; readonly test: Test }
  | { readonly kind: "variants"; readonly values: readonly Value[] };

/** The values of `%name%`, or undefined when nobody knows it. */
export type Placeholders = (name: string, place: Place) => readonly string[] | undefined;

/** What reading the rules of one file needs. */
export interface Reading {
  readonly placeholders: Placeholders;
  readonly budget: Budget;
}

/** What a modifier may look at and, for `all`, `neq` and `cased`, set. */
export interface Chain {
  /** Of the value at hand. */
  place: Place;
  readonly reading: Reading;
  all: boolean;
  negated: boolean;
  cased: boolean;
  /** True once contains, startswith or endswith said where in the value the text stands. */
  placed: boolean;
}

type Modifier = (value: Value, chain: Chain, name: string) => Value;

/** At most this many variants of one value: five dashes under `windash`, or the cross product of placeholders. */
const MAX_VARIANTS = 3_125;
/** And this many characters in them together. */
const MAX_VARIANT_TEXT = 1_000_000;

function refuseVariants(count: number, length: number, chain: Chain, what: string): void {
  if (count > MAX_VARIANTS)
    throw new SigmaError("too_many_variants", chain.place, `${what} more than ${MAX_VARIANTS} variants`);
  if (count * length > MAX_VARIANT_TEXT)
    throw new SigmaError(
      "too_many_variants",
      chain.place,
      `${what} variants of more than ${MAX_VARIANT_TEXT} characters`,
    );
}

function conflict(chain: Chain, name: string, what: string): SigmaError {
  return new SigmaError("modifier_conflict", chain.place, `"${name}" cannot be used ${what}`);
}

/** Text of a value that is not transformed yet. */
function mustText(value: Value, chain: Chain, name: string): { pattern: Pattern; bytes?: readonly number[] } {
  if (value.kind === "text") return value;
  if (value.kind === "literal" && value.value !== null) {
    if (typeof value.value === "string") return { pattern: parsePattern(value.value) };
    return { pattern: literalPattern(String(value.value)) };
  }
  throw conflict(chain, name, value.kind === "literal" ? "with null" : "after this modifier");
}

function mustLiteral(value: Value, chain: Chain, name: string): string {
  if (value.kind === "literal" && value.value !== null) return String(value.value);
  throw conflict(chain, name, value.kind === "literal" ? "with null" : "after another value modifier");
}

function position(mode: RefMode, front: boolean, behind: boolean): Modifier {
  return (value, chain, name) => {
    chain.placed = true;
    if (value.kind === "test" && value.test.kind === "fieldref" && value.test.mode === "equals")
      return { kind: "test", test: { ...value.test, mode } };
    if (value.kind === "test" && value.test.kind === "regex")
      return { kind: "test", test: placeRegex(value.test, mode, chain) };
    const text = mustText(value, chain, name);
    return { kind: "text", pattern: wrapPattern(text.pattern, front, behind) };
  };
}

type RegexTest = Extract<Test, { kind: "regex" }>;

/** A regex searches anyway, so `contains` adds nothing; the others tie it to the ends of the whole value, also under `m`. */
function placeRegex(test: RegexTest, mode: RefMode, chain: Chain): RegexTest {
  // Compiled by itself first: with the group around it, `a)|(b` would become valid.
  compileRegex(test, chain.place, chain.reading.budget);
  if (mode === "startswith") return { ...test, source: `\\A(?:${test.source})` };
  if (mode === "endswith") return { ...test, source: `(?:${test.source})\\z` };
  return test;
}

function flag(set: (chain: Chain) => void): Modifier {
  return (value, chain) => {
    set(chain);
    return value;
  };
}

function regexFlag(letter: string): Modifier {
  return (value, chain, name) => {
    if (value.kind !== "test" || value.test.kind !== "regex")
      throw conflict(chain, name, "without re before it");
    const flags = value.test.flags.includes(letter) ? value.test.flags : value.test.flags + letter;
    return { kind: "test", test: { ...value.test, flags } };
  };
}

function compare(operator: CompareOperator): Modifier {
  return (value, chain, name) => {
    if (value.kind === "test" && value.test.kind === "compare" && value.test.part !== undefined)
      return { kind: "test", test: { ...value.test, operator } };
    const number = toNumber(mustLiteral(value, chain, name));
    if (number === undefined) throw new SigmaError("wrong_type", chain.place, `"${name}" needs a number`);
    return { kind: "test", test: { kind: "compare", operator, value: number } };
  };
}

function timePart(part: TimePart): Modifier {
  return (value, chain, name) => {
    const number = toNumber(mustLiteral(value, chain, name));
    if (number === undefined || !Number.isInteger(number))
      throw new SigmaError("wrong_type", chain.place, `"${name}" needs a whole number`);
    return { kind: "test", test: { kind: "compare", operator: "eq", value: number, part } };
  };
}

/** Text or already encoded bytes. A wildcard has no encoding, so it is refused. */
function mustBytes(value: Value, chain: Chain, name: string): readonly number[] {
  const text = mustText(value, chain, name);
  if (text.bytes !== undefined) return text.bytes;
  const literal = toLiteral(text.pattern);
  if (literal === undefined)
    throw conflict(chain, name, "with wildcards, or after contains, startswith or endswith");
  return toUtf8(literal);
}

/** Wildcards stay where they are between the encoded pieces; what follows them can then not be encoded further. */
function encode(order: "le" | "be", mark: readonly number[]): Modifier {
  return (value, chain, name) => {
    const text = mustText(value, chain, name);
    if (text.bytes !== undefined) throw conflict(chain, name, "after another encoding");
    const literal = toLiteral(text.pattern);
    if (literal !== undefined) {
      const bytes = [...mark, ...toUtf16(literal, order)];
      return { kind: "text", pattern: literalPattern(toBinaryText(bytes)), bytes };
    }
    const pattern = text.pattern.map((part) =>
      typeof part === "string" ? toBinaryText(toUtf16(part, order)) : part,
    );
    return { kind: "text", pattern: joinLiterals([toBinaryText(mark), ...pattern]) };
  };
}

const base64: Modifier = (value, chain, name) => ({
  kind: "text",
  pattern: literalPattern(toBase64(mustBytes(value, chain, name))),
});

const base64offset: Modifier = (value, chain, name) => ({
  kind: "variants",
  values: toBase64Offsets(mustBytes(value, chain, name)).map((text) => ({
    kind: "text",
    pattern: literalPattern(text),
  })),
});

const DASHES = ["-", "/", "–", "—", "―"];
/** A dash between what is no word character (or the beginning) and one that is. */
const FLAG = /(?<![\p{L}\p{N}_])[-/–—―](?=[\p{L}\p{N}_])/gu;

/** Every word-initial dash or slash in all five spellings that Windows programs accept (appendix "windash"). */
const windash: Modifier = (value, chain, name) => {
  let patterns: Pattern[] = [[]];
  for (const part of mustText(value, chain, name).pattern) {
    const choices = typeof part === "string" ? dashVariants(part, chain) : [part];
    patterns = patterns.flatMap((pattern) => choices.map((choice) => [...pattern, choice]));
    refuseVariants(patterns.length, 1, chain, `"${name}" gives`);
  }
  return { kind: "variants", values: patterns.map((pattern) => ({ kind: "text", pattern })) };
};

function dashVariants(text: string, chain: Chain): string[] {
  const spots = [...text.matchAll(FLAG)].map((match) => match.index);
  refuseVariants(DASHES.length ** spots.length, text.length, chain, '"windash" gives');
  let variants = [text];
  for (const spot of spots)
    variants = variants.flatMap((variant) =>
      DASHES.map((dash) => variant.slice(0, spot) + dash + variant.slice(spot + 1)),
    );
  return variants;
}

const PLACEHOLDER = /\\%|%([A-Za-z0-9_.-]{1,100})%/g;

/** Every way to put the placeholders' values into the text; `toChoice` makes a value what may stand there. */
function expandText(text: string, chain: Chain, toChoice: (value: string) => string): string[] {
  let variants = [""];
  let rest = 0;
  for (const match of text.matchAll(PLACEHOLDER)) {
    const before = text.slice(rest, match.index);
    rest = match.index + match[0].length;
    const choices = match[1] === undefined ? ["%"] : placeholder(match[1], chain).map(toChoice);
    variants = variants.flatMap((variant) => choices.map((choice) => variant + before + choice));
    refuseVariants(variants.length, variants[0]?.length ?? 0, chain, "placeholders give");
  }
  const tail = text.slice(rest);
  refuseVariants(variants.length, text.length, chain, "placeholders give");
  return variants.map((variant) => variant + tail);
}

/**
 * `%name%` becomes the values that the caller knows for it; an unknown name is an error (specification 2.1 "Placeholders").
 * Wildcards in the values count, except behind `re`: there a value is looked for as it is written.
 */
const expand: Modifier = (value, chain, name) => {
  if (value.kind === "test" && value.test.kind === "regex") {
    const { test } = value;
    const sources = expandText(test.source, chain, (text) => text.replaceAll(/[\\^$.|?*+()[\]{}-]/g, "\\$&"));
    return {
      kind: "variants",
      values: sources.map((source) => ({ kind: "test", test: { ...test, source } })),
    };
  }
  if (value.kind === "text" && value.bytes === undefined) return expandPattern(value.pattern, chain);
  const texts = expandText(mustLiteral(value, chain, name), chain, (text) => text);
  return { kind: "variants", values: texts.map((text) => ({ kind: "literal", value: text })) };
};

/** Behind contains, startswith, endswith: the placeholders stand in the literal pieces of the pattern. */
function expandPattern(pattern: Pattern, chain: Chain): Value {
  let patterns: Pattern[] = [[]];
  for (const part of pattern) {
    const choices: Pattern[] =
      typeof part === "string"
        ? expandText(escapeLiteral(part), chain, (text) => text).map(parsePattern)
        : [[part]];
    patterns = patterns.flatMap((before) => choices.map((choice) => [...before, ...choice]));
    refuseVariants(patterns.length, 1, chain, "placeholders give");
  }
  return {
    kind: "variants",
    values: patterns.map((one) => ({ kind: "text", pattern: joinLiterals(one) })),
  };
}

function placeholder(name: string, chain: Chain): readonly string[] {
  const values = chain.reading.placeholders(name, chain.place);
  if (values === undefined || values.length === 0)
    throw new SigmaError(
      "unknown_placeholder",
      chain.place,
      `no value is known for the placeholder %${name}%`,
    );
  return values;
}

const exists: Modifier = (value, chain, name) => {
  if (value.kind !== "literal" || typeof value.value !== "boolean")
    throw new SigmaError("wrong_type", chain.place, `"${name}" needs true or false`);
  return { kind: "test", test: { kind: "exists", value: value.value } };
};

const re: Modifier = (value, chain, name) => ({
  kind: "test",
  test: { kind: "regex", source: mustLiteral(value, chain, name), flags: "" },
});

const cidr: Modifier = (value, chain, name) => {
  const network = mustLiteral(value, chain, name);
  if (parseNetwork(network) === undefined)
    throw new SigmaError("bad_cidr", chain.place, `"${network}" is not a network such as 10.0.0.0/8`);
  return { kind: "test", test: { kind: "cidr", network } };
};

const fieldref: Modifier = (value, chain, name) => {
  const field = mustLiteral(value, chain, name).replaceAll(" ", "");
  if (field === "") throw new SigmaError("bad_value", chain.place, "names no field");
  if (/[*?]/.test(field)) throw conflict(chain, name, "with wildcards");
  return { kind: "test", test: { kind: "fieldref", field, mode: "equals", cased: false } };
};

/** The one list of modifiers. To add one: a function above, a line here, a row in modifiers.test.ts. */
const MODIFIERS: ReadonlyMap<string, Modifier> = new Map<string, Modifier>([
  ["contains", position("contains", true, true)],
  ["startswith", position("startswith", false, true)],
  ["endswith", position("endswith", true, false)],
  ["all", flag((chain) => (chain.all = true))],
  ["neq", flag((chain) => (chain.negated = true))],
  ["cased", flag((chain) => (chain.cased = true))],
  ["exists", exists],
  ["re", re],
  ["i", regexFlag("i")],
  ["ignorecase", regexFlag("i")],
  ["m", regexFlag("m")],
  ["multiline", regexFlag("m")],
  ["s", regexFlag("s")],
  ["dotall", regexFlag("s")],
  ["cidr", cidr],
  ["lt", compare("lt")],
  ["lte", compare("lte")],
  ["gt", compare("gt")],
  ["gte", compare("gte")],
  ["minute", timePart("minute")],
  ["hour", timePart("hour")],
  ["day", timePart("day")],
  ["week", timePart("week")],
  ["month", timePart("month")],
  ["year", timePart("year")],
  ["fieldref", fieldref],
  ["expand", expand],
  ["base64", base64],
  ["base64offset", base64offset],
  ["wide", encode("le", [])],
  ["utf16le", encode("le", [])],
  ["utf16be", encode("be", [])],
  ["utf16", encode("le", [0xff, 0xfe])],
  ["windash", windash],
]);

export const MODIFIER_NAMES: readonly string[] = [...MODIFIERS.keys()];

/** Applies the modifiers in the written order. An unknown or repeated one is an error. */
export function applyModifiers(names: readonly string[], start: Value, chain: Chain): Value {
  let value = start;
  const seen = new Set<string>();
  for (const name of names) {
    const modifier = MODIFIERS.get(name);
    if (modifier === undefined)
      throw new SigmaError("unknown_modifier", chain.place, `unknown modifier "${name}"`);
    if (seen.has(name)) throw new SigmaError("modifier_conflict", chain.place, `"${name}" is written twice`);
    seen.add(name);
    value = applyOne(modifier, value, chain, name);
  }
  return value;
}

function applyOne(modifier: Modifier, value: Value, chain: Chain, name: string): Value {
  if (value.kind !== "variants") return modifier(value, chain, name);
  return { kind: "variants", values: value.values.map((one) => applyOne(modifier, one, chain, name)) };
}

/** The tests that a finished value stands for, to be linked by OR. */
export function toTests(value: Value, chain: Chain): Test[] {
  if (value.kind === "variants") return value.values.flatMap((one) => toTests(one, chain));
  if (value.kind === "test") return [finishTest(value.test, chain)];
  if (value.kind === "literal" && value.value === null) {
    if (chain.cased) throw conflict(chain, "cased", "with null");
    return [{ kind: "null" }];
  }
  return [{ kind: "text", pattern: mustText(value, chain, "").pattern, cased: chain.cased }];
}

function finishTest(test: Test, chain: Chain): Test {
  if (chain.cased && (test.kind === "exists" || test.kind === "compare" || test.kind === "cidr"))
    throw conflict(chain, "cased", `with a test for "${test.kind}"`);
  if (test.kind === "regex") compileRegex(test, chain.place, chain.reading.budget);
  if (test.kind === "compare" && test.part !== undefined) refuseNever(test.value, test.part, chain);
  if (test.kind === "fieldref") return { ...test, cased: chain.cased };
  return test;
}

/** What a clock and a calendar can show (appendix "Time Modifiers"; ISO 8601 has years with 53 weeks). */
const PART_RANGES: Readonly<Record<TimePart, readonly [number, number]>> = {
  minute: [0, 59],
  hour: [0, 23],
  day: [1, 31],
  week: [1, 53],
  month: [1, 12],
  year: [0, 9_999],
};

function refuseNever(value: number, part: TimePart, chain: Chain): void {
  const [least, most] = PART_RANGES[part];
  if (value < least || value > most)
    throw new SigmaError("bad_value", chain.place, `"${part}" is a number from ${least} to ${most}`);
}

// SPDX-License-Identifier: Apache-2.0
import { BlockList, isIP } from "node:net";
import { RE2JS } from "re2js";
import type { Expression, Test } from "../src/types.js";

/**
 * The slow, obvious evaluator: no slots, no caches, no index, every rule asked in full. The compiled engine must agree with it.
 */
export function matchesPlainly(expression: Expression, event: object): boolean {
  switch (expression.op) {
    case "and":
      return expression.args.every((arg) => matchesPlainly(arg, event));
    case "or":
      return expression.args.some((arg) => matchesPlainly(arg, event));
    case "not":
      return !matchesPlainly(expression.arg, event);
    default: {
      const values =
        expression.field === null ? everything(event) : lookUp(event, expression.field.split("."));
      return holdsPlainly(values, expression.test, event);
    }
  }
}

/** Undefined: there is no such field. */
function lookUp(holder: unknown, names: string[]): unknown[] | undefined {
  if (typeof holder !== "object" || holder === null || Array.isArray(holder)) return undefined;
  const [name = "", ...rest] = names;
  const entries = new Map(Object.entries(holder));
  if (!entries.has(name)) {
    const whole = names.join(".");
    return rest.length > 0 && entries.has(whole) ? valuesOf(entries.get(whole)) : undefined;
  }
  const value: unknown = entries.get(name);
  if (rest.length === 0) return valuesOf(value);
  if (!Array.isArray(value)) return lookUp(value, rest);
  const found = value.map((element) => lookUp(element, rest)).filter((one) => one !== undefined);
  return found.length === 0 ? undefined : found.flat();
}

function valuesOf(value: unknown): unknown[] | undefined {
  if (value === undefined) return undefined;
  return Array.isArray(value) ? value.flat(Number.POSITIVE_INFINITY) : [value];
}

function everything(value: unknown): unknown[] {
  if (Array.isArray(value)) return value.flatMap(everything);
  if (typeof value === "object" && value !== null) return Object.values(value).flatMap(everything);
  return [value];
}

function textOf(value: unknown): string | undefined {
  return typeof value === "string" || typeof value === "number" || typeof value === "boolean"
    ? String(value)
    : undefined;
}

function foldPlainly(text: string): string {
  return text.toLowerCase().split("ς").join("σ");
}

/** Wildcards by dynamic programming over code points. */
function globs(pattern: readonly (string | 1 | 2)[], text: string): boolean {
  const points = Array.from(text);
  const parts = pattern.flatMap((part): (string | 1 | 2)[] =>
    typeof part === "string" ? Array.from(part) : [part],
  );
  let reachable = new Set([0]);
  for (const part of parts) {
    const next = new Set<number>();
    for (const at of reachable) {
      if (part === 1) for (let i = at; i <= points.length; i++) next.add(i);
      else if (at < points.length && (part === 2 || part === points[at])) next.add(at + 1);
    }
    reachable = next;
  }
  return reachable.has(points.length);
}

function compares(operator: string, left: number, right: number): boolean {
  const sign = Math.sign(left - right);
  return (
    { lt: sign < 0, lte: sign <= 0, gt: sign > 0, gte: sign >= 0, eq: sign === 0, neq: sign !== 0 }[
      operator
    ] === true
  );
}

function isInside(network: string, text: string): boolean {
  const [address = "", bits = ""] = network.split("/");
  const family = isIP(address);
  // Node calls every v4 address a part of ::/0; here a network holds addresses of its own version only.
  if (family === 0 || isIP(text) !== family) return false;
  const list = new BlockList();
  list.addSubnet(address, Number(bits), family === 4 ? "ipv4" : "ipv6");
  return list.check(text, family === 4 ? "ipv4" : "ipv6");
}

const FLAGS: Readonly<Record<string, number>> = {
  i: RE2JS.CASE_INSENSITIVE,
  m: RE2JS.MULTILINE,
  s: RE2JS.DOTALL,
};

/** By writing the date in UTC and reading it off; the week by counting Mondays back to the year that Thursday is in. */
function partOf(value: unknown, part: string): number | undefined {
  const isText = typeof value === "string" && /^\d{4}-\d\d-\d\dT.*(Z|[+-]\d\d:\d\d)$/.test(value);
  if (!isText && typeof value !== "number") return undefined;
  const date = new Date(value);
  if (Number.isNaN(date.getTime())) return undefined;
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0] = (date.toISOString().match(/\d+/g) ?? []).map(
    Number,
  );
  const plain: Readonly<Record<string, number>> = { year, month, day, hour, minute };
  if (part !== "week") return plain[part];
  const thursday = new Date(Date.UTC(year, month - 1, day));
  while (thursday.getUTCDay() !== 4) {
    const isBehind = thursday.getUTCDay() === 0 || thursday.getUTCDay() > 4;
    thursday.setUTCDate(thursday.getUTCDate() + (isBehind ? -1 : 1));
  }
  let week = 1;
  const walk = new Date(thursday);
  walk.setUTCDate(walk.getUTCDate() - 7);
  for (; walk.getUTCFullYear() === thursday.getUTCFullYear(); walk.setUTCDate(walk.getUTCDate() - 7)) week++;
  return week;
}

function holdsPlainly(values: unknown[] | undefined, test: Test, event: object): boolean {
  const texts = (values ?? []).map(textOf).filter((text) => text !== undefined);
  switch (test.kind) {
    case "null":
      return values === undefined || values.length === 0 || values.includes(null);
    case "exists":
      return (values !== undefined) === test.value;
    case "text": {
      const prepare = test.cased ? (text: string) => text : foldPlainly;
      const pattern = test.pattern.map((part) => (typeof part === "string" ? prepare(part) : part));
      return texts.some((text) => globs(pattern, prepare(text)));
    }
    case "regex": {
      const flags = Array.from(test.flags).reduce((sum, flag) => sum | (FLAGS[flag] ?? 0), 0);
      return texts.some((text) => RE2JS.compile(test.source, flags).matcher(text).find());
    }
    case "cidr":
      return texts.some((text) => isInside(test.network, text));
    case "compare":
      return (values ?? []).some((value) => {
        if (test.part !== undefined) {
          const part = partOf(value, test.part);
          return part !== undefined && compares(test.operator, part, test.value);
        }
        const number = typeof value === "string" && /^[+-]?\d+(\.\d+)?$/.test(value) ? Number(value) : value;
        return typeof number === "number" && compares(test.operator, number, test.value);
      });
    default: {
      const prepare = test.cased ? (text: string) => text : foldPlainly;
      const others = (lookUp(event, test.field.split(".")) ?? [])
        .map(textOf)
        .filter((text) => text !== undefined);
      return texts.some((text) => others.some((other) => relates(test.mode, prepare(text), prepare(other))));
    }
  }
}

function relates(mode: string, left: string, right: string): boolean {
  if (mode === "startswith") return left.startsWith(right);
  if (mode === "endswith") return left.endsWith(right);
  return mode === "contains" ? left.includes(right) : left === right;
}

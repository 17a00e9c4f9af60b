// SPDX-License-Identifier: Apache-2.0
import { fold, toLiteral, ANY, type Pattern } from "../pattern.js";
import type { CompareOperator, Expression, Test, TimePart } from "../types.js";
import { MAPPED, toRange } from "./address.js";
import type { Fields } from "./fields.js";
import { patternRegex, toSameRegex } from "./regex.js";
import { link, type SqlWriter } from "./writer.js";

/** Beyond this depth of `and`, `or`, `not` a rule has no SQL; parsers of databases are recursive. */
const OPERATORS: Readonly<Record<CompareOperator, string>> = {
  lt: "<",
  lte: "<=",
  gt: ">",
  gte: ">=",
  eq: "=",
  neq: "<>",
};

const PARTS: Readonly<Record<TimePart, string>> = {
  minute: "tt_minute",
  hour: "tt_hour",
  day: "tt_day",
  week: "tt_week",
  month: "tt_month",
  year: "tt_year",
};

/** Writes the condition of a rule. Every part is true or false and never NULL, so that `not` turns it round. */
export class ConditionWriter {
  readonly #writer: SqlWriter;
  readonly #fields: Fields;

  constructor(writer: SqlWriter, fields: Fields) {
    this.#writer = writer;
    this.#fields = fields;
  }

  write(expression: Expression): string {
    switch (expression.op) {
      case "not":
        return `(NOT ${this.write(expression.arg)})`;
      case "and":
        return link(
          "AND",
          expression.args.map((arg) => this.write(arg)),
        );
      case "or":
        return link("OR", this.#alternatives(expression.args));
      default:
        return this.#test(expression.field, expression.test);
    }
  }

  /** Plain texts of one field are one question; some lists have thousands of them. */
  #alternatives(args: readonly Expression[]): string[] {
    const lists = new Map<string, string[]>();
    const rest: string[] = [];
    for (const arg of args) {
      const literal = arg.op === "test" && arg.test.kind === "text" ? toLiteral(arg.test.pattern) : undefined;
      if (arg.op !== "test" || arg.test.kind !== "text" || literal === undefined) {
        rest.push(this.write(arg));
        continue;
      }
      const { cased } = arg.test;
      const column = this.#fields.column(arg.field, cased ? "texts" : "folded");
      const list = lists.get(column) ?? [];
      lists.set(column, list);
      list.push(this.#writer.text(cased ? literal : fold(literal)));
    }
    const { dialect } = this.#writer;
    const asked = [...lists].map(([column, texts]) => dialect.overlaps(column, dialect.list(texts, "text")));
    return [...asked, ...rest];
  }

  #test(field: string | null, test: Test): string {
    const { dialect } = this.#writer;
    switch (test.kind) {
      case "text":
        return this.#text(field, test.pattern, test.cased);
      case "regex": {
        const regex = this.#writer.text(dialect.toRegex(toSameRegex(test.source, test.flags)));
        return dialect.any(this.#fields.column(field, "texts"), "x", dialect.finds("x", regex));
      }
      case "cidr":
        return this.#network(field, test.network);
      case "null": {
        const values = this.#fields.column(field, "values");
        return `(${dialect.length(values)} = 0 OR ${dialect.any(values, "x", "tt_is_null(x)")})`;
      }
      case "exists":
        return `(${dialect.length(this.#fields.column(field, "nodes"))} ${test.value ? ">" : "="} 0)`;
      case "compare": {
        const values = this.#fields.column(field, "values");
        const operator = OPERATORS[test.operator];
        if (test.part === undefined) {
          const holds = `coalesce(tt_number(x) ${operator} ${this.#writer.number(test.value)}, false)`;
          return dialect.any(values, "x", holds);
        }
        const minutes = dialect.map(values, "v", "tt_minutes(v)");
        const holds = `coalesce(${PARTS[test.part]}(x) ${operator} ${this.#writer.number(test.value)}, false)`;
        return dialect.any(minutes, "x", holds);
      }
      default:
        return this.#reference(field, test);
    }
  }

  #text(field: string | null, pattern: Pattern, cased: boolean): string {
    const { dialect } = this.#writer;
    const column = this.#fields.column(field, cased ? "texts" : "folded");
    const parts = cased ? pattern : pattern.map((part) => (typeof part === "string" ? fold(part) : part));
    const literal = toLiteral(parts);
    if (literal !== undefined)
      return dialect.overlaps(column, dialect.list([this.#writer.text(literal)], "text"));
    return dialect.any(column, "x", this.#wild(parts));
  }

  #wild(parts: Pattern): string {
    const { dialect } = this.#writer;
    const [a, b, c] = parts;
    if (parts.length === 1 && a === ANY) return "true";
    if (parts.length === 2 && typeof a === "string" && b === ANY)
      return dialect.startsWith("x", this.#writer.text(a));
    if (parts.length === 2 && a === ANY && typeof b === "string")
      return dialect.endsWith("x", this.#writer.text(b));
    if (parts.length === 3 && a === ANY && typeof b === "string" && c === ANY)
      return dialect.contains("x", this.#writer.text(b));
    return dialect.finds("x", this.#writer.text(patternRegex(parts)));
  }

  #network(field: string | null, network: string): string {
    const { dialect } = this.#writer;
    const { version, low, high } = toRange(network);
    const addresses = dialect.map(this.#fields.column(field, "texts"), "t", "tt_address(t)");
    const inside = `x BETWEEN ${this.#writer.text(low)} AND ${this.#writer.text(high)}`;
    // A v4 address is written as a v6 one here, but no v6 network holds it.
    const other = version === 6 ? ` AND NOT ${dialect.startsWith("x", this.#writer.text(MAPPED))}` : "";
    return dialect.any(addresses, "x", `coalesce(${inside}${other}, false)`);
  }

  #reference(field: string | null, test: Extract<Test, { kind: "fieldref" }>): string {
    const { dialect } = this.#writer;
    const stage = test.cased ? "texts" : "folded";
    const left = this.#fields.column(field, stage);
    const right = this.#fields.column(test.field, stage);
    if (test.mode === "equals") return dialect.overlaps(left, right);
    const relation = {
      startswith: dialect.startsWith("x", "y"),
      endswith: dialect.endsWith("x", "y"),
      contains: dialect.contains("x", "y"),
    }[test.mode];
    return dialect.any(left, "x", dialect.any(right, "y", relation));
  }
}

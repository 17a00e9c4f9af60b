// SPDX-License-Identifier: Apache-2.0
import type { SqlDialect } from "./dialect.js";

/** Why a rule or correlation has no SQL. It is not an error: the stream engine answers for it. */
export class Unsayable extends Error {
  constructor(reason: string) {
    super(reason);
    this.name = "Unsayable";
  }
}

/** A text that UTF-8 cannot hold: a database would see another one. */
const LONE = /[\uD800-\uDBFF](?![\uDC00-\uDFFF])|(?<![\uD800-\uDBFF])[\uDC00-\uDFFF]/;

/** Most different texts of one query. */
const MAX_PARAMETERS = 20_000;

/**
 * Collects what a query compares with. Whatever stands in a rule reaches the database only through `text`, beside the
 * query and never inside it; the rest of a query is text of this package.
 */
export class SqlWriter {
  readonly dialect: SqlDialect;
  readonly params: string[] = [];
  readonly #known = new Map<string, string>();

  constructor(dialect: SqlDialect) {
    this.dialect = dialect;
  }

  /** A placeholder for a text; the same text gets the same one. */
  text(value: string): string {
    const known = this.#known.get(value);
    if (known !== undefined) return known;
    if (LONE.test(value)) throw new Unsayable("a text holds half of a surrogate pair");
    if (this.params.length >= MAX_PARAMETERS) throw new Unsayable(`more than ${MAX_PARAMETERS} values`);
    const placeholder = this.dialect.parameter(this.params.push(value));
    this.#known.set(value, placeholder);
    return placeholder;
  }

  /** A placeholder for a number, whatever kind of number a driver would make of it. */
  number(value: number): string {
    return this.dialect.toDouble(this.text(String(value)));
  }

  /** A placeholder for the name of a member. */
  key(name: string): string {
    return this.text(this.dialect.toKey(name));
  }
}

/** Conditions linked in a balanced tree: parsers of databases go down a long chain link by link. */
export function link(operator: "AND" | "OR", conditions: readonly string[]): string {
  const [only] = conditions;
  if (only !== undefined && conditions.length === 1) return only;
  const half = Math.ceil(conditions.length / 2);
  return `(${link(operator, conditions.slice(0, half))} ${operator} ${link(operator, conditions.slice(half))})`;
}

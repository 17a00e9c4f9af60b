// SPDX-License-Identifier: Apache-2.0
import { QueryError } from "./error.js";
import { type Field, isGroup, readField } from "./fields.js";
import { FILTERS, type Filter } from "./filters/filters.js";
import { QUERY_LIMITS } from "./limits.js";
import type { Query, ValueToken } from "./query.js";
import { Scanner } from "./scanner.js";

/**
 * Reads a query. The empty text matches everything.
 *
 * @example parseQuery('action:authn_* AND NOT ip:10.0.0.0/8 "bad password" received:>now-24h')
 * @throws QueryError with code and position, and nothing else, whatever the text.
 */
export function parseQuery(text: string): Query {
  if (text.length > QUERY_LIMITS.chars) {
    throw new QueryError(
      "query_too_long",
      `A query has at most ${QUERY_LIMITS.chars} characters`,
      QUERY_LIMITS.chars,
    );
  }
  return new Parser(text).parse();
}

class Parser {
  readonly #scan: Scanner;
  #depth = 0;
  #terms = 0;

  constructor(text: string) {
    this.#scan = new Scanner(text);
  }

  parse(): Query {
    this.#scan.skipSpace();
    if (this.#scan.atEnd) return { kind: "all" };
    const query = this.#or(undefined);
    if (!this.#scan.atEnd) throw this.#unexpected("There is no open parenthesis to close");
    return query;
  }

  /** `field` is set inside `field:(…)`, where each term is a value of it. */
  #or(field: Field | undefined): Query {
    const items = [this.#and(field)];
    while (this.#takeOperator("OR", "||")) items.push(this.#and(field));
    return join("or", items);
  }

  #and(field: Field | undefined): Query {
    const items = [this.#unary(field)];
    for (;;) {
      if (this.#takeOperator("AND", "&&")) items.push(this.#unary(field));
      else if (this.#scan.atEnd || this.#scan.peek() === ")" || this.#startsOr()) return join("and", items);
      else items.push(this.#unary(field));
    }
  }

  #takeOperator(word: string, sign: string): boolean {
    this.#scan.skipSpace();
    return this.#scan.takeWord(word) || this.#scan.takeWord(sign);
  }

  #startsOr(): boolean {
    const { position } = this.#scan;
    const found = this.#takeOperator("OR", "||");
    this.#scan.position = position;
    return found;
  }

  #unary(field: Field | undefined): Query {
    this.#scan.skipSpace();
    if (this.#takesNot()) return this.#nested(() => ({ kind: "not", item: this.#unary(field) }));
    const { position } = this.#scan;
    if (this.#scan.take("(")) return this.#nested(() => this.#group(field, position));
    const next = this.#scan.peek();
    if (next === "" || next === ")" || this.#isOperator()) {
      throw new QueryError("missing_term", "A search term is missing here", position);
    }
    if (++this.#terms > QUERY_LIMITS.terms) {
      throw new QueryError("too_many_terms", `A query has at most ${QUERY_LIMITS.terms} terms`, position);
    }
    return field === undefined ? this.#term() : this.#value(field);
  }

  /** `NOT` as a word, or `-` and `!` directly before a term. */
  #takesNot(): boolean {
    if (this.#scan.takeWord("NOT")) return true;
    const sign = this.#scan.peek();
    const next = this.#scan.text.charAt(this.#scan.position + 1);
    if ((sign !== "-" && sign !== "!") || next === "" || /[\s)]/.test(next)) return false;
    this.#scan.position++;
    return true;
  }

  #isOperator(): boolean {
    const { position } = this.#scan;
    const found = ["AND", "OR", "&&", "||"].some((word) => this.#scan.takeWord(word));
    this.#scan.position = position;
    return found;
  }

  #group(field: Field | undefined, position: number): Query {
    const query = this.#or(field);
    this.#scan.skipSpace();
    if (!this.#scan.take(")"))
      throw new QueryError("unclosed_group", "This parenthesis is not closed", position);
    return query;
  }

  #nested(parse: () => Query): Query {
    if (++this.#depth > QUERY_LIMITS.depth) {
      const message = `Parentheses and NOTs go at most ${QUERY_LIMITS.depth} deep`;
      throw new QueryError("query_too_deep", message, this.#scan.position);
    }
    const query = parse();
    this.#depth--;
    return query;
  }

  #term(): Query {
    const { position } = this.#scan;
    const name = this.#scan.peek() === '"' ? undefined : this.#scan.takeField();
    if (name === undefined) return this.#word();
    if (name === "_exists_") return this.#exists();
    if (isGroup(name) && this.#scan.peek() === "*") {
      this.#scan.position++;
      return { kind: "exists", field: name };
    }
    const field = readField(name, position);
    const open = this.#scan.position;
    if (this.#scan.take("(")) return this.#nested(() => this.#group(field, open));
    return this.#value(field);
  }

  #word(): Query {
    const token = this.#scan.takeValue(true);
    if (token.type !== "plain") throw this.#unexpected("A word is expected here");
    if (token.glob.length === 0)
      throw new QueryError("missing_term", "An empty text finds nothing", token.position);
    if (token.glob.length === 1 && token.glob[0] === "*") return { kind: "all" };
    return { kind: "text", glob: token.glob };
  }

  #exists(): Query {
    const { position } = this.#scan;
    const name = this.#scan.takeName();
    if (name === "") throw new QueryError("missing_value", "The name of a field is missing here", position);
    return { kind: "exists", field: isGroup(name) ? name : readField(name, position).name };
  }

  #value(field: Field): Filter {
    const next = this.#scan.peek();
    if (next === "" || next === ")" || /\s/.test(next)) {
      throw new QueryError("missing_value", `"${field.name}:" needs a value`, this.#scan.position);
    }
    return readValue(field, this.#scan.takeValue());
  }

  #unexpected(message: string): QueryError {
    return new QueryError("unexpected_character", message, this.#scan.position);
  }
}

function readValue(field: Field, token: ValueToken): Filter {
  for (const kind of Object.values(FILTERS)) {
    const filter = kind.read(field, token);
    if (filter !== undefined) return filter;
  }
  throw new QueryError("bad_field", `"${field.name}" cannot be asked this way`, token.position);
}

function join(kind: "and" | "or", items: readonly Query[]): Query {
  const flat = items.flatMap((item) => (item.kind === kind ? item.items : [item]));
  const [only] = flat;
  return flat.length === 1 && only !== undefined ? only : { kind, items: flat };
}

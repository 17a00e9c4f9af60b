// SPDX-License-Identifier: Apache-2.0
import { SigmaError, type Place } from "./errors.js";
import type { Expression } from "./types.js";

const MAX_LENGTH = 20_000;
const MAX_DEPTH = 64;
const WORD = /[\p{L}\p{N}_*.-]/u;

/** A condition is only words, parentheses and the pipe of the abolished aggregations. */
function tokenize(text: string, place: Place): string[] {
  const tokens: string[] = [];
  for (let i = 0; i < text.length; ) {
    const char = text[i] ?? "";
    if (/\s/.test(char)) i++;
    else if (char === "(" || char === ")") {
      tokens.push(char);
      i++;
    } else if (char === "|")
      throw new SigmaError(
        "aggregation_obsolete",
        place,
        `"|" aggregations were abolished in Sigma 2: write a correlation (type: event_count for count(), value_count for count(field), temporal for near)`,
      );
    else {
      let end = i;
      while (end < text.length && WORD.test(text[end] ?? "")) end++;
      if (end === i)
        throw new SigmaError("bad_condition", place, `"${char}" at character ${i + 1} has no meaning here`);
      tokens.push(text.slice(i, end));
      i = end;
    }
  }
  return tokens;
}

/** Parses a condition over the named search identifiers (specification 2.1, "Condition"): or < and < not < x of < parentheses. */
export function parseCondition(
  text: string,
  place: Place,
  identifiers: ReadonlyMap<string, Expression>,
): Expression {
  if (text.length > MAX_LENGTH)
    throw new SigmaError("too_large", place, `longer than ${MAX_LENGTH} characters`);
  return new ConditionParser(tokenize(text, place), place, identifiers).parse();
}

class ConditionParser {
  readonly #tokens: readonly string[];
  readonly #place: Place;
  readonly #identifiers: ReadonlyMap<string, Expression>;
  #at = 0;
  #depth = 0;

  constructor(tokens: readonly string[], place: Place, identifiers: ReadonlyMap<string, Expression>) {
    this.#tokens = tokens;
    this.#place = place;
    this.#identifiers = identifiers;
  }

  parse(): Expression {
    const expression = this.#chain("or");
    const left = this.#tokens[this.#at];
    if (left !== undefined) throw this.#error(`"${left}" is not expected here`);
    return expression;
  }

  #error(message: string): SigmaError {
    return new SigmaError("bad_condition", this.#place, message);
  }

  #takeWord(word: string): boolean {
    if (this.#tokens[this.#at]?.toLowerCase() !== word) return false;
    this.#at++;
    return true;
  }

  #chain(op: "or" | "and"): Expression {
    const next = (): Expression => (op === "or" ? this.#chain("and") : this.#not());
    const args = [next()];
    while (this.#takeWord(op)) args.push(next());
    return toChain(op, args);
  }

  #not(): Expression {
    let negations = 0;
    while (this.#takeWord("not")) negations++;
    const expression = this.#operand();
    return negations % 2 === 1 ? { op: "not", arg: expression } : expression;
  }

  #operand(): Expression {
    const token = this.#tokens[this.#at++];
    if (token === undefined) throw this.#error("ends too early");
    if (token === "(") {
      if (++this.#depth > MAX_DEPTH) throw new SigmaError("too_deep", this.#place, "too many parentheses");
      const inner = this.#chain("or");
      if (this.#tokens[this.#at++] !== ")") throw this.#error(`misses a ")"`);
      this.#depth--;
      return inner;
    }
    if (this.#tokens[this.#at]?.toLowerCase() === "of") return this.#selector(token.toLowerCase());
    const expression = this.#identifiers.get(token);
    if (expression !== undefined) return expression;
    if (["and", "or", "not", "of", ")"].includes(token.toLowerCase()))
      throw this.#error(`"${token}" is not expected here`);
    throw new SigmaError("unknown_identifier", this.#place, `"${token}" is not defined in detection`);
  }

  /** `1 of x*`, `any of x*`, `all of x*`, `… of them`. Names that begin with an underscore take no part. */
  #selector(quantifier: string): Expression {
    this.#at++;
    const pattern = this.#tokens[this.#at++];
    if (pattern === undefined || pattern === "(" || pattern === ")")
      throw this.#error(`"of" must be followed by "them" or a name`);
    if (quantifier !== "1" && quantifier !== "any" && quantifier !== "all") {
      const code = /^\d+$/.test(quantifier) ? "unsupported" : "bad_condition";
      throw new SigmaError(code, this.#place, `"${quantifier} of": only "1 of", "any of" and "all of" exist`);
    }
    const chosen: Expression[] = [];
    for (const [name, expression] of this.#identifiers) {
      if (name.startsWith("_")) continue;
      if (pattern.toLowerCase() === "them" || matchesName(pattern, name)) chosen.push(expression);
    }
    if (chosen.length === 0)
      throw new SigmaError(
        "empty_selector",
        this.#place,
        `"${quantifier} of ${pattern}" fits no name in detection`,
      );
    return toChain(quantifier === "all" ? "and" : "or", chosen);
  }
}

/** `*` may stand anywhere. Leftmost search of each piece is enough, so there is no backtracking. */
function matchesName(pattern: string, name: string): boolean {
  const pieces = pattern.split("*");
  const first = pieces[0] ?? "";
  if (pieces.length === 1) return name === first;
  const last = pieces.at(-1) ?? "";
  if (!name.startsWith(first) || !name.endsWith(last)) return false;
  let at = first.length;
  for (const piece of pieces.slice(1, -1)) {
    const found = name.indexOf(piece, at);
    if (found < 0) return false;
    at = found + piece.length;
  }
  return at + last.length <= name.length;
}

/** An `and` or `or` of its arguments; one argument stands for itself. */
export function toChain(op: "and" | "or", args: readonly Expression[]): Expression {
  const [only] = args;
  return args.length === 1 && only !== undefined ? only : { op, args };
}

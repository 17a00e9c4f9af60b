// SPDX-License-Identifier: Apache-2.0
import { QueryError } from "./error.js";
import { isSpecial } from "./format-value.js";
import { type GlobPart, isLiteral, literalOf, toGlob } from "./glob.js";
import { QUERY_LIMITS } from "./limits.js";
import type { CompareOp, ValueToken } from "./query.js";

/** Reads the small parts of a query from its text, left to right, each character once or twice. */
export class Scanner {
  readonly text: string;
  position = 0;

  constructor(text: string) {
    this.text = text;
  }

  get atEnd(): boolean {
    return this.position >= this.text.length;
  }

  /** The character at the position, "" at the end. */
  peek(): string {
    return this.text.charAt(this.position);
  }

  skipSpace(): void {
    while (!this.atEnd && isSpace(this.peek())) this.position++;
  }

  /** Takes the character if it comes next. */
  take(char: string): boolean {
    if (this.peek() !== char) return false;
    this.position++;
    return true;
  }

  /** Takes an upper-case operator if it stands here as a word of its own. */
  takeWord(word: string): boolean {
    if (!this.text.startsWith(word, this.position)) return false;
    const next = this.text.charAt(this.position + word.length);
    if (next !== "" && !isSpace(next) && next !== "(" && next !== ")" && next !== '"') return false;
    this.position += word.length;
    return true;
  }

  /** The raw field name before a colon, colon taken; `undefined`, and nothing taken, when a plain word stands here. */
  takeField(): string | undefined {
    const start = this.position;
    let at = start;
    for (; at < this.text.length; at++) {
      const char = this.text.charAt(at);
      if (char === ":") break;
      if (char === "\\") at++;
      else if (char === '"' && this.#opensName(start, at)) at = this.#endOfName(at);
      else if (isSpace(char) || char === "(" || char === ")" || char === '"') return undefined;
    }
    if (at >= this.text.length) return undefined;
    this.position = at + 1;
    return this.text.slice(start, at);
  }

  /** The raw name after `_exists_:`. */
  takeName(): string {
    const start = this.position;
    while (!this.atEnd) {
      const char = this.peek();
      if (char === '"' && this.#opensName(start, this.position)) {
        this.position = Math.min(this.#endOfName(this.position) + 1, this.text.length);
      } else if (isSpace(char) || char === "(" || char === ")" || char === '"') break;
      else this.position += char === "\\" ? 2 : 1;
    }
    this.position = Math.min(this.position, this.text.length);
    this.#expectBoundary();
    return this.text.slice(start, this.position);
  }

  /** A quote opens a name inside a path in data, as in `data."order id"`. */
  #opensName(start: number, at: number): boolean {
    return this.text.charAt(at - 1) === "." && /^data[.]/i.test(this.text.slice(start, start + 5));
  }

  #endOfName(open: number): number {
    let at = open + 1;
    while (at < this.text.length && this.text.charAt(at) !== '"') at += this.text.charAt(at) === "\\" ? 2 : 1;
    return at;
  }

  /** A value as it stands after a colon, or a word of free text. */
  takeValue(free = false): ValueToken {
    const position = this.position;
    const first = this.peek();
    if (first === '"') return this.#plain([{ text: this.#takeQuoted() }], true, position);
    if (!free && (first === "[" || first === "{")) return this.#takeRange(position);
    if (!free && (first === ">" || first === "<")) {
      this.position++;
      const op = (first + (this.take("=") ? "=" : "")) as CompareOp;
      return { type: "compare", op, text: this.#takeBound(/[\s()"]/), position };
    }
    return this.#plain(this.#takeBare(/[\s()"]/), false, position);
  }

  #plain(parts: readonly GlobPart[], quoted: boolean, position: number): ValueToken {
    this.#expectBoundary();
    const glob = toGlob(parts);
    const length = this.position - position;
    if (length === 0) throw new QueryError("missing_value", "A value is missing here", position);
    if (length > QUERY_LIMITS.valueChars) {
      throw new QueryError(
        "value_too_long",
        `A value has at most ${QUERY_LIMITS.valueChars} characters`,
        position,
      );
    }
    if (glob.filter((part) => typeof part !== "object").length > QUERY_LIMITS.wildcards) {
      throw new QueryError(
        "too_many_wildcards",
        `A value has at most ${QUERY_LIMITS.wildcards} wildcards`,
        position,
      );
    }
    return { type: "plain", glob, quoted, position };
  }

  #takeQuoted(): string {
    const start = this.position++;
    let text = "";
    while (!this.atEnd) {
      const char = this.peek();
      this.position++;
      if (char === '"') return text;
      const next = this.peek();
      // Only the two characters that need it are escaped, so that C:\temp can be pasted.
      if (char === "\\" && (next === '"' || next === "\\")) {
        text += next;
        this.position++;
      } else text += char;
    }
    throw new QueryError("unclosed_quote", "This quote is not closed", start);
  }

  #takeBare(stop: RegExp): GlobPart[] {
    const parts: GlobPart[] = [];
    while (!this.atEnd && !stop.test(this.peek())) {
      const char = this.peek();
      const next = this.text.charAt(this.position + 1);
      this.position++;
      if (char === "*" || char === "?") parts.push(char);
      else if (char === "\\" && isSpecial(next)) {
        parts.push({ text: next });
        this.position++;
      } else parts.push({ text: char });
    }
    return parts;
  }

  #takeBound(stop: RegExp): string {
    const position = this.position;
    if (this.peek() === '"') return this.#takeQuoted();
    const glob = toGlob(this.#takeBare(stop));
    if (glob.length === 0) throw new QueryError("missing_value", "A value is missing here", position);
    if (!isLiteral(glob)) throw new QueryError("bad_range", "A bound has no wildcards", position);
    return literalOf(glob);
  }

  #takeRange(position: number): ValueToken {
    const fromInside = this.peek() === "[";
    this.position++;
    this.skipSpace();
    const from = this.#takeEdge(position);
    this.skipSpace();
    if (!this.takeWord("TO")) {
      throw new QueryError(
        this.atEnd ? "unclosed_range" : "bad_range",
        "A range is written [a TO b]",
        position,
      );
    }
    this.skipSpace();
    const to = this.#takeEdge(position);
    this.skipSpace();
    const toInside = this.take("]");
    if (!toInside && !this.take("}")) {
      throw new QueryError("unclosed_range", "This range is not closed: [a TO b]", position);
    }
    this.#expectBoundary();
    return { type: "range", from, to, fromInside, toInside, position };
  }

  /** A bound of a range, `null` for `*`. */
  #takeEdge(position: number): string | null {
    if (this.atEnd) throw new QueryError("unclosed_range", "This range is not closed: [a TO b]", position);
    const next = this.text.charAt(this.position + 1);
    if (this.peek() === "*" && (isSpace(next) || next === "]" || next === "}")) {
      this.position++;
      return null;
    }
    return this.#takeBound(/[\s()"\]}]/);
  }

  /** After a value comes a space, a parenthesis or the end: `a"b"` is more likely a slip than two words. */
  #expectBoundary(): void {
    const next = this.peek();
    if (next === "" || isSpace(next) || next === ")") return;
    throw new QueryError(
      "unexpected_character",
      `"${next}" is not expected here; quote the value or put a space`,
      this.position,
    );
  }
}

function isSpace(char: string): boolean {
  return /^\s$/.test(char);
}

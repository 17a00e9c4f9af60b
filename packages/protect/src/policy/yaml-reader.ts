// SPDX-License-Identifier: Apache-2.0
import { isMap, isScalar, isSeq, LineCounter, type Node, parseAllDocuments, visit } from "yaml";
import { PolicyError, type PolicyErrorCode } from "./policy-error.js";

const MOST_BYTES = 256 * 1024;
const LONGEST_TEXT = 4096;
/** Of a key in a message. */
const LONGEST_SHOWN = 60;

/** A value in the file, with its place. */
export class YamlValue {
  readonly #lines: LineCounter;
  readonly #node: Node | null;
  readonly #at: Node | null;

  /** `at`: where an error is, when the value has no place of its own. */
  constructor(lines: LineCounter, node: unknown, at: unknown) {
    this.#lines = lines;
    this.#node = (node ?? null) as Node | null;
    this.#at = (at ?? null) as Node | null;
  }

  fail(code: PolicyErrorCode, message: string): never {
    const offset = this.#node?.range?.[0] ?? this.#at?.range?.[0] ?? 0;
    const { line, col } = this.#lines.linePos(offset);
    throw new PolicyError(code, { line: Math.max(1, line), column: Math.max(1, col) }, message);
  }

  isMap(): boolean {
    return isMap(this.#node);
  }

  /** The entries of a mapping, in their order. At most `most`. */
  entries(name: string, most: number): { key: string; keyAt: YamlValue; value: YamlValue }[] {
    const node = this.#node;
    if (!isMap(node)) return this.fail("bad_value", `${name} must be a mapping`);
    if (node.items.length > most) this.fail("too_many", `${name} has more than ${most} entries`);
    return node.items.map(({ key, value }) => {
      const keyAt = new YamlValue(this.#lines, key, node);
      return { key: keyAt.text("a key"), keyAt, value: new YamlValue(this.#lines, value, key) };
    });
  }

  /** A mapping whose keys are all known. */
  record<const K extends string>(name: string, known: readonly K[]): Partial<Record<K, YamlValue>> {
    const found: Partial<Record<K, YamlValue>> = {};
    for (const { key, keyAt, value } of this.entries(name, known.length + 1)) {
      const mine = known.find((each) => each === key);
      if (mine === undefined) {
        const shown = key.length > LONGEST_SHOWN ? `${key.slice(0, LONGEST_SHOWN)}…` : key;
        return keyAt.fail("unknown_key", `"${shown}" is not known here; known are ${known.join(", ")}`);
      }
      found[mine] = value;
    }
    return found;
  }

  /** The elements of a list. At most `most`. */
  list(name: string, most: number): YamlValue[] {
    const node = this.#node;
    if (!isSeq(node)) return this.fail("bad_value", `${name} must be a list`);
    if (node.items.length > most) this.fail("too_many", `${name} has more than ${most} entries`);
    return node.items.map((item) => new YamlValue(this.#lines, item, node));
  }

  text(name: string): string {
    const value = this.#scalar(name);
    if (typeof value !== "string" || value === "")
      this.fail("bad_value", `${name} must be a text (put it in quotes)`);
    if (value.length > LONGEST_TEXT)
      this.fail("bad_value", `${name} may have at most ${LONGEST_TEXT} characters`);
    return value;
  }

  flag(name: string): boolean {
    const value = this.#scalar(name);
    return typeof value === "boolean" ? value : this.fail("bad_value", `${name} must be true or false`);
  }

  /** Exactly this number. */
  mustBe(name: string, expected: number): void {
    if (this.#scalar(name) !== expected) this.fail("bad_value", `${name} must be ${expected}`);
  }

  oneOf<const T extends string>(name: string, values: readonly T[]): T {
    const written = this.#scalar(name);
    return (
      values.find((each) => each === written) ??
      this.fail("bad_value", `${name} must be one of ${values.join(", ")}`)
    );
  }

  #scalar(name: string): unknown {
    const node = this.#node;
    if (!isScalar(node)) return this.fail("bad_value", `${name} must be a single value`);
    return node.value;
  }
}

/** The one document of a file. Throws {@link PolicyError} for what is no plain YAML of bounded size. */
export function readYaml(text: string): YamlValue {
  // No character is shorter than a byte, and the parser is not run on what is too long.
  if (text.length > MOST_BYTES || new TextEncoder().encode(text).length > MOST_BYTES)
    throw new PolicyError(
      "too_large",
      { line: 1, column: 1 },
      `a policy may have at most ${MOST_BYTES} bytes`,
    );
  const lines = new LineCounter();
  const documents = parseAllDocuments(text, { lineCounter: lines, strict: true, uniqueKeys: true });
  const place = (offset: number): { line: number; column: number } => {
    const { line, col } = lines.linePos(offset);
    return { line: Math.max(1, line), column: Math.max(1, col) };
  };
  const [document, second] = Array.isArray(documents) ? documents : [];
  const [error] = [...(document?.errors ?? []), ...(document?.warnings ?? []), ...(second?.errors ?? [])];
  if (error !== undefined)
    throw new PolicyError("bad_yaml", place(error.pos[0]), `this is no valid YAML (${error.code})`);
  if (document === undefined || second !== undefined)
    throw new PolicyError("bad_yaml", place(second?.range?.[0] ?? 0), "a policy is one document");
  visit(document, {
    // An alias inside an alias inside an alias is a small file that is huge when it is read.
    Alias(_, node) {
      throw new PolicyError("bad_yaml", place(node.range?.[0] ?? 0), "aliases (*) are not taken here");
    },
    Node(_, node) {
      if (node.tag !== undefined && "range" in node && node.range != null && isTagged(text, node.range[0]))
        throw new PolicyError("bad_yaml", place(node.range[0]), "tags (!) are not taken here");
    },
  });
  return new YamlValue(lines, document.contents, undefined);
}

function isTagged(text: string, offset: number): boolean {
  return text.charCodeAt(offset) === 33;
}

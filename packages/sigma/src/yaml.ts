// SPDX-License-Identifier: Apache-2.0
import { isAlias, isMap, isScalar, isSeq, LineCounter, parseAllDocuments, Scalar } from "yaml";
import type { Document, Node } from "yaml";
import { SigmaError, type Place, type SigmaErrorCode } from "./errors.js";

export type ScalarValue = string | number | boolean | null;

export interface ScalarNode {
  readonly kind: "scalar";
  readonly place: Place;
  readonly value: ScalarValue;
}
export interface ListNode {
  readonly kind: "list";
  readonly place: Place;
  readonly items: readonly YamlNode[];
}
export interface MapNode {
  readonly kind: "map";
  readonly place: Place;
  /** A Map, so that `__proto__` and `constructor` are keys like any other. */
  readonly entries: ReadonlyMap<string, YamlNode>;
}
/** A YAML value that knows where it stands. The parsers work on this and never see the YAML library. */
export type YamlNode = ScalarNode | ListNode | MapNode;

/** Bounds on a rule file. The largest public rule file has 4,432 values in 230 kB. */
export const YAML_LIMITS = {
  characters: 1024 * 1024,
  separators: 60_000,
  brackets: 2_000,
  nodes: 200_000,
  depth: 64,
  aliases: 100,
  documents: 1_000,
};

interface Reader {
  readonly file: string;
  readonly lines: LineCounter;
  readonly document: Document;
  budget: { nodes: number; aliases: number };
}

/**
 * Reads every document of a YAML 1.2 file. Throws SigmaError and nothing else.
 * Hostile input: the size is checked before the library sees the text; its quadratic duplicate-key check is replaced by a Set;
 * nesting that overflows its stack is caught like any other of its errors; every node that an alias repeats is paid for from one budget, so a "billion laughs" ends at the limit.
 */
export function parseYaml(text: string, file: string): YamlNode[] {
  const fail = (code: SigmaErrorCode, line: number, message: string, cause?: unknown): SigmaError =>
    new SigmaError(code, { file, line, key: "" }, message, { cause });
  if (text.length > YAML_LIMITS.characters)
    throw fail("too_large", 1, `longer than ${YAML_LIMITS.characters} characters`);
  if (countSeparators(text) > YAML_LIMITS.separators)
    throw fail("too_large", 1, `more than ${YAML_LIMITS.separators} lines and commas`);
  if (deepestBracket(text) > YAML_LIMITS.brackets)
    throw fail("too_deep", 1, `more than ${YAML_LIMITS.brackets} brackets are open at once`);
  const lines = new LineCounter();
  let documents: Document[];
  try {
    documents = [
      ...parseAllDocuments(text, {
        lineCounter: lines,
        uniqueKeys: false,
        prettyErrors: false,
        logLevel: "silent",
      }),
    ];
  } catch (cause) {
    throw fail("yaml_invalid", 1, "cannot be read as YAML", cause);
  }
  if (documents.length > YAML_LIMITS.documents)
    throw fail("too_large", 1, `more than ${YAML_LIMITS.documents} documents`);
  const budget = { nodes: YAML_LIMITS.nodes, aliases: YAML_LIMITS.aliases };
  const roots: YamlNode[] = [];
  for (const document of documents) {
    const [error] = document.errors;
    if (error !== undefined)
      throw fail("yaml_invalid", lines.linePos(error.pos[0]).line, error.message, error);
    if (document.contents === null) continue;
    roots.push(convert({ file, lines, document, budget }, document.contents, "", 0));
  }
  return roots;
}

/** New values begin after a line end or a comma, so this bounds the work of the library before it begins. */
function countSeparators(text: string): number {
  let count = 0;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code === 0x0a || code === 0x2c) count++;
  }
  return count;
}

/** Open `[` and `{` at the deepest place. Those inside quotes are counted too, hence a limit far above what nesting needs. */
function deepestBracket(text: string): number {
  let open = 0;
  let deepest = 0;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code === 0x5b || code === 0x7b) deepest = Math.max(deepest, ++open);
    else if ((code === 0x5d || code === 0x7d) && open > 0) open--;
  }
  return deepest;
}

function convert(reader: Reader, node: unknown, key: string, depth: number): YamlNode {
  const place = placeOf(reader, node as Node, key);
  reader.budget.nodes--;
  if (reader.budget.nodes < 0)
    throw new SigmaError("too_large", place, `more than ${YAML_LIMITS.nodes} values`);
  if (depth > YAML_LIMITS.depth)
    throw new SigmaError("too_deep", place, `nested deeper than ${YAML_LIMITS.depth}`);
  if (isAlias(node)) {
    reader.budget.aliases--;
    if (reader.budget.aliases < 0)
      throw new SigmaError("too_large", place, `more than ${YAML_LIMITS.aliases} aliases`);
    const target = node.resolve(reader.document);
    if (target === undefined) throw new SigmaError("yaml_invalid", place, "alias without an anchor");
    return convert(reader, target, key, depth + 1);
  }
  if (isScalar(node)) return { kind: "scalar", place, value: scalarValue(node, place) };
  if (isSeq(node))
    return { kind: "list", place, items: node.items.map((item) => convert(reader, item, key, depth + 1)) };
  if (isMap(node)) {
    const entries = new Map<string, YamlNode>();
    for (const pair of node.items) {
      const name = keyText(reader, pair.key, place);
      const path = key === "" ? name : `${key}.${name}`;
      const at = placeOf(reader, pair.key as Node, path);
      if (entries.has(name)) throw new SigmaError("duplicate_key", at, "written twice");
      const value = pair.value === null ? emptyScalar(at) : convert(reader, pair.value, path, depth + 1);
      entries.set(name, { ...value, place: { ...value.place, line: at.line, key: path } });
    }
    return { kind: "map", place, entries };
  }
  throw new SigmaError("yaml_invalid", place, "not a value");
}

function emptyScalar(place: Place): ScalarNode {
  return { kind: "scalar", place, value: null };
}

function placeOf(reader: Reader, node: Node | null | undefined, key: string): Place {
  const start = node?.range?.[0] ?? 0;
  return { file: reader.file, line: Math.max(1, reader.lines.linePos(start).line), key };
}

/**
 * A plain scalar is a number only when it is written the way a number prints: `00000429`, `0x10` and `1.50` stay text,
 * because a rule's author means the characters and events carry them as text.
 */
function scalarValue(node: Scalar, place: Place): ScalarValue {
  const { value, source, type } = node;
  if (value === null || typeof value === "string" || typeof value === "boolean") return value;
  if (typeof value === "number") {
    if (type === Scalar.PLAIN && source !== undefined && String(value) !== source) return source;
    return value;
  }
  throw new SigmaError("wrong_type", place, "only text, numbers, booleans and null can be used here");
}

function keyText(reader: Reader, key: unknown, parent: Place): string {
  if (isScalar(key)) {
    if (typeof key.value === "string") return key.value;
    if (key.source !== undefined) return key.source;
    return String(key.value);
  }
  throw new SigmaError("wrong_type", placeOf(reader, key as Node, parent.key), "a key must be text");
}

/** The value as plain data, for keys that are kept but not understood. */
export function toPlain(node: YamlNode): unknown {
  if (node.kind === "scalar") return node.value;
  if (node.kind === "list") return node.items.map(toPlain);
  return Object.fromEntries([...node.entries].map(([name, value]) => [name, toPlain(value)]));
}

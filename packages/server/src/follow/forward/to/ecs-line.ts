// SPDX-License-Identifier: Apache-2.0
import { toEcs, type SecurityEvent } from "@telltale/event";

/** A field of an ECS document: the names down to it, and its value as JSON. */
interface Leaf {
  readonly path: readonly string[];
  readonly json: string;
}

/** Fields that tell an event from others and stay in every line. */
const KEPT = new Set([
  "@timestamp",
  "ecs.version",
  "event.kind",
  "event.action",
  "event.outcome",
  "event.id",
  "telltale.address",
  "telltale.level",
]);
const KEPT_CHARS = 256;
/** A sender's `data` may hold thousands of names; Wazuh 4 decodes 256 fields of one line by default. */
const MAX_FIELDS = 200;
const MARK: Leaf = { path: ["telltale", "shortened"], json: "true" };

/**
 * The event as ECS in one line of JSON of at most `maxBytes`. When it is longer, the largest fields go first and
 * `telltale.shortened` says so; `telltale.address` says where the whole event is.
 *
 * `flat`: one object without objects inside, named by dotted names, as agents like it. Lists of objects are JSON texts
 * then. `ascii`: other characters are written as JSON escapes.
 */
export function toEcsLine(
  event: SecurityEvent,
  address: string,
  form: { readonly flat: boolean; readonly ascii: boolean; readonly maxBytes: number },
): string {
  const document = toEcs(event, address);
  if (!form.flat) {
    const json = JSON.stringify(document);
    const line = form.ascii ? escapeToAscii(json) : json;
    if (Buffer.byteLength(line) <= form.maxBytes) return line;
  }
  const leaves = collect(document, form);
  const write = form.flat ? writeFlat : writeNested;
  const whole = write(leaves);
  if (leaves.length <= MAX_FIELDS && Buffer.byteLength(whole) <= form.maxBytes) return whole;
  const kept = shorten(leaves, form.maxBytes, (part) => Buffer.byteLength(write(part)));
  return write(kept);
}

function collect(document: object, { flat, ascii }: { flat: boolean; ascii: boolean }): Leaf[] {
  const leaves: Leaf[] = [];
  const toJson = (value: unknown): string => {
    const json = JSON.stringify(value);
    return ascii ? escapeToAscii(json) : json;
  };
  // The mapping's depth, then that of `data`, which is bounded where events come in.
  const visit = (value: unknown, path: readonly string[]): void => {
    if (isPlainObject(value) && path.length < MAX_DEPTH) {
      for (const [key, child] of Object.entries(value)) visit(child, [...path, key]);
    } else if (flat && (isPlainObject(value) || (Array.isArray(value) && value.some(isObject)))) {
      leaves.push({ path, json: toJson(JSON.stringify(value)) });
    } else if (value !== undefined) {
      leaves.push({ path, json: toJson(value) });
    }
  };
  visit(document, []);
  return leaves;
}

const MAX_DEPTH = 40;

function isObject(value: unknown): boolean {
  return typeof value === "object" && value !== null;
}

function isPlainObject(value: unknown): value is Record<string, unknown> {
  return isObject(value) && !Array.isArray(value);
}

const BEYOND_ASCII = /[\u007f-\uffff]/;

/** Every UTF-16 unit beyond ASCII as an escape: the same JSON value in seven bits. */
function escapeToAscii(json: string): string {
  // Almost no text needs it.
  if (!BEYOND_ASCII.test(json)) return json;
  return json.replace(/[\u007f-\uffff]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`);
}

/** The smaller fields, as many as fit, in their order; and the mark. */
function shorten(
  leaves: readonly Leaf[],
  maxBytes: number,
  sizeOf: (part: readonly Leaf[]) => number,
): Leaf[] {
  const mustStay = leaves.filter((each) => KEPT.has(each.path.join("."))).map(limit);
  // An upper bound of what a field adds; names in front are counted for each field, though nested ones share them.
  const cost = (leaf: Leaf): number => Buffer.byteLength(leaf.json) + 5 * leaf.path.length + nameBytes(leaf);
  let room = maxBytes - sizeOf([...mustStay, MARK]);
  const fitting = new Set<Leaf>();
  const others = leaves.filter((each) => !KEPT.has(each.path.join(".")));
  for (const leaf of [...others].sort((a, b) => cost(a) - cost(b))) {
    if (cost(leaf) > room || mustStay.length + fitting.size + 1 >= MAX_FIELDS) break;
    room -= cost(leaf);
    fitting.add(leaf);
  }
  return [...mustStay, ...others.filter((each) => fitting.has(each)), MARK];
}

function nameBytes({ path }: Leaf): number {
  let bytes = 0;
  // As in a JSON text that escapes all it can.
  for (const name of path) bytes += escapeToAscii(JSON.stringify(name)).length;
  return bytes;
}

/** A field that must stay, of at most so many characters; only texts can be long. */
function limit(leaf: Leaf): Leaf {
  if (leaf.json.length <= KEPT_CHARS) return leaf;
  const value = JSON.parse(leaf.json) as unknown;
  return { ...leaf, json: escapeToAscii(JSON.stringify(String(value).slice(0, KEPT_CHARS))) };
}

function writeFlat(leaves: readonly Leaf[]): string {
  // `{"a.b":1,"a":{"b":2}}` has two fields of one name: the first stays.
  const seen = new Set<string>();
  const fields: string[] = [];
  for (const { path, json } of leaves) {
    const name = path.join(".");
    if (seen.has(name)) continue;
    seen.add(name);
    fields.push(`${escapeName(name)}:${json}`);
  }
  return `{${fields.join(",")}}`;
}

function escapeName(name: string): string {
  return escapeToAscii(JSON.stringify(name));
}

/** Leaves stand in the order of the document, so those of one object follow each other. */
function writeNested(leaves: readonly Leaf[]): string {
  const root = new Node();
  for (const { path, json } of leaves) root.put(path, 0, json);
  return root.write();
}

class Node {
  readonly #children = new Map<string, Node | string>();

  put(path: readonly string[], depth: number, json: string): void {
    const name = path[depth]!;
    if (depth === path.length - 1) {
      this.#children.set(name, json);
      return;
    }
    const found = this.#children.get(name);
    const child = found instanceof Node ? found : new Node();
    if (child !== found) this.#children.set(name, child);
    child.put(path, depth + 1, json);
  }

  write(): string {
    const fields: string[] = [];
    for (const [name, child] of this.#children) {
      fields.push(`${escapeName(name)}:${typeof child === "string" ? child : child.write()}`);
    }
    return `{${fields.join(",")}}`;
  }
}

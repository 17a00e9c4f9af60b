// SPDX-License-Identifier: Apache-2.0
import { escapeDeceptive } from "./characters.js";
import { EVENT_SHAPE, type Fields, type SentEvent } from "./shape.js";

interface Order {
  /** Place of each key. A Map, so that `__proto__` or `constructor` are unknown keys and nothing else. */
  readonly rank: ReadonlyMap<string, number>;
  readonly nested: ReadonlyMap<string, Order>;
}

function orderOf(fields: Fields): Order {
  const rank = new Map<string, number>();
  const nested = new Map<string, Order>();
  for (const [name, field] of Object.entries(fields)) {
    rank.set(name, rank.size);
    if (field.type === "object" || field.type === "objects") nested.set(name, orderOf(field.fields));
  }
  return { rank, nested };
}

const ORDER = orderOf(EVENT_SHAPE);

function isInOrder(value: object, order: Order): boolean {
  let last = -1;
  for (const key in value) {
    const rank = order.rank.get(key);
    if (rank === undefined || rank < last) return false;
    last = rank;
    const inner = order.nested.get(key);
    if (inner === undefined) continue;
    const child: unknown = (value as Record<string, unknown>)[key];
    if (typeof child !== "object" || child === null) continue;
    if (!Array.isArray(child)) {
      if (!isInOrder(child, inner)) return false;
      continue;
    }
    for (const item of child as unknown[]) {
      if (typeof item === "object" && item !== null && !isInOrder(item, inner)) return false;
    }
  }
  return true;
}

function inOrder(value: unknown, order: Order): unknown {
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return value.map((item) => inOrder(item, order));
  const last = order.rank.size;
  const keys = Object.keys(value).sort((a, b) => (order.rank.get(a) ?? last) - (order.rank.get(b) ?? last));
  const from = value as Record<string, unknown>;
  // fromEntries defines own properties: a key `__proto__` stays data.
  return Object.fromEntries(
    keys.map((key) => {
      const inner = order.nested.get(key);
      return [key, inner === undefined ? from[key] : inOrder(from[key], inner)];
    }),
  );
}

/**
 * The canonical text of an event: keys in the order of the schema (unknown ones last, in their own order), no
 * whitespace, nothing undefined; control characters, bidirectional overrides and lone surrogates as `\u` escapes, so
 * that the text is one line, valid JSON and valid UTF-8.
 *
 * The event must be plain JSON data, as `normalizeEvent` gives it.
 */
export function canonicalJson(event: SentEvent): string {
  return escapeDeceptive(JSON.stringify(isInOrder(event, ORDER) ? event : inOrder(event, ORDER)));
}

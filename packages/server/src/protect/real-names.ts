// SPDX-License-Identifier: Apache-2.0
import { formatQuery, parseQuery, type Query, QUERY_LIMITS } from "@telltale/query";
import type { RevealKeys } from "./reveal.js";

/** A search in which what people type stands for what is stored. */
export interface NamedSearch {
  /** Finds both: what was typed, and what stands in its place. */
  readonly query: string;
  /** What may be written down of it: with what stands in the place of a name, not the name. */
  readonly written: string;
  /** Fields in which something stands in the place of what was typed; each once. */
  readonly resolved: readonly { readonly field: string; readonly as: "alias" | "token" }[];
}

/** Fields that hold the id of a person. */
const SUBJECT_FIELDS: ReadonlySet<string> = new Set(["actor.id", "actor.onBehalfOf.id", "targets.id"]);
/** Fields whose values may be tokens, and the kind that the tokens have. */
const TOKEN_FIELDS: ReadonlyMap<string, string> = new Map([
  ["actor.session", "session"],
  ["client.ip", "ip"],
]);
/** Each may ask the keys once. */
const MOST_NAMES = 32;

interface Place {
  readonly field: string;
  readonly as: "alias" | "token";
  readonly values: readonly string[];
}

/**
 * Widens a query by the aliases and tokens of the names in it, for somebody who may know them. Only whole values are looked up: a pattern has no
 * token. Undefined when there is nothing to add. Throws QueryError as `parseQuery` does.
 */
export async function resolveNames(
  keys: RevealKeys,
  query: string,
  tenant: string | undefined,
): Promise<NamedSearch | undefined> {
  if (query.trim() === "") return undefined;
  const parsed = parseQuery(query);
  const places = new Map<string, Place>();
  for (const { field, value } of matchesOf(parsed).slice(0, MOST_NAMES)) {
    const place = await placeOf(keys, field, value, tenant);
    if (place !== undefined) places.set(nameOf(field, value), place);
  }
  if (places.size === 0) return undefined;
  const widened = formatQuery(rewrite(parsed, places, true));
  const written = formatQuery(rewrite(parsed, places, false));
  if (!isAllowed(widened) || !isAllowed(written)) return undefined;
  const resolved = new Map([...places.values()].map(({ field, as }) => [`${field} ${as}`, { field, as }]));
  return { query: widened, written, resolved: [...resolved.values()] };
}

const nameOf = (field: string, value: string): string => `${field}\0${value}`;

function matchesOf(query: Query): { field: string; value: string }[] {
  switch (query.kind) {
    case "and":
    case "or":
      return query.items.flatMap(matchesOf);
    case "not":
      return matchesOf(query.item);
    case "match":
      return [{ field: query.field, value: query.value }];
    default:
      return [];
  }
}

async function placeOf(
  keys: RevealKeys,
  field: string,
  value: string,
  tenant: string | undefined,
): Promise<Place | undefined> {
  if (SUBJECT_FIELDS.has(field)) {
    const alias = await keys.aliasOf(tenant, value);
    return alias === undefined ? undefined : { field, as: "alias", values: [alias] };
  }
  const kind = TOKEN_FIELDS.get(field);
  if (kind === undefined) return undefined;
  const values = await keys.tokensOf(tenant, kind, value);
  return values.length === 0 ? undefined : { field, as: "token", values };
}

/** `keep`: what was typed is looked for, too. */
function rewrite(query: Query, places: ReadonlyMap<string, Place>, keep: boolean): Query {
  switch (query.kind) {
    case "and":
    case "or":
      return { kind: query.kind, items: query.items.map((item) => rewrite(item, places, keep)) };
    case "not":
      return { kind: "not", item: rewrite(query.item, places, keep) };
    case "match": {
      const place = places.get(nameOf(query.field, query.value));
      if (place === undefined) return query;
      const items: Query[] = place.values.map((value) => ({ kind: "match", field: query.field, value }));
      const [only] = items;
      if (keep) return { kind: "or", items: [query, ...items] };
      return items.length === 1 && only !== undefined ? only : { kind: "or", items };
    }
    default:
      return query;
  }
}

/** A search may be only so long, and have so many terms. */
function isAllowed(query: string): boolean {
  if (query.length > QUERY_LIMITS.chars) return false;
  try {
    parseQuery(query);
    return true;
  } catch {
    // Too many terms by now: what was typed is searched as it stands.
    return false;
  }
}

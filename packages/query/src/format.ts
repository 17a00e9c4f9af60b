// SPDX-License-Identifier: Apache-2.0
import { kindOf } from "./filters/filters.js";
import type { Query } from "./query.js";

/** The query as text that parses to the same tree. */
export function formatQuery(query: Query): string {
  switch (query.kind) {
    case "all":
      return "*";
    case "or":
      return query.items.map((item) => inside(item, ["or"])).join(" OR ");
    case "and":
      return query.items.map((item) => inside(item, ["or", "and"])).join(" AND ");
    case "not":
      return `NOT ${inside(query.item, ["or", "and"])}`;
    default:
      return kindOf(query).format(query);
  }
}

function inside(query: Query, weaker: readonly Query["kind"][]): string {
  return weaker.includes(query.kind) ? `(${formatQuery(query)})` : formatQuery(query);
}

// SPDX-License-Identifier: Apache-2.0
import { kindOf } from "./filters/filters.js";
import type { Predicate, Query, QueryContext } from "./query.js";

/**
 * The query as a predicate on sealed events, for the live stream. `now` is fixed here: compile again when it should
 * move. It accepts the same events as the SQL of `toDuckDb`.
 */
export function compileFilter(query: Query, context: QueryContext): Predicate {
  switch (query.kind) {
    case "all":
      return () => true;
    case "and": {
      const tests = query.items.map((item) => compileFilter(item, context));
      return (event) => tests.every((test) => test(event));
    }
    case "or": {
      const tests = query.items.map((item) => compileFilter(item, context));
      return (event) => tests.some((test) => test(event));
    }
    case "not": {
      const test = compileFilter(query.item, context);
      return (event) => !test(event);
    }
    default:
      return kindOf(query).compile(query, context);
  }
}

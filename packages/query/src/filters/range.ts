// SPDX-License-Identifier: Apache-2.0
import { boundSql, compileBound, readBound } from "../bound.js";
import { QueryError } from "../error.js";
import { mustField } from "../fields.js";
import { formatQuotedOrBare } from "../format-value.js";
import type { CompareOp, FilterKind } from "../query.js";

/** `request.status:[400 TO 499]`, `time:[now-7d TO now}`; `null` is an open end, written `*`. */
export interface RangeFilter {
  readonly kind: "range";
  readonly field: string;
  readonly from: string | null;
  readonly to: string | null;
  readonly fromInside: boolean;
  readonly toInside: boolean;
}

export const range: FilterKind<RangeFilter> = {
  read(field, value) {
    if (value.type !== "range") return undefined;
    if (value.from === null && value.to === null) {
      throw new QueryError(
        "bad_range",
        `A range needs a bound; for any value write ${field.name}:*`,
        value.position,
      );
    }
    const bound = (text: string | null) => (text === null ? null : readBound(field, text, value.position));
    return {
      kind: "range",
      field: field.name,
      from: bound(value.from),
      to: bound(value.to),
      // An open end has no edge: one form only.
      fromInside: value.from === null || value.fromInside,
      toInside: value.to === null || value.toInside,
    };
  },
  format(filter) {
    const open = filter.fromInside ? "[" : "{";
    const close = filter.toInside ? "]" : "}";
    return `${filter.field}:${open}${formatEdge(filter.from)} TO ${formatEdge(filter.to)}${close}`;
  },
  compile(filter, context) {
    const field = mustField(filter.field);
    const tests = bounds(filter).map(([op, bound]) => compileBound(field, op, bound, context));
    return (event) => tests.every((test) => test(event));
  },
  toSql(filter, sql) {
    const field = mustField(filter.field);
    return `(${bounds(filter)
      .map(([op, bound]) => boundSql(field, op, bound, sql))
      .join(" AND ")})`;
  },
};

function formatEdge(text: string | null): string {
  return text === null ? "*" : formatQuotedOrBare(text);
}

function bounds({ from, to, fromInside, toInside }: RangeFilter): [CompareOp, string][] {
  const list: [CompareOp, string][] = [];
  if (from !== null) list.push([fromInside ? ">=" : ">", from]);
  if (to !== null) list.push([toInside ? "<=" : "<", to]);
  return list;
}

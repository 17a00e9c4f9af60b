// SPDX-License-Identifier: Apache-2.0
import { boundSql, compileBound, readBound } from "../bound.js";
import { mustField } from "../fields.js";
import { formatQuotedOrBare } from "../format-value.js";
import type { CompareOp, FilterKind } from "../query.js";

/** `request.status:>=400`, `time:>now-24h`, `data.amount:<5`. */
export interface CompareFilter {
  readonly kind: "compare";
  readonly field: string;
  readonly op: CompareOp;
  readonly bound: string;
}

export const compare: FilterKind<CompareFilter> = {
  read(field, value) {
    if (value.type !== "compare") return undefined;
    const bound = readBound(field, value.text, value.position);
    return { kind: "compare", field: field.name, op: value.op, bound };
  },
  format: ({ field, op, bound }) => `${field}:${op}${formatQuotedOrBare(bound)}`,
  compile: ({ field, op, bound }, context) => compileBound(mustField(field), op, bound, context),
  toSql: ({ field, op, bound }, sql) => boundSql(mustField(field), op, bound, sql),
};

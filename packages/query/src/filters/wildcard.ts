// SPDX-License-Identifier: Apache-2.0
import { badTime } from "../bound.js";
import { type Field, mustField } from "../fields.js";
import { formatGlob } from "../format-value.js";
import { fold } from "../fold.js";
import { anywhere, compileGlob, type Glob, isLiteral, literalOf, toRe2 } from "../glob.js";
import type { FilterKind } from "../query.js";
import { digits, foldedJsonText, type SqlWriter } from "../sql.js";
import { someValue, toText } from "../values.js";

/** `action:authn_*`, `ip:10.0.?.7`, `status:4*`. The whole value must fit; in a text field, any part of it. */
export interface WildcardFilter {
  readonly kind: "wildcard";
  readonly field: string;
  readonly glob: Glob;
}

export const wildcard: FilterKind<WildcardFilter> = {
  read(field, value) {
    if (value.type !== "plain" || isLiteral(value.glob)) return undefined;
    if (field.type === "time") throw badTime(literalOf(value.glob), value.position);
    return { kind: "wildcard", field: field.name, glob: value.glob };
  },
  format: ({ field, glob }) => `${field}:${formatGlob(glob)}`,
  compile(filter) {
    const field = mustField(filter.field);
    const test = compileGlob(globFor(field, filter.glob));
    return (event) =>
      someValue(event, field, (value) => {
        const text = toText(value);
        return text !== undefined && test(fold(text));
      });
  },
  toSql(filter, sql) {
    const field = mustField(filter.field);
    const glob = globFor(field, filter.glob);
    return sql.some(field, (value) => {
      if (value.json) return globSql(foldedJsonText(value), glob, sql);
      return globSql(field.type === "number" ? digits(value.sql) : `lower(${value.sql})`, glob, sql);
    });
  },
};

function globFor(field: Field, glob: Glob): Glob {
  return field.type === "text" ? anywhere(glob) : glob;
}

/** The condition that a folded text fits. The three common shapes need no regular expression. */
export function globSql(text: string, glob: Glob, sql: SqlWriter): string {
  const [first, second, third] = glob;
  if (glob.length === 2 && second === "*" && typeof first === "object") {
    return `starts_with(${text}, ${sql.param(fold(first.text))})`;
  }
  if (glob.length === 2 && first === "*" && typeof second === "object") {
    return `ends_with(${text}, ${sql.param(fold(second.text))})`;
  }
  if (glob.length === 3 && first === "*" && third === "*" && typeof second === "object") {
    return `contains(${text}, ${sql.param(fold(second.text))})`;
  }
  // RE2 takes time proportional to the text whatever the pattern; LIKE backtracks.
  return `regexp_full_match(${text}, ${sql.param(toRe2(glob))}, 's')`;
}

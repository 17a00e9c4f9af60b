// SPDX-License-Identifier: Apache-2.0
import { DATA_COLUMN } from "../columns.js";
import { QUERY_FIELDS } from "../fields.js";
import { fold, wellFormed } from "../fold.js";
import { formatGlob, formatWord } from "../format-value.js";
import { anywhere, compileGlob, type Glob, isLiteral, literalOf, toGlob } from "../glob.js";
import type { FilterKind } from "../query.js";
import type { SqlWriter } from "../sql.js";
import { someValue } from "../values.js";
import { globSql } from "./wildcard.js";

/**
 * A word or phrase without a field. It may stand anywhere, in any case, in the fields that say what happened to whom
 * (`free` in QUERY_FIELDS), and in `data`: its JSON text, names included.
 */
export interface TextFilter {
  readonly kind: "text";
  readonly glob: Glob;
}

const FREE_FIELDS = QUERY_FIELDS.filter((field) => field.free);

export const text: FilterKind<TextFilter> = {
  read: () => undefined, // free text has no field; the parser makes it
  format: ({ glob }) => (isLiteral(glob) ? formatWord(literalOf(glob)) : formatGlob(glob)),
  compile({ glob }) {
    const inField = contains(glob);
    const inJson = contains(jsonGlob(glob));
    return (event) =>
      FREE_FIELDS.some((field) =>
        field.type === "json"
          ? someValue(event, field, (value) => inJson(fold(jsonText(value))))
          : someValue(event, field, (value) => typeof value === "string" && inField(fold(value))),
      ) ||
      (event.data !== undefined && inJson(fold(jsonText(event.data))));
  },
  toSql({ glob }, sql) {
    const inField = anywhere(glob);
    const inJson = anywhere(jsonGlob(glob));
    const ways = FREE_FIELDS.map((field) =>
      sql.some(field, (value) => globSql(`lower(${value.sql})`, value.json ? inJson : inField, sql)),
    );
    ways.push(dataSql(inJson, sql));
    return `(${ways.join(" OR ")})`;
  },
};

function dataSql(glob: Glob, sql: SqlWriter): string {
  return globSql(`lower(${DATA_COLUMN})`, glob, sql);
}

function contains(glob: Glob): (folded: string) => boolean {
  if (!isLiteral(glob)) return compileGlob(anywhere(glob));
  const needle = fold(literalOf(glob));
  return (folded) => folded.includes(needle);
}

/** JSON text as the index holds it: U+FFFD where a string has a lone surrogate, which JSON.stringify escapes. */
function jsonText(value: unknown): string {
  const text = JSON.stringify(value);
  return text.includes("\\ud")
    ? text.replace(/(\\\\)|\\ud[89a-f][0-9a-f]{2}/g, (found, backslash) =>
        backslash === undefined ? "\uFFFD" : found,
      )
    : text;
}

/** The pieces as they stand inside a JSON string: quotes, backslashes and control characters escaped. */
function jsonGlob(glob: Glob): Glob {
  return toGlob(
    glob.map((part) =>
      typeof part === "object" ? { text: JSON.stringify(wellFormed(part.text)).slice(1, -1) } : part,
    ),
  );
}

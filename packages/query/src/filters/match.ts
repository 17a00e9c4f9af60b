// SPDX-License-Identifier: Apache-2.0
import { badTime, mustPeriod, readNumber } from "../bound.js";
import { IP_KEY_COLUMN } from "../columns.js";
import { QueryError } from "../error.js";
import { type Field, isDataField, mustField } from "../fields.js";
import { fold } from "../fold.js";
import { formatQuoted, formatQuotedOrBare } from "../format-value.js";
import { isLiteral, literalOf } from "../glob.js";
import { toIpKey } from "../ip.js";
import type { FilterKind, Predicate, QueryContext } from "../query.js";
import { asNumber, foldedText, type SqlValue, type SqlWriter } from "../sql.js";
import { isTime, toMilliseconds } from "../time.js";
import { someValue, toNumber } from "../values.js";

/**
 * `user:alice`, `status:404`, `message:"time out"`, `time:2026-11-22`. Ignores case. The whole value must be equal;
 * in a text field it may stand anywhere; a time lies within the written period; an address may be written differently.
 */
export interface MatchFilter {
  readonly kind: "match";
  readonly field: string;
  readonly value: string;
}

export const match: FilterKind<MatchFilter> = {
  read(field, token) {
    if (token.type !== "plain" || !isLiteral(token.glob)) return undefined;
    const value = literalOf(token.glob);
    if (field.type === "number" && readNumber(value) === undefined) {
      throw new QueryError("bad_number", `"${field.name}" is a number, "${value}" is not`, token.position);
    }
    if (field.type === "time" && !isTime(value)) throw badTime(value, token.position);
    verifyListed(field, value, token.position);
    if (field.type === "ip" && !token.quoted && isWrongAddress(value)) {
      throw new QueryError(
        "bad_address",
        `"${value}" is not an IP address; write 10.0.0.1, 10.0.0.0/8 or 10.0.*, or as text ip:"${value}"`,
        token.position,
      );
    }
    return { kind: "match", field: field.name, value };
  },
  format({ field, value }) {
    const asText = mustField(field).type === "ip" && isWrongAddress(value);
    return `${field}:${asText ? formatQuoted(value) : formatQuotedOrBare(value)}`;
  },
  compile(filter, context) {
    const field = mustField(filter.field);
    const accept = acceptValue(field, filter.value, context);
    const predicate: Predicate = (event) => someValue(event, field, accept);
    return predicate;
  },
  toSql(filter, sql) {
    const field = mustField(filter.field);
    const ipKey = field.type === "ip" ? toIpKey(filter.value) : undefined;
    if (ipKey !== undefined) return `(${IP_KEY_COLUMN} = ${sql.param(ipKey)})`;
    return sql.some(field, (value) => matchSql(field, filter.value, value, sql));
  },
};

/** A closed list has nothing else to find: the value is mistyped. */
function verifyListed(field: Field, value: string, position: number): void {
  if (isDataField(field) || field.values === undefined) return;
  const { name, values } = field;
  if (values.some((each) => fold(each) === fold(value))) return;
  throw new QueryError(
    "unknown_value",
    `"${name}" is never "${value}"; it is one of ${values.join(", ")}`,
    position,
  );
}

/**
 * Looks like an address and cannot be one: numbers and dots (an octet with a leading zero is left, programs do write
 * it), hexadecimal digits and two or more colons, or a network. A sender may have put anything there; quotes search for it as text.
 */
function isWrongAddress(text: string): boolean {
  if (toIpKey(text) !== undefined) return false;
  if (text.includes("/")) return true;
  if (/^[0-9]+(?:\.[0-9]+)+$/.test(text)) return toIpKey(text.replace(/\b0+(?=[0-9])/g, "")) === undefined;
  return /^[0-9a-f:]+$/i.test(text) && text.split(":").length > 2;
}

function acceptValue(field: Field, wanted: string, context: QueryContext): (value: unknown) => boolean {
  const folded = fold(wanted);
  const number = readNumber(wanted);
  switch (field.type) {
    case "number":
      return (value) => value === number;
    case "time": {
      const { start, end } = mustPeriod(wanted, context.now);
      return (value) => {
        const ms = toMilliseconds(value);
        return ms !== undefined && ms >= start && ms < end;
      };
    }
    case "ip": {
      const key = toIpKey(wanted);
      return (value) =>
        typeof value === "string" && (key === undefined ? fold(value) === folded : toIpKey(value) === key);
    }
    case "text":
      return (value) => typeof value === "string" && fold(value).includes(folded);
    case "keyword":
      return (value) => typeof value === "string" && fold(value) === folded;
    default:
      return (value) =>
        (typeof value === "string" && fold(value) === folded) ||
        (typeof value === "boolean" && String(value) === folded) ||
        (number !== undefined && toNumber(value) === number);
  }
}

function matchSql(field: Field, wanted: string, value: SqlValue, sql: SqlWriter): string {
  const number = readNumber(wanted);
  const folded = () => sql.param(fold(wanted));
  switch (field.type) {
    case "number":
      return `(${value.sql} = ${sql.number(number ?? Number.NaN)})`;
    case "time": {
      const { start, end } = mustPeriod(wanted, sql.now);
      return `(${value.sql} >= ${sql.time(start)} AND ${value.sql} <= ${sql.time(end - 1)})`;
    }
    case "text":
      return `contains(lower(${value.sql}), ${folded()})`;
    default: {
      const ways = [`${foldedText(value)} = ${folded()}`];
      const truth = fold(wanted);
      if (value.json && (truth === "true" || truth === "false"))
        ways.push(`${value.sql} = ${sql.param(truth)}`);
      const numeric = field.type === "json" || field.type === "decimal";
      if (numeric && number !== undefined) ways.push(`${asNumber(value)} = ${sql.number(number)}`);
      return ways.length === 1 ? `(${ways[0]})` : `(${ways.join(" OR ")})`;
    }
  }
}

// SPDX-License-Identifier: Apache-2.0
import { IP_KEY_COLUMN } from "./columns.js";
import { QueryError } from "./error.js";
import { type Field, isDataField } from "./fields.js";
import { toIpKey } from "./ip.js";
import type { CompareOp, Predicate, QueryContext } from "./query.js";
import { asNumber, type SqlWriter } from "./sql.js";
import { isTime, type Period, toMilliseconds, toPeriod } from "./time.js";
import { someValue, toNumber } from "./values.js";

const NUMBER = /^-?(?:[0-9]{1,30})(?:\.[0-9]{1,30})?(?:[eE][+-]?[0-9]{1,3})?$/;

/** A number as typed; `undefined` when it is none. */
export function readNumber(text: string): number | undefined {
  if (!NUMBER.test(text)) return undefined;
  const number = Number(text);
  // A negative zero would be written as "0" and come back as another value.
  return Number.isFinite(number) ? number + 0 : undefined;
}

/** The text of a bound in its one form, or QueryError when the field cannot be compared with it. */
export function readBound(field: Field, text: string, position: number): string {
  switch (field.type) {
    case "number":
    case "decimal":
    case "json": {
      const number = readNumber(text);
      if (number === undefined) {
        throw new QueryError(
          "bad_number",
          `"${field.name}" is compared with a number, not with "${text}"`,
          position,
        );
      }
      return String(number);
    }
    case "time":
      if (!isTime(text)) throw badTime(text, position);
      return text;
    case "ip":
      if (toIpKey(text) === undefined) {
        throw new QueryError("bad_address", `"${text}" is not an IP address`, position);
      }
      return text;
    default:
      throw new QueryError("not_comparable", `"${field.name}" is text and has no order`, position);
  }
}

export function badTime(text: string, position: number): QueryError {
  return new QueryError(
    "bad_time",
    `"${text}" is not a time; write 2026-11-22, 2026-11-22T10:00, now-24h or now/d`,
    position,
  );
}

/** The predicate for `field op bound`. A written day is all of it: `> 2026-11-22` starts on the 23rd. */
export function compileBound(field: Field, op: CompareOp, bound: string, context: QueryContext): Predicate {
  if (field.type === "time") {
    const [timeOp, ms] = instant(op, mustPeriod(bound, context.now));
    return (event) => someValue(event, field, (value) => holds(toMilliseconds(value), timeOp, ms));
  }
  if (field.type === "ip") {
    const key = toIpKey(bound) ?? "";
    return (event) =>
      someValue(event, field, (value) => typeof value === "string" && holds(toIpKey(value), op, key));
  }
  const number = Number(bound);
  return (event) => someValue(event, field, (value) => holds(toNumber(value), op, number));
}

/** The SQL form of `compileBound`. */
export function boundSql(field: Field, op: CompareOp, bound: string, sql: SqlWriter): string {
  if (field.type === "time") {
    const [timeOp, ms] = instant(op, mustPeriod(bound, sql.now));
    return sql.some(field, (value) => `(${value.sql} ${timeOp} ${sql.time(ms)})`);
  }
  if (field.type === "ip") return `(${IP_KEY_COLUMN} ${op} ${sql.param(toIpKey(bound) ?? "")})`;
  const number = sql.number(Number(bound));
  const plain = !isDataField(field) && field.type === "number";
  return sql.some(field, (value) => `(${plain ? value.sql : asNumber(value)} ${op} ${number})`);
}

/** The period of a time that parsing has accepted. */
export function mustPeriod(text: string, now: number): Period {
  const period = toPeriod(text, now);
  if (period === undefined) throw new Error(`BUG: "${text}" is not a time`);
  return period;
}

function instant(op: CompareOp, { start, end }: Period): [CompareOp, number] {
  switch (op) {
    case ">":
      return [">", end - 1];
    case ">=":
      return [">=", start];
    case "<":
      return ["<", start];
    default:
      return ["<=", end - 1];
  }
}

function holds<T extends number | string>(value: T | undefined, op: CompareOp, bound: T): boolean {
  if (value === undefined) return false;
  switch (op) {
    case ">":
      return value > bound;
    case ">=":
      return value >= bound;
    case "<":
      return value < bound;
    default:
      return value <= bound;
  }
}

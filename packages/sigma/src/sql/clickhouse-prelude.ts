// SPDX-License-Identifier: Apache-2.0

const TYPE_OF_NUMBER = "('Int64', 'UInt64', 'Double')";
const DECIMAL = "^[+-]?([0-9]{1,300}(\\\\.[0-9]{0,300})?|\\\\.[0-9]{1,300})([eE][+-]?[0-9]{1,3})?$";
const RFC3339 =
  "^[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt ][0-9]{2}:[0-9]{2}(:[0-9]{2}(\\\\.[0-9]{1,9})?)?([Zz]|[+-][0-9]{2}:[0-9]{2})$";

/** The functions that the generated queries call, as far as ClickHouse can say them without a program of its own. */
const FUNCTIONS: readonly [name: string, parameters: string, body: string][] = [
  ["tt_has", "j, k", "JSONHas(j, k)"],
  ["tt_get", "j, k", "JSONExtractRaw(j, k)"],
  [
    "tt_holders",
    "j",
    "multiIf(JSONType(j) = 'Object', [j], JSONType(j) = 'Array', arrayFilter(e -> JSONType(e) = 'Object', JSONExtractArrayRaw(j)), emptyArrayString())",
  ],
  ["tt_step", "l", "arrayFlatten(arrayMap(e -> if(JSONType(e) = 'Array', JSONExtractArrayRaw(e), [e]), l))"],
  ["tt_values", "l", "arraySlice(arrayFold((a, b) -> tt_step(a), range(65), l), 1, 10000)"],
  ["tt_is_null", "j", "JSONType(j) = 'Null'"],
  [
    "tt_text",
    "j",
    `multiIf(JSONType(j) = 'String', JSONExtractString(j), JSONType(j) = 'Bool', j, JSONType(j) IN ${TYPE_OF_NUMBER}, toString(JSONExtractFloat(j)), NULL)`,
  ],
  [
    "tt_texts",
    "l",
    "arrayMap(t -> assumeNotNull(t), arrayFilter(t -> isNotNull(t), arrayMap(e -> tt_text(e), l)))",
  ],
  ["tt_fold", "t", "replaceAll(lowerUTF8(replaceAll(t, 'İ', 'i̇')), 'ς', 'σ')"],
  [
    "tt_number",
    "j",
    `multiIf(JSONType(j) IN ${TYPE_OF_NUMBER}, JSONExtractFloat(j), JSONType(j) = 'String' AND match(JSONExtractString(j), '${DECIMAL}'), toFloat64OrNull(JSONExtractString(j)), NULL)`,
  ],
  [
    "tt_minutes",
    "j",
    `multiIf(JSONType(j) IN ${TYPE_OF_NUMBER}, intDiv(JSONExtractInt(j), 60000), JSONType(j) = 'String' AND match(JSONExtractString(j), '${RFC3339}'), intDiv(toUnixTimestamp64Milli(parseDateTime64BestEffortOrNull(JSONExtractString(j), 3, 'UTC')), 60000), NULL)`,
  ],
  ["tt_stamp", "m", "toDateTime64(m * 60, 0, 'UTC')"],
  ["tt_minute", "m", "toMinute(tt_stamp(m))"],
  ["tt_hour", "m", "toHour(tt_stamp(m))"],
  ["tt_day", "m", "toDayOfMonth(tt_stamp(m))"],
  ["tt_week", "m", "toISOWeek(tt_stamp(m))"],
  ["tt_month", "m", "toMonth(tt_stamp(m))"],
  ["tt_year", "m", "toYear(tt_stamp(m))"],
  [
    "tt_address",
    "t",
    "multiIf(isNotNull(toIPv4OrNull(t)), lower(hex(toIPv6(t))), isNotNull(toIPv6OrNull(t)), lower(hex(toIPv6(t))), NULL)",
  ],
  ["tt_key_texts", "l", "arraySlice(arrayDistinct(l), 1, 64)"],
  ["tt_no_values", "", "[emptyArrayString()]"],
  [
    "tt_combine",
    "l, texts",
    "arraySlice(arrayFlatMap(c -> arrayMap(t -> arrayPushBack(c, t), texts), l), 1, 64)",
  ],
  ["tt_decided", "j", "isValidJSON(j) AND JSONType(j) = 'Object'"],
];

export function clickHousePrelude(): string[] {
  return FUNCTIONS.map(
    ([name, parameters, body]) => `CREATE OR REPLACE FUNCTION ${name} AS (${parameters}) -> ${body}`,
  );
}

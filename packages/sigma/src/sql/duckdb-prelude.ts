// SPDX-License-Identifier: Apache-2.0

/**
 * Capitals whose small letter is newer than DuckDB's tables (Unicode 15); JavaScript may know it. Ranges as first and
 * last code point; letters in them that both know do no harm.
 */
const NEWER_PAIRS: readonly (readonly [first: number, last: number])[] = [
  [0x1c89, 0x1c89],
  [0xa7cb, 0xa7dc],
  [0x10d50, 0x10d65],
  [0x16ea0, 0x16eb8],
];

function newerPairs(): { capitals: string; small: string } {
  let capitals = "";
  let small = "";
  for (const [first, last] of NEWER_PAIRS) {
    for (let point = first; point <= last; point++) {
      const capital = String.fromCodePoint(point);
      const lower = capital.toLowerCase();
      if (lower === capital) continue;
      capitals += capital;
      small += lower;
    }
  }
  return { capitals, small };
}

const OCTET = "(25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])";
const V4 = `${OCTET}(\\.${OCTET}){3}`;
const GROUP = "[0-9a-fA-F]{1,4}";
const DECIMAL = "[+-]?([0-9]{1,300}(\\.[0-9]{0,300})?|\\.[0-9]{1,300})([eE][+-]?[0-9]{1,3})?";
const RFC3339 =
  "[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt ][0-9]{2}:[0-9]{2}(:[0-9]{2}(\\.[0-9]{1,9})?)?([Zz]|[+-][0-9]{2}:[0-9]{2})";

const NUMBERS = "('BIGINT', 'UBIGINT', 'DOUBLE', 'HUGEINT')";

/** Paths, lists and texts of JSON. */
const JSON_MACROS: readonly [signature: string, body: string][] = [
  ["tt_has(j, k)", "json_exists(j, k)"],
  ["tt_get(j, k)", "json_extract(j, k)"],
  [
    "tt_holders(j)",
    `CASE json_type(j) WHEN 'OBJECT' THEN [j]
      WHEN 'ARRAY' THEN list_filter(json_extract(j, '$[*]'), lambda e: json_type(e) = 'OBJECT')
      ELSE []::JSON[] END`,
  ],
  ["tt_has_list(l)", "len(list_filter(l, lambda e: json_type(e) = 'ARRAY')) > 0"],
  [
    "tt_step(l)",
    `flatten(list_transform(l, lambda e: CASE WHEN json_type(e) = 'ARRAY' THEN json_extract(e, '$[*]') ELSE [e] END))`,
  ],
  // A list of lists with one step for each: 64 levels, as deep as the stream engine looks.
  [
    "tt_deep(l)",
    `list_filter(list_reduce([l] || list_transform(range(64), lambda i: []::JSON[]), lambda a, b: tt_step(a)),
      lambda e: json_type(e) <> 'ARRAY')`,
  ],
  ["tt_flat(l)", "(CASE WHEN tt_has_list(l) THEN tt_deep(l) ELSE l END)"],
  ["tt_values(l)", "(CASE WHEN tt_has_list(l) THEN tt_flat(tt_step(l)) ELSE l END)[1:10000]"],
  ["tt_is_null(j)", "json_type(j) = 'NULL'"],
  [
    "tt_text(j)",
    `CASE WHEN json_type(j) IN ('VARCHAR', 'BOOLEAN') THEN (j ->> '$')
      WHEN json_type(j) IN ${NUMBERS} THEN tt_number_text(TRY_CAST((j ->> '$') AS DOUBLE)) END`,
  ],
  ["tt_texts(l)", "list_filter(list_transform(l, lambda e: tt_text(e)), lambda t: t IS NOT NULL)"],
  ["tt_all_texts(j)", "tt_texts(json_extract(j, '$.**'))"],
  // More texts than this are cut by the stream engine in an order of its own.
  [
    "tt_decided(j)",
    `(CASE WHEN NOT json_valid(j) THEN false WHEN json_type(j) <> 'OBJECT' THEN false
      WHEN length(j) > 20000 THEN len(tt_all_texts(j)) <= 10000 ELSE true END)`,
  ],
];

/** ECMA-262, Number::toString: digits as they are up to 21 places and six zeros behind the point, else an exponent. */
const NUMBER_MACROS: readonly [string, string][] = [
  ["tt_sign(s)", "CASE WHEN starts_with(s, '-') THEN '-' ELSE '' END"],
  ["tt_mantissa(s)", "ltrim(split_part(s, 'e', 1), '-')"],
  ["tt_digits(s)", "replace(tt_mantissa(s), '.', '')"],
  ["tt_exponent(s)", "CAST(split_part(s, 'e', 2) AS INTEGER)"],
  [
    "tt_exponent_text(s)",
    `tt_sign(s) || CASE
      WHEN tt_exponent(s) >= 21 THEN tt_mantissa(s) || 'e+' || tt_exponent(s)
      WHEN tt_exponent(s) >= 0 THEN rpad(tt_digits(s), tt_exponent(s) + 1, '0')
      WHEN tt_exponent(s) >= -6 THEN '0.' || repeat('0', -tt_exponent(s) - 1) || tt_digits(s)
      ELSE tt_mantissa(s) || 'e-' || abs(tt_exponent(s)) END`,
  ],
  [
    "tt_number_text(x)",
    `CASE WHEN abs(x) < 1e15 AND x = floor(x) THEN CAST(CAST(x AS BIGINT) AS VARCHAR)
      WHEN isinf(x) THEN CASE WHEN x > 0 THEN 'Infinity' ELSE '-Infinity' END
      WHEN contains(CAST(x AS VARCHAR), 'e') THEN tt_exponent_text(CAST(x AS VARCHAR))
      ELSE regexp_replace(CAST(x AS VARCHAR), '\\.0$', '') END`,
  ],
  ["tt_finite(x)", "CASE WHEN isfinite(x) THEN x END"],
  [
    "tt_text_number(t)",
    `CASE WHEN length(t) <= 400 AND regexp_full_match(t, '${DECIMAL}') THEN TRY_CAST(t AS DOUBLE) END`,
  ],
  [
    "tt_number(j)",
    `CASE WHEN json_type(j) = 'VARCHAR' THEN tt_text_number(j ->> '$')
      WHEN json_type(j) IN ${NUMBERS} THEN tt_finite(TRY_CAST((j ->> '$') AS DOUBLE)) END`,
  ],
];

/** Times as minutes since 1970 in UTC: no part that a rule can ask for is finer. */
const TIME_MACROS: readonly [string, string][] = [
  ["tt_int(t, start, n)", "CAST(substr(t, start, n) AS BIGINT)"],
  // Days from the civil date (proleptic Gregorian), counted in years that begin in March; 400 years are added first.
  [
    "tt_month_days(y, m)",
    `(y // 400) * 146097 + (y % 400) * 365 + (y % 400) // 4 - (y % 400) // 100
      + (153 * ((m + 9) % 12) + 2) // 5 - 865565`,
  ],
  [
    "tt_days(t)",
    `tt_month_days(tt_int(t, 1, 4) + 400 - CASE WHEN tt_int(t, 6, 2) <= 2 THEN 1 ELSE 0 END, tt_int(t, 6, 2))
      + tt_int(t, 9, 2) - 1`,
  ],
  ["tt_seconds(t)", "CASE WHEN substr(t, 17, 1) = ':' THEN tt_int(t, 18, 2) ELSE 0 END"],
  ["tt_has_offset(t)", "regexp_matches(substr(t, 17), '[+-]')"],
  ["tt_offset_hours(t)", "CASE WHEN tt_has_offset(t) THEN tt_int(t, length(t) - 4, 2) ELSE 0 END"],
  ["tt_offset_minutes(t)", "CASE WHEN tt_has_offset(t) THEN tt_int(t, length(t) - 1, 2) ELSE 0 END"],
  ["tt_offset_sign(t)", "CASE WHEN substr(t, length(t) - 5, 1) = '-' THEN -1 ELSE 1 END"],
  // As Date.parse: a day up to 31 in any month, which runs over into the next, and 24:00 for the end of a day.
  [
    "tt_is_time(t)",
    `tt_int(t, 6, 2) BETWEEN 1 AND 12 AND tt_int(t, 9, 2) BETWEEN 1 AND 31
      AND tt_int(t, 15, 2) <= 59 AND tt_seconds(t) <= 59 AND tt_offset_hours(t) <= 23 AND tt_offset_minutes(t) <= 59
      AND (tt_int(t, 12, 2) <= 23 OR (tt_int(t, 12, 2) = 24 AND tt_int(t, 15, 2) = 0 AND tt_seconds(t) = 0
        AND NOT regexp_matches(regexp_extract(t, '\\.([0-9]*)', 1), '[1-9]')))`,
  ],
  [
    "tt_text_minutes(t)",
    `CASE WHEN length(t) < 40 AND regexp_full_match(t, '${RFC3339}') THEN
      CASE WHEN tt_is_time(t) THEN tt_days(t) * 1440 + tt_int(t, 12, 2) * 60 + tt_int(t, 15, 2)
        - tt_offset_sign(t) * (tt_offset_hours(t) * 60 + tt_offset_minutes(t)) END END`,
  ],
  ["tt_ms_minutes(x)", "CASE WHEN abs(x) <= 8.64e15 THEN CAST(floor(trunc(x) / 60000) AS BIGINT) END"],
  [
    "tt_minutes(j)",
    `CASE WHEN json_type(j) = 'VARCHAR' THEN tt_text_minutes(j ->> '$')
      WHEN json_type(j) IN ${NUMBERS} THEN tt_ms_minutes(TRY_CAST((j ->> '$') AS DOUBLE)) END`,
  ],
  ["tt_stamp(m)", "make_timestamp_ms(m * 60000)"],
  ["tt_minute(m)", "extract('minute' FROM tt_stamp(m))"],
  ["tt_hour(m)", "extract('hour' FROM tt_stamp(m))"],
  ["tt_day(m)", "extract('day' FROM tt_stamp(m))"],
  ["tt_week(m)", "extract('week' FROM tt_stamp(m))"],
  ["tt_month(m)", "extract('month' FROM tt_stamp(m))"],
  ["tt_year(m)", "extract('year' FROM tt_stamp(m))"],
];

/** Addresses as 32 hex digits; a v4 address as the v6 address that stands for it. What is no address is NULL. */
const ADDRESS_MACROS: readonly [string, string][] = [
  [
    "tt_groups_hex(t)",
    `array_to_string([lpad(lower(g), 4, '0') FOR g IN string_split(t, ':') IF g <> ''], '')`,
  ],
  [
    "tt_v4_hex(t)",
    `array_to_string(list_transform(string_split(t, '.'), lambda o: printf('%02x', TRY_CAST(o AS INTEGER))), '')`,
  ],
  [
    "tt_half(t)",
    `CASE WHEN t = '' THEN ''
      WHEN regexp_full_match(t, '${GROUP}(:${GROUP})*') THEN tt_groups_hex(t)
      WHEN regexp_full_match(t, '(${GROUP}:)*${V4}')
        THEN tt_groups_hex(regexp_extract(t, '^(.*):', 1)) || tt_v4_hex(regexp_extract(t, '([0-9.]+)$', 1)) END`,
  ],
  [
    "tt_pair(head, tail)",
    "CASE WHEN length(head) + length(tail) <= 28 THEN head || repeat('0', CAST(32 - length(head) - length(tail) AS INTEGER)) || tail END",
  ],
  [
    "tt_address(t)",
    `CASE WHEN length(t) > 45 THEN NULL
      WHEN NOT contains(t, ':') THEN
        CASE WHEN regexp_full_match(t, '${V4}') THEN '00000000000000000000ffff' || tt_v4_hex(t) END
      WHEN NOT contains(t, '::') THEN CASE WHEN length(tt_half(t)) = 32 THEN tt_half(t) END
      WHEN len(string_split(t, '::')) = 2
        THEN tt_pair(tt_half(split_part(t, '::', 1)), tt_half(split_part(t, '::', 2))) END`,
  ],
];

/** The values that make a group, in their order. */
const KEY_MACROS: readonly [string, string][] = [
  [
    "tt_key_texts(l)",
    "CASE WHEN len(l) <= 1 THEN l ELSE list_filter(l, lambda t, i: list_position(l, t) = i)[1:64] END",
  ],
  ["tt_no_values()", "[[]::VARCHAR[]]"],
  [
    "tt_combine(l, texts)",
    "flatten(list_transform(l, lambda c: list_transform(texts, lambda t: list_append(c, t))))[1:64]",
  ],
];

/** The functions that the generated queries call, as DuckDB macros. */
export function duckDbPrelude(): string[] {
  const { capitals, small } = newerPairs();
  const paired = capitals === "" ? "t" : `translate(t, '${capitals}', '${small}')`;
  // Full lower case has one more rule than DuckDB's letter by letter: U+0130 becomes two code points. The final sigma
  // is folded as in `fold`.
  const folding: [string, string] = [
    "tt_fold(t)",
    `replace(lower(replace(${paired}, chr(304), 'i' || chr(775))), chr(962), chr(963))`,
  ];
  return [...NUMBER_MACROS, ...JSON_MACROS, folding, ...TIME_MACROS, ...ADDRESS_MACROS, ...KEY_MACROS].map(
    ([signature, body]) => `CREATE OR REPLACE MACRO ${signature} AS ${body}`,
  );
}

// SPDX-License-Identifier: Apache-2.0
import fc from "fast-check";
import { EVENT_SHAPE, type Fields, type FieldShape, type SentEvent } from "../src/shape.js";

interface Options {
  /** Only what the byte scan takes for canonical: plain keys, numbers without exponent. */
  plain?: boolean;
}

const anyText = fc.oneof(
  fc.string(),
  fc.string({ unit: "binary" }),
  fc.constantFrom(
    "\u0000",
    "\ud800",
    "\udfff x",
    "\u202egnp",
    "\u001b[31m",
    "a\r\nb",
    "__proto__",
    "👋",
    "\u2028",
  ),
);

function anyData(options: Options): fc.Arbitrary<unknown> {
  const key = options.plain === true ? fc.stringMatching(/^[a-z_]{1,12}$/) : anyText;
  const number =
    options.plain === true
      ? fc.oneof(
          fc.maxSafeInteger(),
          fc.integer({ min: -99999, max: 99999 }).map((n) => n / 8),
        )
      : fc.oneof(
          fc.maxSafeInteger(),
          fc.double({ noNaN: true, noDefaultInfinity: true }).map((n) => n + 0),
        );
  return fc.letrec((tie) => ({
    value: fc.oneof(
      { maxDepth: 4 },
      anyText,
      number,
      fc.boolean(),
      fc.constant(null),
      tie("list"),
      tie("object"),
    ),
    list: fc.array(tie("value"), { maxLength: 4 }),
    object: fc
      .array(fc.tuple(key, tie("value")), { maxLength: 5 })
      .map((entries) => Object.fromEntries(entries)),
  })).value;
}

function anyValue(field: FieldShape, options: Options): fc.Arbitrary<unknown> {
  switch (field.type) {
    case "version":
      return fc.constant(1);
    case "string":
      return anyText;
    case "time":
      return fc
        .date({ min: new Date(0), max: new Date("9999-12-31T23:59:59.999Z"), noInvalidDate: true })
        .map((date) => date.toISOString());
    case "decimal":
      return fc.stringMatching(/^-?\d{1,12}(\.\d{1,4})?$/);
    case "integer":
      return fc.maxSafeInteger();
    case "number":
      return fc.integer({ min: 0, max: 100_000 }).map((n) => n / 4);
    case "strings":
      return fc.array(anyText, { maxLength: 3 });
    case "enum":
      return fc.constantFrom(...field.values);
    case "json":
      return anyData(options);
    case "map":
      return anyData(options).map((value) => ({ value }));
    case "object":
      return anyObject(field.fields, options);
    default:
      return fc.array(anyObject(field.fields, options), { maxLength: 3 });
  }
}

function anyObject(fields: Fields, options: Options): fc.Arbitrary<Record<string, unknown>> {
  const values = Object.entries(fields).map(([name, field]) => {
    const value = anyValue(field, options).map((v): [string, unknown][] => [[name, v]]);
    return field.required === true ? value : fc.oneof(value, fc.constant<[string, unknown][]>([]));
  });
  return fc.tuple(...values).map((entries) => Object.fromEntries(entries.flat()));
}

/** Correct events of the schema, with the strangest values it allows. */
export function sentEvent(options: Options = {}): fc.Arbitrary<SentEvent> {
  return anyObject(EVENT_SHAPE, options).map((event) => {
    const id = typeof event.id === "string" ? event.id.slice(0, 64) : "";
    const action = typeof event.action === "string" ? event.action : "";
    return { ...event, id: `id-${id}`, action: `x_${action}` } as unknown as SentEvent;
  });
}

/** Any JSON data, and objects with the keys of an event and any values. */
export function anyInput(): fc.Arbitrary<unknown> {
  const names = fc.constantFrom(
    ...Object.keys(EVENT_SHAPE),
    "received",
    "via",
    "tenant",
    "__proto__",
    "toString",
  );
  const loose = fc
    .array(fc.tuple(fc.oneof(names, anyText), anyData({})), { maxLength: 12 })
    .map((entries) => Object.fromEntries([["action", "x"], ...entries]) as Record<string, unknown>);
  const nearly = fc
    .tuple(sentEvent(), loose)
    .map(([event, other]) => Object.fromEntries([...Object.entries(event), ...Object.entries(other)]));
  return fc.oneof(anyData({}), loose, nearly, sentEvent());
}

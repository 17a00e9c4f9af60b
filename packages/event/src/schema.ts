// SPDX-License-Identifier: Apache-2.0
import { z } from "zod";
import { EVENT_SHAPE, type Fields, type FieldShape, LIMITS, type SentEvent } from "./shape.js";
import { isTime } from "./time.js";
import { isDecimal } from "./check.js";

function toZod(field: FieldShape): z.ZodType {
  switch (field.type) {
    case "version":
      return z.literal(1);
    case "string":
      return z.string();
    case "time":
      return z
        .string()
        .refine(isTime, "a time such as 2026-11-22T10:00:00.123Z")
        .meta({ format: "date-time" });
    case "decimal":
      return z
        .string()
        .refine(isDecimal, "a decimal number in a string")
        .meta({ pattern: "^-?\\d+(\\.\\d+)?$" });
    case "integer":
      return z.int();
    case "number":
      return z.number();
    case "strings":
      return z.array(z.string());
    case "enum":
      return z.enum(field.values as [string, ...string[]]);
    case "json":
      return z.unknown();
    case "map":
      return z.record(z.string(), z.unknown());
    case "object":
      return toZodObject(field.fields);
    default:
      return z.array(toZodObject(field.fields));
  }
}

function toZodObject(fields: Fields): z.ZodObject {
  return z.strictObject(
    Object.fromEntries(
      Object.entries(fields).map(([name, field]) => {
        const type = toZod(field).describe(field.doc);
        return [name, field.required === true ? type : type.optional()];
      }),
    ),
  );
}

/** The schema of what a sender writes, for validating strictly; `normalizeEvent` is the lenient way in. */
export const eventSchema = toZodObject(EVENT_SHAPE) as unknown as z.ZodType<SentEvent>;

/** The same as JSON Schema (draft 2020-12). */
export const eventJsonSchema: object = {
  ...z.toJSONSchema(eventSchema),
  title: "Telltale event",
  description: `A security event as its sender writes it; at most ${LIMITS.eventBytes} bytes and ${LIMITS.depth} levels.`,
};

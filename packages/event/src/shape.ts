// SPDX-License-Identifier: Apache-2.0

/**
 * How one field of an event looks. The position of a key in its table is its place in canonical bytes. `missing` fills
 * a required field that the sender left out; an object that lacks another required field is not usable.
 */
export type FieldShape = { readonly doc: string; readonly required?: true; readonly missing?: string } & (
  | {
      readonly type:
        | "version"
        | "string"
        | "time"
        | "decimal"
        | "integer"
        | "number"
        | "strings"
        | "json"
        | "map";
    }
  | { readonly type: "enum"; readonly values: readonly string[] }
  | { readonly type: "object" | "objects"; readonly fields: Fields }
);

/** A table of fields; the order of its keys is the canonical order. */
export interface Fields {
  readonly [name: string]: FieldShape;
}

/**
 * The one table of what a sender may write. The TypeScript types below, the zod schema (`event/schema`), the
 * normalizer's checks, the canonical key order and `isCanonical` are all read from it: to add a field, add a line here.
 */
export const EVENT_SHAPE = {
  v: { type: "version", required: true, doc: "Version of this envelope" },
  id: { type: "string", required: true, doc: "UUIDv7 made at the source; idempotency key together with via" },
  time: {
    type: "time",
    required: true,
    doc: "When it happened, source clock, RFC 3339 UTC with milliseconds",
  },
  source: {
    type: "object",
    required: true,
    doc: "The program that reports",
    fields: {
      app: { type: "string", required: true, missing: "unknown", doc: "Name of the application" },
      version: { type: "string", doc: "Version of the application" },
      env: { type: "string", doc: "production, staging, …" },
      instance: { type: "string", doc: "Host, pod or container" },
      boot: { type: "string", doc: "Random per start of the process" },
      seq: { type: "integer", doc: "Counts from 1 within one boot" },
      prev: { type: "string", doc: "Keyed chain over the previous source bytes" },
    },
  },
  action: {
    type: "string",
    required: true,
    doc: "OWASP Logging Vocabulary name, ours, or your own snake_case",
  },
  outcome: {
    type: "enum",
    required: true,
    values: ["success", "failure", "denied", "error", "unknown"],
    doc: "How it ended",
  },
  level: { type: "enum", required: true, values: ["info", "warn", "critical"], doc: "How much it matters" },
  reason: { type: "string", doc: "Why, as a short code: bad_password, no_permission, …" },
  message: { type: "string", doc: "One human sentence; never the only carrier of a fact" },
  actor: {
    type: "object",
    doc: "Who did it",
    fields: {
      type: {
        type: "enum",
        required: true,
        missing: "user",
        values: ["user", "service", "system", "anonymous"],
        doc: "Kind of actor",
      },
      id: { type: "string", doc: "Stable id" },
      name: { type: "string", doc: "Name to show" },
      email: { type: "string", doc: "E-mail address" },
      roles: { type: "strings", doc: "Roles held at that time" },
      session: { type: "string", doc: "Session id, hashed by the sender" },
      onBehalfOf: {
        type: "object",
        doc: "The person that the actor stands in for",
        fields: {
          id: { type: "string", required: true, doc: "Stable id" },
          name: { type: "string", doc: "Name to show" },
        },
      },
    },
  },
  targets: {
    type: "objects",
    doc: "What it was done to",
    fields: {
      type: { type: "string", required: true, missing: "object", doc: "user, order, file, …" },
      id: { type: "string", doc: "Stable id" },
      name: { type: "string", doc: "Name to show" },
    },
  },
  client: {
    type: "object",
    doc: "Where it came from",
    fields: {
      ip: { type: "string", doc: "Address of the client" },
      port: { type: "integer", doc: "Port of the client" },
      userAgent: { type: "string", doc: "User agent as sent" },
      country: { type: "string", doc: "ISO 3166 code" },
      asn: { type: "integer", doc: "Number of the autonomous system" },
      org: { type: "string", doc: "Organisation of that system" },
      device: { type: "string", doc: "Id of the device" },
    },
  },
  request: {
    type: "object",
    doc: "The request that it was part of",
    fields: {
      id: { type: "string", doc: "Request id" },
      trace: { type: "string", doc: "Trace id" },
      method: { type: "string", doc: "GET, POST, …" },
      path: { type: "string", doc: "Path without the query string" },
      route: { type: "string", doc: "Route template: /orders/:id" },
      status: { type: "integer", doc: "HTTP status of the answer" },
      durationMs: { type: "number", doc: "Milliseconds until the answer" },
    },
  },
  changes: {
    type: "objects",
    doc: "What changed",
    fields: {
      field: { type: "string", required: true, doc: "Name of the field" },
      from: { type: "json", doc: "Value before" },
      to: { type: "json", doc: "Value after" },
    },
  },
  money: {
    type: "object",
    doc: "The money that moved",
    fields: {
      amount: { type: "decimal", required: true, doc: "Decimal string" },
      currency: { type: "string", required: true, missing: "XXX", doc: "ISO 4217 code; XXX is no currency" },
      from: { type: "string", doc: "Account that it left" },
      to: { type: "string", doc: "Account that it reached" },
    },
  },
  data: { type: "map", doc: "Everything else, unknown input fields included" },
  protected: {
    type: "object",
    doc: "What was hidden: by which policy, what and where; never the value",
    fields: {
      policy: { type: "string", required: true, doc: "Version of the policy" },
      fields: {
        type: "objects",
        required: true,
        doc: "The hidden values",
        fields: {
          path: { type: "string", required: true, doc: "Where it was" },
          how: {
            type: "enum",
            required: true,
            values: ["removed", "masked", "tokenized", "encrypted", "truncated"],
            doc: "What was done to it",
          },
          kind: { type: "string", required: true, doc: "What it was taken for" },
        },
      },
    },
  },
} as const satisfies Fields;

/** Bounds of an event. `sealedDepth` is larger than `depth`: moving a value under `data._invalid` nests it deeper. */
export const LIMITS = {
  /** Bytes of one event as received. */
  eventBytes: 61_440,
  /** Bytes of one sealed line, without its line end. */
  sealedBytes: 65_535,
  /** Objects and arrays inside each other, the event itself included. */
  depth: 32,
  sealedDepth: 35,
  /** UTF-16 units of an id; longer ones are replaced. */
  idChars: 128,
} as const;

type Value<F> = F extends { type: "version" }
  ? 1
  : F extends { type: "string" | "time" | "decimal" }
    ? string
    : F extends { type: "integer" | "number" }
      ? number
      : F extends { type: "strings" }
        ? string[]
        : F extends { type: "enum"; values: readonly (infer V)[] }
          ? V
          : F extends { type: "map" }
            ? Record<string, unknown>
            : F extends { type: "object"; fields: infer S }
              ? Shaped<S>
              : F extends { type: "objects"; fields: infer S }
                ? Shaped<S>[]
                : unknown;

type RequiredNames<S> = { [K in keyof S]: S[K] extends { required: true } ? K : never }[keyof S];

/** The TypeScript type of a table of fields. */
export type Shaped<S> = { [K in RequiredNames<S>]: Value<S[K]> } & {
  [K in Exclude<keyof S, RequiredNames<S>>]?: Value<S[K]>;
};

/** The part of an event that its sender writes. */
export interface SentEvent extends Shaped<typeof EVENT_SHAPE> {}

/** An event as sealed: what its sender wrote and, in front, what only the server may say. */
export interface SecurityEvent extends SentEvent {
  /** Server clock, one stamp per request; retention uses this, never `time`. */
  received: string;
  /** Id of the key that sent it. */
  via: string;
  /** From the key. */
  tenant?: string;
}

export type Outcome = SentEvent["outcome"];
export type Level = SentEvent["level"];
export type Source = SentEvent["source"];
export type Actor = NonNullable<SentEvent["actor"]>;
export type Target = NonNullable<SentEvent["targets"]>[number];
export type Client = NonNullable<SentEvent["client"]>;
export type RequestInfo = NonNullable<SentEvent["request"]>;
export type Change = NonNullable<SentEvent["changes"]>[number];
export type Money = NonNullable<SentEvent["money"]>;
export type Protected = NonNullable<SentEvent["protected"]>;
export type ProtectedField = Protected["fields"][number];

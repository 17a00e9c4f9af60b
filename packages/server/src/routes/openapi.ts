// SPDX-License-Identifier: Apache-2.0
import { z } from "zod";
import type { ErrorCode } from "../errors.js";
import { ERROR_CATALOGUE } from "../errors.js";
import type { Api, RouteDescription } from "./define.js";
import { ingestShape } from "./shapes.js";

type Json = Record<string, unknown>;

const EVERY_ROUTE: readonly ErrorCode[] = ["bad_request", "bad_host", "internal", "unavailable"];
const errorBody = z.object({
  error: z.object({
    code: z.enum(Object.keys(ERROR_CATALOGUE) as [ErrorCode, ...ErrorCode[]]),
    message: z.string(),
    position: z.int().optional(),
  }),
});

function toSchema(schema: z.ZodType, io: "input" | "output"): Json {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, { io, unrepresentable: "any" }) as Json;
  return rest;
}

function toParameters(where: "path" | "query" | "header", schema: z.ZodObject | undefined): Json[] {
  if (schema === undefined) return [];
  const { properties = {}, required = [] } = toSchema(schema, "input") as {
    properties?: Record<string, Json>;
    required?: string[];
  };
  return Object.entries(properties).map(([name, value]) => ({
    name: name === "*" ? "path" : name,
    in: where,
    required: where === "path" || required.includes(name),
    schema: value,
  }));
}

/** Where POST makes something that has an address of its own. */
const CREATING = new Set(["/v1/keys", "/v1/forward", "/v1/holds"]);

function toResponses({ answer, errors = [], access, url, method }: RouteDescription): Json {
  const responses: Json = {};
  const good = answer === undefined ? "204" : method === "POST" && CREATING.has(url) ? "201" : "200";
  responses[good] = {
    description: "Success",
    ...(answer === undefined
      ? {}
      : {
          content:
            typeof answer === "string"
              ? { [answer]: { schema: { type: "string" } } }
              : { "application/json": { schema: toSchema(answer, "output") } },
        }),
  };
  const guarded: readonly ErrorCode[] =
    access === "public" ? [] : ["unauthorized", "session_required", "forbidden", "csrf_failed"];
  const byStatus = new Map<number, Set<ErrorCode>>();
  for (const code of [...errors, ...guarded, ...EVERY_ROUTE]) {
    const { status } = ERROR_CATALOGUE[code];
    byStatus.set(status, (byStatus.get(status) ?? new Set()).add(code));
  }
  for (const [status, codes] of [...byStatus].toSorted(([a], [b]) => a - b)) {
    responses[String(status)] = {
      description: [...codes].join(", "),
      content: { "application/json": { schema: { $ref: "#/components/schemas/Error" } } },
    };
  }
  return responses;
}

function toOperation(description: RouteDescription): Json {
  const { summary, access, params, query, headers, body } = description;
  return {
    summary,
    description: access === "public" ? "Needs no key." : `Needs the permission \`${access}\`.`,
    ...(access === "public" ? { security: [] } : {}),
    parameters: [
      ...toParameters("path", params),
      ...toParameters("query", query),
      ...toParameters("header", headers),
    ],
    ...(body === undefined
      ? {}
      : {
          requestBody: {
            required: !body.safeParse(undefined).success,
            content: { "application/json": { schema: toSchema(body, "input") } },
          },
        }),
    responses: toResponses(description),
  };
}

/** What `POST /v1/events` is from outside; the route itself belongs to the pipeline. */
export const INGEST_DESCRIPTION: RouteDescription = {
  method: "POST",
  url: "/v1/events",
  access: "events.write",
  summary:
    "Send events: a JSON object, an array, or NDJSON (application/x-ndjson), plain or gzip, at most 10 MiB decompressed. Answers when they are durable",
  body: z.union([z.looseObject({ action: z.string() }), z.array(z.looseObject({ action: z.string() }))]),
  headers: z.object({
    "telltale-seen": z
      .string()
      .regex(/^(?:0|[1-9]\d{0,15})$/)
      .optional()
      .describe(
        "Size of the log in the newest checkpoint that the sender has verified. The answer then has `consistency`: RFC 6962 hashes that prove that its checkpoint extends that size, none from 0 and for equal sizes; it is missing when the log is smaller",
      ),
  }),
  answer: ingestShape,
  errors: ["not_json", "not_an_object", "too_deep", "no_action", "event_too_large", "body_too_large"]
    .concat([
      "unsupported_media_type",
      "unsupported_encoding",
      "bad_gzip",
      "rate_limited",
      "overloaded",
      "storage_full",
    ])
    .filter((code): code is ErrorCode => code in ERROR_CATALOGUE),
};

export const OTLP_DESCRIPTION: RouteDescription = {
  method: "POST",
  url: "/v1/logs",
  access: "events.write",
  summary:
    "Send log records as OTLP/HTTP does: an ExportLogsServiceRequest as JSON, plain or gzip. Answers when they are durable",
  body: z.looseObject({ resourceLogs: z.array(z.looseObject({})).optional() }),
  answer: z.looseObject({
    partialSuccess: z.object({ rejectedLogRecords: z.string(), errorMessage: z.string() }).optional(),
  }),
  errors: [
    "not_json",
    "body_too_large",
    "unsupported_media_type",
    "unsupported_encoding",
    "bad_gzip",
    "overloaded",
    "storage_full",
  ],
};

/** The OpenAPI 3.1 document of the routes, made of the same schemas that check the requests. */
export function toOpenApi(descriptions: readonly RouteDescription[], version: string): Json {
  const paths: Record<string, Json> = {};
  for (const description of descriptions) {
    const path = description.url.replace(/:(\w+)/g, "{$1}").replace("*", "{path}");
    (paths[path] ??= {})[description.method.toLowerCase()] = toOperation(description);
  }
  return {
    openapi: "3.1.0",
    info: { title: "Telltale", version, license: { name: "Apache-2.0", identifier: "Apache-2.0" } },
    security: [{ key: [] }, { session: [] }],
    paths,
    components: {
      schemas: { Error: toSchema(errorBody, "output") },
      securitySchemes: {
        key: { type: "http", scheme: "bearer", description: "An API key: `telltale keys create`" },
        session: { type: "apiKey", in: "cookie", name: "telltale_session" },
      },
    },
  };
}

/** Registers /openapi.json; last, so that it knows every route. */
export function registerOpenApi(api: Api, version: string): void {
  let document: Json | undefined;
  api.route(
    {
      method: "GET",
      url: "/openapi.json",
      access: "public",
      summary: "This document",
      answer: z.looseObject({}),
    },
    () => (document ??= toOpenApi(api.descriptions, version)),
  );
}

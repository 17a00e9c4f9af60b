// SPDX-License-Identifier: Apache-2.0
import { protectText } from "@telltale/protect";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { z } from "zod";
import type { ErrorCode } from "../errors.js";
import { ApiError } from "../errors.js";
import type { AccessRule } from "../http/guard.js";

export type Method = "GET" | "POST" | "PUT" | "PATCH" | "DELETE";

/** What is known of a route from outside: routes and /openapi.json are made of the same object. */
export interface RouteDescription {
  method: Method;
  /** With `:name` for parameters, as Fastify writes it. */
  url: string;
  access: AccessRule;
  summary: string;
  params?: z.ZodObject;
  query?: z.ZodObject;
  body?: z.ZodType;
  /** Headers that change the answer; only described, the route reads them itself. */
  headers?: z.ZodObject;
  /** A schema for JSON, else the content type of what comes. Undefined: 204. */
  answer?: z.ZodType | string;
  /** Errors beside those that every route can give. */
  errors?: readonly ErrorCode[];
}

type Parsed<S extends z.ZodType | undefined> = S extends z.ZodType ? z.output<S> : undefined;

export interface RouteInput<D extends RouteDescription> {
  params: Parsed<D["params"]>;
  query: Parsed<D["query"]>;
  body: Parsed<D["body"]>;
  request: FastifyRequest;
  reply: FastifyReply;
}

/** The routes of one server and their descriptions. */
export interface Api {
  readonly descriptions: readonly RouteDescription[];
  /** Registers a route. What the handler returns is the answer; undefined leaves the reply to the handler. */
  route<const D extends RouteDescription>(description: D, handle: (input: RouteInput<D>) => unknown): void;
  /** Describes a route that is registered elsewhere. */
  describe(description: RouteDescription): void;
}

// Names the field and what was expected of it; never the value, which may be a secret in the wrong place.
function toMessage(where: string, error: z.ZodError): string {
  const [issue] = error.issues;
  if (issue === undefined) return `${where} is not valid.`;
  const path = issue.path.map(String).join(".").slice(0, 100);
  const what = issue.code === "unrecognized_keys" ? "has a field that is not known" : issue.message;
  return `${path === "" ? where : `${where}: ${path}`}: ${what}`.slice(0, 300);
}

function parse<S extends z.ZodType | undefined>(where: string, schema: S, value: unknown): Parsed<S> {
  if (schema === undefined) return undefined as Parsed<S>;
  const result = schema.safeParse(value);
  if (!result.success) throw new ApiError("bad_request", { message: toMessage(where, result.error) });
  return result.data as Parsed<S>;
}

/** Makes the registry for one Fastify instance. */
export function createApi(app: FastifyInstance): Api {
  const descriptions: RouteDescription[] = [];
  return {
    descriptions,
    describe: (description) => void descriptions.push(description),
    route(description, handle) {
      descriptions.push(description);
      const { method, url, access, params, query, body } = description;
      app.route({
        method,
        url,
        config: { access },
        async handler(request, reply) {
          const answer = await handle({
            params: parse("path", params, request.params),
            query: parse("query", query, request.query),
            body: parse("body", body, request.body),
            request,
            reply,
          } as Parameters<typeof handle>[0]);
          return answer === undefined ? reply : answer;
        },
      });
    },
  };
}

/** A whole number in a query string. */
export function wholeNumber(min: number, max: number, fallback: number) {
  return z
    .string()
    .regex(/^\d{1,10}$/, "must be a whole number")
    .transform(Number)
    .pipe(z.number().min(min, `must be at least ${min}`).max(max, `must be at most ${max}`))
    .optional()
    .transform((value) => value ?? fallback);
}

/** Text that may be shown and stored: no control characters, well-formed Unicode. */
export function plainText(min: number, max: number) {
  return (
    z
      .string()
      .min(min, `must have at least ${min} characters`)
      .max(max, `must have at most ${max} characters`)
      // Tabs and line breaks are text; no other control character is.
      .refine((text) => !/\p{Cc}/u.test(text.replace(/[\t\n\r]/g, "")), "must not contain control characters")
      .refine((text) => !/\p{Surrogate}/u.test(text), "must be well-formed Unicode")
  );
}

/** What people write in sentences. A secret that slipped in is hidden before anything keeps it, as in an event. */
export function freeText(min: number, max: number) {
  return plainText(min, max).transform((text) => protectText(text).text);
}

/** Kinds that point to a person, as a name may. */
const PERSONAL: ReadonlySet<string> = new Set(["email", "phone"]);
/** Beside one of these what looks like an e-mail address may be a password and a host: `https:\\/\\/bob:hunter2@example.com`. */
const URL_CHARS = /[:/\\]/;

/** A name that people will read beside others: no character that is not seen or that turns the text around, and no secret. */
export function plainName(min: number, max: number) {
  return plainText(min, max)
    .refine((text) => !/[\p{Cf}\t\n\r]/u.test(text), "must not contain invisible characters")
    .refine(
      (text) => protectText(text).found.every(({ kind }) => PERSONAL.has(kind) && !URL_CHARS.test(text)),
      "must not contain a secret",
    );
}

/** Why somebody does what cannot be taken back; it stands in the event that tells of it. */
export const whyBody = z.strictObject({ reason: freeText(1, 500) });

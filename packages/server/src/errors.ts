// SPDX-License-Identifier: Apache-2.0

/**
 * THE list of everything the HTTP API can answer instead of success. `docs/reference/errors.md` holds the
 * same list for people; `errors.test.ts` compares the two in both directions.
 */
export interface ErrorEntry {
  /** HTTP status of the whole answer; for `scope: "line"` the code usually stands in `rejected[]` of a 200. */
  readonly status: number;
  /** `line`: can name one event of a batch while the others are kept. */
  readonly scope: "request" | "line";
  /** What happened, one sentence, without any value the client sent. */
  readonly message: string;
  /** What the reader can do about it. */
  readonly remedy: string;
}

export const ERROR_CATALOGUE = {
  not_json: {
    status: 400,
    scope: "line",
    message: "The event is not valid JSON.",
    remedy: "Send UTF-8 JSON: one object, an array of objects, or one object a line (NDJSON).",
  },
  not_an_object: {
    status: 400,
    scope: "line",
    message: "The event is not a JSON object.",
    remedy: "Wrap the value in an object that has at least an `action`.",
  },
  too_deep: {
    status: 400,
    scope: "line",
    message: "The event is nested deeper than 32 levels.",
    remedy: "Flatten the event, or send the deep part as a string in `data`.",
  },
  no_action: {
    status: 400,
    scope: "line",
    message: "The event has no `action`.",
    remedy: "Set `action` to a name of the vocabulary, for example `authn_login_fail`.",
  },
  event_too_large: {
    status: 413,
    scope: "line",
    message: "The event is larger than 60 KiB.",
    remedy: "Shorten the event; keep bulky content elsewhere and log a reference to it.",
  },
  body_too_large: {
    status: 413,
    scope: "request",
    message: "The request body is too large.",
    remedy: "Send smaller batches: at most 10 MiB after decompression for events, 64 KiB elsewhere.",
  },
  unsupported_media_type: {
    status: 415,
    scope: "request",
    message: "The content type of the body is not supported: use application/json.",
    remedy:
      "Use application/json; for events (`/v1/events`) also application/x-ndjson. OTLP (`/v1/logs`) is taken as JSON, not as protobuf.",
  },
  unsupported_encoding: {
    status: 415,
    scope: "request",
    message: "The content encoding of the body is not supported.",
    remedy: "Send the body as it is, or compressed with gzip and `content-encoding: gzip`.",
  },
  bad_gzip: {
    status: 400,
    scope: "request",
    message: "The body says it is gzip but cannot be decompressed.",
    remedy: "Check that the whole body was sent and that it was compressed once.",
  },
  bad_request: {
    status: 400,
    scope: "request",
    message: "The request is not what this route expects.",
    remedy: "Compare the request with /openapi.json; the message names the field.",
  },
  bad_query: {
    status: 400,
    scope: "request",
    message: "The search query cannot be understood.",
    remedy: "The message names the position; fields and operators are listed in the search reference.",
  },
  bad_host: {
    status: 421,
    scope: "request",
    message: "The Host header names a host that this server does not answer for.",
    remedy: "Use http://127.0.0.1 or http://localhost, or set TELLTALE_PUBLIC_URL to the address people use.",
  },
  unauthorized: {
    status: 401,
    scope: "request",
    message: "There is no valid API key with this request.",
    remedy: "Send `Authorization: Bearer <key>`; create a key with `telltale keys create`.",
  },
  session_required: {
    status: 401,
    scope: "request",
    message: "Nobody is signed in.",
    remedy: "Sign in, or send an API key; a session ends after 12 hours without use and after 7 days.",
  },
  bad_credentials: {
    status: 401,
    scope: "request",
    message: "The name or the password is wrong.",
    remedy: "Try again; after several failures the server asks to wait.",
  },
  setup_token_invalid: {
    status: 403,
    scope: "request",
    message: "The set-up link is not valid.",
    remedy: "Use the link that the server printed at its last start; restart the server for a new one.",
  },
  setup_done: {
    status: 409,
    scope: "request",
    message: "The first administrator exists already.",
    remedy: "Sign in, or ask an administrator for an account.",
  },
  weak_password: {
    status: 400,
    scope: "request",
    message: "The password is too easy to guess.",
    remedy: "Use 12 to 256 characters that are not one word repeated and do not contain the user name.",
  },
  csrf_failed: {
    status: 403,
    scope: "request",
    message: "The request did not come from this server's own page.",
    remedy: "Send the `csrf` value of GET /v1/session in the header `x-csrf-token`.",
  },
  forbidden: {
    status: 403,
    scope: "request",
    message: "This key or user may not do that.",
    remedy: "Use a key or an account whose role allows it; docs/reference/permissions.md lists them.",
  },
  pruned: {
    status: 410,
    scope: "request",
    message: "These events were removed when their time was over.",
    remedy:
      "Look in the archive, if there is one. Their hashes and all proofs stay; the event log_pruned says what went and why.",
  },
  not_found: {
    status: 404,
    scope: "request",
    message: "There is nothing here.",
    remedy: "Check the address and the method; an index must be smaller than the size of the log.",
  },
  conflict: {
    status: 409,
    scope: "request",
    message: "The change does not fit the present state.",
    remedy: "Read the object again and repeat the change if it is still wanted.",
  },
  rate_limited: {
    status: 429,
    scope: "request",
    message: "Too many requests.",
    remedy: "Wait as long as the Retry-After header says, then try again.",
  },
  overloaded: {
    status: 503,
    scope: "request",
    message: "The server has as much to do as it can hold.",
    remedy: "Keep the events, wait as long as the Retry-After header says, then send them again.",
  },
  storage_full: {
    status: 503,
    scope: "request",
    message: "The disk of the log is full; nothing was stored.",
    remedy: "Free space on the disk that holds the data directory; senders keep their events and try again.",
  },
  unavailable: {
    status: 503,
    scope: "request",
    message: "The server is starting, stopping or cannot write.",
    remedy:
      "Try again after the Retry-After header; look at /healthz (readiness), /livez and at the process log.",
  },
  keys_unavailable: {
    status: 503,
    scope: "request",
    message: "The keys that protect events are not to be had; nothing was stored.",
    remedy:
      "Keep the events, wait as long as the Retry-After header says, then send them again. Look at the key management service and at the process log.",
  },
  query_timeout: {
    status: 503,
    scope: "request",
    message: "The search took too long and was stopped.",
    remedy: "Narrow the time range or add a field to the query.",
  },
  internal: {
    status: 500,
    scope: "request",
    message: "Something failed inside the server.",
    remedy: "Look for the request id in the process log; the answer holds no details on purpose.",
  },
} as const satisfies Record<string, ErrorEntry>;

/** Every code an answer can carry; closed. */
export type ErrorCode = keyof typeof ERROR_CATALOGUE;

/**
 * An answer other than success. The message is shown to the client: it must hold no value that
 * could be a secret. `retryAfter` is in seconds; `position` is an offset in the query.
 */
export class ApiError extends Error {
  readonly code: ErrorCode;
  readonly status: number;
  readonly retryAfter: number | undefined;
  readonly position: number | undefined;

  constructor(
    code: ErrorCode,
    options: { message?: string; retryAfter?: number; position?: number; cause?: unknown } = {},
  ) {
    super(
      options.message ?? ERROR_CATALOGUE[code].message,
      options.cause === undefined ? undefined : { cause: options.cause },
    );
    this.name = "ApiError";
    this.code = code;
    this.status = ERROR_CATALOGUE[code].status;
    this.retryAfter = options.retryAfter;
    this.position = options.position;
  }
}

/** The body of every answer that is not a success. */
export interface ErrorBody {
  error: { code: ErrorCode; message: string };
}

/** Turns a code into the body that goes over the wire. */
export function toErrorBody(code: ErrorCode, message: string = ERROR_CATALOGUE[code].message): ErrorBody {
  return { error: { code, message } };
}

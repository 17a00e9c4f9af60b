// SPDX-License-Identifier: Apache-2.0
import type { LookupFunction } from "node:net";
import { toEcs } from "@telltale/event";
import type { SecretRef } from "../secret-ref.js";
import type { Section } from "../section.js";
import type { TargetKind } from "../target-kinds.js";
import { ALL_TAKEN, TargetError, type DeliveryResult, type Outgoing, type Target } from "../target.js";
import { readTls, type TlsSettings } from "../tls.js";
import { toIndexTemplate, type Distribution } from "./elastic-template.js";
import {
  encodeBatch,
  gzipFast,
  HttpPeer,
  toObject,
  toStatusError,
  type HttpAnswer,
  type HttpQuestion,
} from "./http.js";

export type ElasticAuth =
  | { readonly kind: "none" }
  | { readonly kind: "api-key"; readonly key: SecretRef }
  | { readonly kind: "basic"; readonly user: string; readonly password: SecretRef };

export interface ElasticOptions {
  readonly name: string;
  readonly url: URL;
  readonly auth: ElasticAuth;
  readonly tls: TlsSettings;
  /** Resolves names; default the system's. */
  readonly lookup?: LookupFunction;
  /** Name of the data stream. */
  readonly stream: string;
  /** Makes the index template and the data stream where they are missing. */
  readonly setup: boolean;
  readonly gzip: boolean;
  readonly timeoutMs?: number;
}

const ANSWER_BYTES = 16 * 1024 * 1024;
const REASON_CHARS = 200;

/** The two lines of one event in a bulk request. */
export function toBulkLines({ address, event }: Outgoing): string {
  return `${JSON.stringify({ create: { _id: address } })}\n${JSON.stringify(toEcs(event, address))}\n`;
}

/**
 * Elasticsearch 8 and 9, OpenSearch 2.7 and later: `_bulk` with `create` into a data stream. The document's `_id` is where the event
 * is sealed, so an event that is sent again is answered 409 and counts as taken.
 *
 * That holds within one backing index. After a rollover of the data stream the same `_id` is new to the new index: an event
 * that was stored just before the rollover, and whose answer was lost, is then stored twice. Both copies have the same
 * `event.id` and `telltale.address`.
 *
 * Mappings are made once; a template that is already there is the operator's and stays as it is.
 */
class ElasticTarget implements Target {
  readonly name: string;
  readonly kind = "elastic";
  readonly #options: ElasticOptions;
  readonly #peer: HttpPeer;
  #isReady: boolean;

  constructor(options: ElasticOptions) {
    this.name = options.name;
    this.#options = options;
    this.#isReady = !options.setup;
    this.#peer = new HttpPeer({
      url: options.url,
      tls: options.tls,
      timeoutMs: options.timeoutMs ?? 60_000,
      maxAnswerBytes: ANSWER_BYTES,
      lookup: options.lookup,
    });
  }

  async deliver(batch: readonly Outgoing[], signal: AbortSignal): Promise<DeliveryResult> {
    if (!this.#isReady) await this.#setUp(signal);
    const plain = await encodeBatch(batch, toBulkLines);
    const { gzip, stream } = this.#options;
    // Only what is read below: without this, an answer repeats names and shards for each event.
    const wanted = "errors,items.*.status,items.*.error.type,items.*.error.reason";
    const answer = await this.#ask(
      {
        method: "POST",
        path: `/${stream}/_bulk?filter_path=${wanted}`,
        headers: {
          "content-type": "application/x-ndjson",
          ...(gzip ? { "content-encoding": "gzip" } : {}),
        },
        body: gzip ? await gzipFast(plain) : plain,
      },
      signal,
    );
    const error = toStatusError(answer);
    if (error !== undefined) {
      // The stream is gone: it is made again when it may be.
      if (answer.status === 404) this.#isReady = !this.#options.setup;
      throw error;
    }
    return toResult(toObject(answer.text), batch.length, (text) => this.#redact(text));
  }

  async close(): Promise<void> {
    this.#peer.close();
  }

  #ask(question: HttpQuestion, signal: AbortSignal): Promise<HttpAnswer> {
    const headers = { ...question.headers, ...this.#authorization() };
    return this.#peer.ask({ ...question, headers }, signal);
  }

  #authorization(): Record<string, string> {
    const { auth } = this.#options;
    if (auth.kind === "none") return {};
    if (auth.kind === "api-key") return { authorization: `ApiKey ${auth.key.read().reveal()}` };
    const pair = `${auth.user}:${auth.password.read().reveal()}`;
    return { authorization: `Basic ${Buffer.from(pair).toString("base64")}` };
  }

  /** Without what a server may have read from our headers. */
  #redact(text: string): string {
    const { auth } = this.#options;
    if (auth.kind === "none") return text;
    const secret = (auth.kind === "basic" ? auth.password : auth.key).read().reveal();
    const header = (this.#authorization()["authorization"] ?? "").split(" ")[1] ?? secret;
    return text.replaceAll(header, "[secret]").replaceAll(secret, "[secret]");
  }

  /** Makes what is missing, as far as the credential may. Writing alone is a fine privilege to have. */
  async #setUp(signal: AbortSignal): Promise<void> {
    const { stream } = this.#options;
    const distribution = await this.#distribution(signal);
    const template = `/_index_template/${stream}`;
    const made =
      (await this.#exists(template, signal)) ??
      (await this.#make(template, toIndexTemplate(stream, distribution), signal));
    const found = await this.#exists(`/_data_stream/${stream}`, signal);
    if (found === undefined) {
      if (made === "forbidden") {
        throw new TargetError(
          "misconfigured",
          `there is no data stream ${stream}, and this credential may not make its index template`,
        );
      }
      // Without the privilege to do it now: the first event makes it (auto_configure).
      await this.#make(`/_data_stream/${stream}`, undefined, signal);
    }
    this.#isReady = true;
  }

  async #distribution(signal: AbortSignal): Promise<Distribution> {
    const answer = await this.#ask({ method: "GET", path: "/", headers: {} }, signal);
    // Who may only write may not ask for the version.
    if (answer.status === 403) return "elasticsearch";
    const error = toStatusError(answer);
    if (error !== undefined) throw error;
    const version = toObject(answer.text)?.["version"];
    if (typeof version !== "object" || version === null) {
      throw new TargetError("bad_answer", "the answer is not one of Elasticsearch or OpenSearch");
    }
    return (version as { distribution?: unknown }).distribution === "opensearch"
      ? "opensearch"
      : "elasticsearch";
  }

  /** Undefined when it is missing. */
  async #exists(path: string, signal: AbortSignal): Promise<"there" | "forbidden" | undefined> {
    const answer = await this.#ask({ method: "GET", path, headers: {} }, signal);
    if (answer.status === 404) return undefined;
    if (answer.status === 403) return "forbidden";
    const error = toStatusError(answer);
    if (error !== undefined) throw error;
    return "there";
  }

  async #make(path: string, body: object | undefined, signal: AbortSignal): Promise<"there" | "forbidden"> {
    const answer = await this.#ask(
      {
        method: "PUT",
        path,
        headers: body === undefined ? {} : { "content-type": "application/json" },
        ...(body === undefined ? {} : { body: Buffer.from(JSON.stringify(body)) }),
      },
      signal,
    );
    if (answer.status === 403) return "forbidden";
    // Another one was faster.
    if (toErrorType(toObject(answer.text)?.["error"]) === "resource_already_exists_exception") return "there";
    const error = toStatusError(answer);
    if (error === undefined) return "there";
    // No event is at fault here.
    throw error.code === "bad_content"
      ? new TargetError(
          "misconfigured",
          `the server refuses the template or the data stream: ${error.message}`,
        )
      : error;
  }
}

function toErrorType(error: unknown): string {
  const type = typeof error === "object" && error !== null ? (error as { type?: unknown }).type : undefined;
  return typeof type === "string" && /^[a-z_]{1,80}$/.test(type) ? type : "unknown";
}

function toResult(
  said: Readonly<Record<string, unknown>> | undefined,
  sent: number,
  redact: (text: string) => string,
): DeliveryResult {
  // `errors: false` comes with all items, too: a short list says that something cut the answer, or the question.
  const items = said?.["items"];
  if (!Array.isArray(items) || items.length !== sent) {
    throw new TargetError("bad_answer", "the answer does not have one item for each event");
  }
  if (said?.["errors"] === false && items.every((item) => statusOf(item) === 201)) return ALL_TAKEN;
  const refused: { position: number; reason: string }[] = [];
  const again: number[] = [];
  let why: string | undefined;
  for (const [position, item] of items.entries()) {
    const status = statusOf(item);
    const error = (item as { create?: { error?: unknown } } | null)?.create?.error;
    const type = toErrorType(error);
    // 409: it is there already.
    if (status === 200 || status === 201 || status === 409) continue;
    if (status === 429 || status >= 500) {
      again.push(position);
      why ??= `answered ${status} for some events (${type})`;
    } else if (status === 400 || status === 413) {
      refused.push({ position, reason: `${status} ${type}: ${redact(toText(error))}` });
    } else {
      throw new TargetError(
        status === 401 || status === 403 ? "no_access" : status === 0 ? "bad_answer" : "misconfigured",
        `answered ${status} for an event (${type})`,
      );
    }
  }
  return { refused, again, ...(why === undefined ? {} : { why }) };
}

function statusOf(item: unknown): number {
  const status = (item as { create?: { status?: unknown } } | null)?.create?.status;
  return typeof status === "number" && Number.isInteger(status) && status >= 100 && status < 600 ? status : 0;
}

/** The server's words about one event, for the dead letter. */
function toText(error: unknown): string {
  const reason = typeof error === "object" && error !== null ? (error as { reason?: unknown }).reason : "";
  return typeof reason === "string" ? reason.slice(0, REASON_CHARS) : "";
}

export function createElastic(options: ElasticOptions): Target {
  return new ElasticTarget(options);
}

// https://www.elastic.co/guide/en/elasticsearch/reference/8.19/indices-create-data-stream.html (name)
const STREAM = /^[a-z0-9][a-z0-9._-]{0,199}$/;

function readAuth(section: Section): ElasticAuth {
  const key = section.optionalSecret("apiKey");
  const user = section.optionalText("user");
  const password = section.optionalSecret("password");
  if (key !== undefined) {
    if (user !== undefined || password !== undefined)
      section.fail("apiKey", "and user with password exclude each other");
    return { kind: "api-key", key };
  }
  if ((user === undefined) !== (password === undefined))
    section.fail(user === undefined ? "password" : "user", "needs both user and password");
  if (user === undefined || password === undefined) return { kind: "none" };
  if (user.includes(":")) section.fail("user", "may hold no colon");
  return { kind: "basic", user, password };
}

export const elastic: TargetKind = {
  batch: () => ({ events: 1000, bytes: 4 * 1024 * 1024, waitMs: 1000 }),
  read(section, name) {
    const url = section.url("url", { encrypted: "https", plain: "http" });
    const stream = section.optionalText("stream") ?? "logs-telltale.audit-default";
    if (!STREAM.test(stream)) section.fail("stream", "must be of a to z, 0 to 9, dot, - and _");
    const options: ElasticOptions = {
      name,
      url,
      stream,
      auth: readAuth(section),
      tls: readTls(section, url.hostname),
      ...section.reach,
      setup: section.oneOf("setup", ["make", "none"], "make") === "make",
      gzip: section.oneOf("compression", ["gzip", "none"], "gzip") === "gzip",
      timeoutMs: section.integer("timeoutMs", { min: 1000, max: 600_000, fallback: 60_000 }),
    };
    return () => createElastic(options);
  },
};

// SPDX-License-Identifier: Apache-2.0
import { LogError } from "@telltale/log";
import type { FastifyInstance, FastifyRequest } from "fastify";
import type { ChainKey } from "../chain/chain-key.js";
import { ApiError } from "../errors.js";
import { BodyError, MAX_BODY_BYTES, type BodyFormat } from "../pipeline/ingest/body.js";
import type { Ingested, Pipeline } from "../pipeline/pipeline.js";
import type { KeyPrincipal } from "../access/principal.js";
import type { ConsistencyProofs } from "./consistency.js";

/** The answer of `POST /v1/events`: what became of each event, and the signed state of the log that holds them. */
export interface IngestAnswer {
  accepted: number;
  duplicates: number;
  rejected: { line: number; code: string; message: string }[];
  /** Present when `rejected` names only the first of them. */
  rejectedTotal?: number;
  first: number | null;
  last: number | null;
  checkpoint: string;
  /** Hashes in base64 that prove that the checkpoint extends the size in the header `telltale-seen`. */
  consistency?: string[];
}

const EVENTS = {
  access: "events.write",
  forPrograms: true,
  accepts: "application/json (an event or an array of them) or application/x-ndjson (one a line)",
} as const;
const OTLP = {
  access: "events.write",
  forPrograms: true,
  accepts: "application/json (OTLP as JSON, not as protobuf)",
} as const;

export interface IngestRouteParts {
  pipeline: Pipeline;
  /** The newest durable checkpoint. */
  checkpoint(): { text: string; size: number };
  proofs: Pick<ConsistencyProofs, "prove">;
  /** Where the chains of a key begin. */
  chainKey(id: string): ChainKey | undefined;
  /** True while the disk is too full to take events. */
  isFull(): boolean;
}

/** Registers `POST /v1/events` and `POST /v1/logs` (OTLP) in a scope of its own: only here bodies are kept as bytes. */
export function registerIngest(app: FastifyInstance, parts: IngestRouteParts): void {
  void app.register(async (scope) => {
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser(
      ["application/json", "application/x-ndjson", "application/ndjson", "application/jsonl"],
      { parseAs: "buffer", bodyLimit: MAX_BODY_BYTES },
      (_request, body, done) => done(null, body),
    );
    scope.addHook("onRequest", async (request) => {
      if (parts.isFull()) throw new ApiError("storage_full", { retryAfter: 30 });
      refuseUnknownEncoding(request);
    });
    const checkpointJson = lastJson();
    scope.post("/v1/events", { config: EVENTS }, async (request, reply): Promise<string> => {
      const key = keyOf(request);
      const bytes = Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0);
      const ingested = await ingest(parts.pipeline, key, {
        bytes,
        gzip: request.headers["content-encoding"] === "gzip",
        format: formatOf(request),
        chainKey: parts.chainKey(key.id),
      });
      const { text, size } = parts.checkpoint();
      const seen = request.headers["telltale-seen"];
      const consistency = seen === undefined ? undefined : await parts.proofs.prove(seen, size);
      void reply.header("content-type", "application/json; charset=utf-8");
      return toAnswer(ingested, checkpointJson(text), consistency);
    });
    scope.post("/v1/logs", { config: OTLP }, async (request): Promise<OtlpAnswer> => {
      const bytes = Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0);
      const gzip = request.headers["content-encoding"] === "gzip";
      const ingested = await ingest(parts.pipeline, keyOf(request), { bytes, gzip, format: "otlp" });
      return toOtlpAnswer(ingested);
    });
  });
}

/** ExportLogsServiceResponse of OTLP/HTTP. A client must not send rejected records again. */
export interface OtlpAnswer {
  partialSuccess?: { rejectedLogRecords: string; errorMessage: string };
}

function toOtlpAnswer({ rejected, rejectedCount }: Ingested): OtlpAnswer {
  const [first] = rejected;
  if (first === undefined) return {};
  // 64-bit integers are texts in the JSON form of protobuf.
  return {
    partialSuccess: {
      rejectedLogRecords: String(rejectedCount),
      errorMessage: `record ${first.line}: ${first.message}`,
    },
  };
}

function keyOf({ principal }: FastifyRequest): KeyPrincipal {
  // The guard admits only keys to this action; a person here would be our own mistake.
  if (principal?.kind !== "key") throw new ApiError("forbidden");
  return principal;
}

function refuseUnknownEncoding(request: FastifyRequest): void {
  const encoding = request.headers["content-encoding"];
  if (encoding !== undefined && encoding !== "gzip" && encoding !== "identity") {
    throw new ApiError("unsupported_encoding");
  }
}

function formatOf(request: FastifyRequest): BodyFormat {
  return request.headers["content-type"]?.startsWith("application/json") === true ? "json" : "ndjson";
}

async function ingest(
  pipeline: Pipeline,
  key: KeyPrincipal,
  body: Parameters<Pipeline["ingest"]>[0],
): Promise<Ingested> {
  try {
    return await pipeline.ingest(body, { via: key.id, app: key.app, tenant: key.tenant });
  } catch (error) {
    if (error instanceof BodyError) {
      const retryAfter =
        error.code === "overloaded"
          ? { retryAfter: 1 }
          : error.code === "keys_unavailable"
            ? { retryAfter: 30 }
            : {};
      throw new ApiError(error.code, { message: error.message, cause: error, ...retryAfter });
    }
    // A batch that the log does not take is our own fault; sending it again would not help.
    if (error instanceof LogError && error.code !== "bad_batch") {
      const code = error.code === "disk_full" ? "storage_full" : "unavailable";
      throw new ApiError(code, { cause: error, retryAfter: 5 });
    }
    throw error;
  }
}

/** The JSON of a text that stays the same for many answers: all that were sealed together carry one checkpoint. */
function lastJson(): (text: string) => string {
  let last: { text: string; json: string } | undefined;
  return (text) => {
    if (last?.text !== text) last = { text, json: JSON.stringify(text) };
    return last.json;
  };
}

/** An IngestAnswer as JSON; most have nothing in them but numbers and the checkpoint. */
function toAnswer(ingested: Ingested, checkpoint: string, consistency: string[] | undefined): string {
  const { accepted, duplicates, rejected, rejectedCount, first, last } = ingested;
  const refused = rejected.length === 0 ? "[]" : JSON.stringify(rejected);
  const total = rejectedCount > rejected.length ? `,"rejectedTotal":${rejectedCount}` : "";
  const proof = consistency === undefined ? "" : `,"consistency":${JSON.stringify(consistency)}`;
  return `{"accepted":${accepted},"duplicates":${duplicates},"rejected":${refused}${total},"first":${first},"last":${last},"checkpoint":${checkpoint}${proof}}`;
}

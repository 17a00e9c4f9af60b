// SPDX-License-Identifier: Apache-2.0
import { gunzipSync } from "node:zlib";
import type { ErrorCode } from "../../errors.js";
import { otlpToNdjson } from "./otlp/otlp.js";
import { MAX_EVENTS_PER_BODY, splitJson, splitLines, type Split } from "./split.js";

/** How the body of a request is written. `otlp`: an ExportLogsServiceRequest as JSON. */
export type BodyFormat = "json" | "ndjson" | "otlp";

export const MAX_BODY_BYTES = 10 * 1024 * 1024;

/** A body that cannot be read at all: nothing in it was kept. */
export class BodyError extends Error {
  readonly code: ErrorCode;
  constructor(code: ErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "BodyError";
    this.code = code;
  }
}

/** Unpacks gzip with a hard bound on the result, so that a small body cannot become a large one. */
function parseGzip(body: Buffer): Buffer {
  try {
    return gunzipSync(body, { maxOutputLength: MAX_BODY_BYTES });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ERR_BUFFER_TOO_LARGE") {
      throw new BodyError(
        "body_too_large",
        `the body has more than ${MAX_BODY_BYTES} bytes when decompressed`,
        { cause: error },
      );
    }
    throw new BodyError("bad_gzip", "the body is not valid gzip", { cause: error });
  }
}

/** A body as events: bytes, and where the events lie in them. */
export interface OpenBody {
  body: Buffer;
  split: Split;
}

/** Finds the events in a body, unpacked and translated if need be. Throws BodyError when it has no readable structure. */
export function openBody(received: Buffer, gzip: boolean, format: BodyFormat): OpenBody {
  const unpacked = gzip ? parseGzip(received) : received;
  const body = format === "otlp" ? translateOtlp(unpacked) : unpacked;
  const split = format === "json" ? splitJson(body) : splitLines(body);
  if (split === undefined) throw new BodyError("not_json", "the body is not a JSON object or array");
  if (split.starts.length > MAX_EVENTS_PER_BODY) {
    throw new BodyError(
      "body_too_large",
      `the body has more than ${MAX_EVENTS_PER_BODY} events; send smaller batches`,
    );
  }
  return { body, split };
}

function translateOtlp(bytes: Buffer): Buffer {
  let request: unknown;
  try {
    request = JSON.parse(bytes.toString());
  } catch (error) {
    throw new BodyError("not_json", "the body is not valid JSON", { cause: error });
  }
  const lines = otlpToNdjson(request);
  if (lines === undefined)
    throw new BodyError("not_json", "the body is not an OTLP ExportLogsServiceRequest");
  return lines;
}

// SPDX-License-Identifier: Apache-2.0
import { createHash } from "node:crypto";
import { uuidV8 } from "@telltale/event";
import { isObject, listOf } from "./any-value.js";
import { toEvent, toResource } from "./to-event.js";

/**
 * The log records of an ExportLogsServiceRequest in its JSON form (opentelemetry-proto, "OTLP/HTTP, JSON Protobuf Encoding")
 * as NDJSON of events, one line a record. Undefined: no such request. A record that is none becomes `null`, which is refused
 * by its line number.
 *
 * OTLP has no ids, and an exporter that did not hear the answer sends again: the id is made of what the record says and of
 * how often the same was said before it in the request, so the second copy is a duplicate.
 */
export function otlpToNdjson(request: unknown): Buffer | undefined {
  if (!isObject(request)) return undefined;
  const { resourceLogs = [] } = request;
  if (!Array.isArray(resourceLogs)) return undefined;
  const lines: string[] = [];
  const seen = new Map<string, number>();
  for (const group of resourceLogs as unknown[]) {
    if (!isObject(group)) continue;
    const resource = toResource(group["resource"]);
    for (const scope of listOf(group["scopeLogs"])) {
      if (!isObject(scope)) continue;
      for (const record of listOf(scope["logRecords"])) {
        if (!isObject(record)) {
          lines.push("null");
          continue;
        }
        const said = JSON.stringify(toEvent(record, resource));
        const key = createHash("sha256").update(said).digest("base64");
        const before = seen.get(key) ?? 0;
        seen.set(key, before + 1);
        lines.push(`{"id":"${idOf(key, before)}",${said.slice(1)}`);
      }
    }
  }
  return Buffer.from(lines.join("\n"));
}

function idOf(key: string, before: number): string {
  return uuidV8(createHash("sha256").update(`${before} ${key}`).digest().subarray(0, 16));
}

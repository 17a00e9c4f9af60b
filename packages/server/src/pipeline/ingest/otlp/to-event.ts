// SPDX-License-Identifier: Apache-2.0
import { isObject, toAttributes, toJson } from "./any-value.js";

type Fields = Record<string, unknown>;

/**
 * Attributes of the OpenTelemetry semantic conventions (1.3x, with the names that they had before) and the field of the event
 * that says the same. What is not here goes to `data` under its own name. Earlier lines win.
 */
const FIELDS: readonly (readonly [attribute: string, ...path: string[]])[] = [
  ["telltale.action", "action"],
  ["event.name", "action"],
  ["telltale.outcome", "outcome"],
  ["event.outcome", "outcome"],
  ["telltale.reason", "reason"],
  ["user.id", "actor", "id"],
  ["enduser.id", "actor", "id"],
  ["user.name", "actor", "name"],
  ["user.email", "actor", "email"],
  ["user.roles", "actor", "roles"],
  ["session.id", "actor", "session"],
  ["client.address", "client", "ip"],
  ["source.address", "client", "ip"],
  ["net.peer.ip", "client", "ip"],
  ["client.port", "client", "port"],
  ["user_agent.original", "client", "userAgent"],
  ["http.request.method", "request", "method"],
  ["http.method", "request", "method"],
  ["url.path", "request", "path"],
  ["http.route", "request", "route"],
  ["http.response.status_code", "request", "status"],
  ["http.status_code", "request", "status"],
  ["http.request.id", "request", "id"],
];

const RESOURCE_FIELDS: readonly (readonly [attribute: string, field: string])[] = [
  ["service.name", "app"],
  ["service.version", "version"],
  ["deployment.environment.name", "env"],
  ["deployment.environment", "env"],
  ["service.instance.id", "instance"],
  ["host.name", "instance"],
];

/** Stands for records that say what happened only in words. */
const NO_NAME = "otel_log_record";

/** The `source` of events with this resource; attributes without a place of their own are kept beside it. */
export interface Resource {
  readonly source: Readonly<Fields>;
  readonly rest: Readonly<Fields>;
}

export function toResource(resource: unknown): Resource {
  const attributes = toAttributes(isObject(resource) ? resource["attributes"] : undefined);
  const source: Fields = {};
  for (const [name, field] of RESOURCE_FIELDS) {
    const value = attributes.get(name);
    if (typeof value !== "string" || value === "" || source[field] !== undefined) continue;
    source[field] = value;
    attributes.delete(name);
  }
  return { source, rest: Object.fromEntries(attributes) };
}

/** One LogRecord as an event without an id. What a field cannot hold is repaired and reported by the normalizer. */
export function toEvent(record: Readonly<Fields>, resource: Resource): Fields {
  const attributes = toAttributes(record["attributes"]);
  const event: Fields = {
    source: resource.source,
    ...timeOf(record),
    level: levelOf(record["severityNumber"]),
  };
  if (typeof record["eventName"] === "string" && record["eventName"] !== "")
    event["action"] = record["eventName"];
  for (const [name, ...path] of FIELDS) place(event, attributes, name, path);
  event["action"] ??= NO_NAME;
  const body = toJson(record["body"]);
  const data: Fields = Object.fromEntries(attributes);
  if (typeof body === "string") event["message"] = body;
  else if (body !== undefined) data["body"] = body;
  if (typeof record["traceId"] === "string" && record["traceId"] !== "") {
    event["request"] = { ...(event["request"] as Fields | undefined), trace: record["traceId"] };
  }
  if (Object.keys(resource.rest).length > 0) data["resource"] = resource.rest;
  if (Object.keys(data).length > 0) event["data"] = data;
  return event;
}

function place(event: Fields, attributes: Map<string, unknown>, name: string, path: readonly string[]): void {
  const value = attributes.get(name);
  if (value === undefined || value === "") return;
  const [head = "", leaf] = path;
  if (leaf === undefined) {
    // Without a text as its action an event is refused; the record is kept under a name of ours instead.
    if (event[head] !== undefined || typeof value !== "string") return;
    event[head] = value;
  } else {
    const parent = (event[head] ??= {}) as Fields;
    if (parent[leaf] !== undefined) return;
    parent[leaf] = value;
  }
  attributes.delete(name);
}

const LATEST_MS = 253_402_300_799_999;

/** The record's own time, else when it was observed; neither: the server's time, given by the normalizer. */
function timeOf({ timeUnixNano, observedTimeUnixNano }: Readonly<Fields>): { time?: string } {
  for (const nano of [timeUnixNano, observedTimeUnixNano]) {
    if (typeof nano !== "string" && typeof nano !== "number") continue;
    const ms = Math.floor(Number(nano) / 1e6);
    if (ms > 0 && ms <= LATEST_MS) return { time: new Date(ms).toISOString() };
  }
  return {};
}

/** SeverityNumber of logs.proto: WARN begins at 13, ERROR at 17, FATAL at 21. */
function levelOf(severity: unknown): "info" | "warn" | "critical" {
  if (typeof severity !== "number" || severity < 13) return "info";
  return severity < 21 ? "warn" : "critical";
}

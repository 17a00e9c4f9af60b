// SPDX-License-Identifier: Apache-2.0
import type { SecurityEvent } from "@telltale/event";

/** One event and where it stands in the log. */
export interface Found {
  index: number;
  event: SecurityEvent;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Narrows what a server sent; the fields that commands print are checked where they are printed. */
export function isFound(value: unknown): value is Found {
  return (
    isRecord(value) &&
    typeof value["index"] === "number" &&
    isRecord(value["event"]) &&
    typeof value["event"]["action"] === "string" &&
    typeof value["event"]["time"] === "string" &&
    typeof value["event"]["level"] === "string" &&
    isRecord(value["event"]["source"])
  );
}

export interface EventsPage {
  events: Found[];
  next: string | null;
  complete: boolean;
}

/** Reads the answer of `GET /v1/events`; what is not an event is left out. Undefined: no such answer. */
export function toEventsPage(answer: unknown): EventsPage | undefined {
  if (!isRecord(answer) || !Array.isArray(answer["events"])) return undefined;
  const next = answer["next"];
  return {
    events: answer["events"].filter(isFound),
    next: typeof next === "string" ? next : null,
    complete: answer["complete"] !== false,
  };
}

/** What became of a batch: the answer of `POST /v1/events`. */
export interface IngestAnswer {
  accepted: number;
  duplicates: number;
  rejected: { line: number; code: string; message: string }[];
  rejectedTotal: number;
  first: number | null;
  last: number | null;
}

function toNumber(value: unknown): number | null {
  return typeof value === "number" && Number.isFinite(value) ? value : null;
}

/** Undefined: not the answer of a Telltale server. */
export function toIngestAnswer(answer: unknown): IngestAnswer | undefined {
  if (!isRecord(answer) || !Array.isArray(answer["rejected"])) return undefined;
  const accepted = toNumber(answer["accepted"]);
  const duplicates = toNumber(answer["duplicates"]);
  if (accepted === null || duplicates === null) return undefined;
  const rejected = answer["rejected"].filter(isRecord).map((each) => ({
    line: toNumber(each["line"]) ?? 0,
    code: String(each["code"]),
    message: String(each["message"]),
  }));
  return {
    accepted,
    duplicates,
    rejected,
    rejectedTotal: toNumber(answer["rejectedTotal"]) ?? rejected.length,
    first: toNumber(answer["first"]),
    last: toNumber(answer["last"]),
  };
}

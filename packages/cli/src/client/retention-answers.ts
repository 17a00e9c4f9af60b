// SPDX-License-Identifier: Apache-2.0

/** A hold as it is printed. */
export interface HoldAnswer {
  id: string;
  name: string;
  /** "events 0-255" or "2026-01-01T… to 2026-01-02T…". */
  scope: string;
  placed: string;
  released: string | null;
}

/** The answer of `GET /v1/retention`, as far as it is printed. */
export interface RetentionAnswer {
  policy: { searchableDays: number; keptDays: number };
  size: number;
  pruned: { first: number; next: number }[];
  nextDue: string | null;
  waiting: number;
  archiving: boolean;
  lastError: string | null;
  holds: HoldAnswer[];
  disk: {
    freeBytes: number;
    totalBytes: number;
    /** Null: not measured for long enough. */
    bytesPerDay: number | null;
    /** Null: not known, or not filling. */
    daysUntilFull: number | null;
    full: boolean;
  } | null;
}

type Fields = Record<string, unknown>;

function toFields(value: unknown): Fields | undefined {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Fields) : undefined;
}

function toNumber(value: unknown): number | undefined {
  return typeof value === "number" && Number.isFinite(value) ? value : undefined;
}

function toText(value: unknown): string | null {
  return typeof value === "string" ? value : null;
}

function toRange(value: unknown): { first: number; next: number } | undefined {
  const fields = toFields(value);
  const [first, next] = [toNumber(fields?.["first"]), toNumber(fields?.["next"])];
  return first === undefined || next === undefined ? undefined : { first, next };
}

function toScopeText(value: unknown): string | undefined {
  const range = toRange(value);
  if (range !== undefined) return `events ${range.first}-${range.next - 1}`;
  const fields = toFields(value);
  const [from, to] = [toText(fields?.["from"]), toText(fields?.["to"])];
  return from === null || to === null ? undefined : `${from} to ${to}`;
}

function toHold(value: unknown): HoldAnswer | undefined {
  const fields = toFields(value);
  const scope = toScopeText(fields?.["scope"]);
  const { id, name, placed, released } = fields ?? {};
  if (typeof id !== "string" || typeof name !== "string" || typeof placed !== "string") return undefined;
  return scope === undefined ? undefined : { id, name, scope, placed, released: toText(released) };
}

/** Reads the answer to placing or releasing a hold. Undefined: no such answer. */
export function toHoldAnswer(answer: unknown): HoldAnswer | undefined {
  return toHold(toFields(answer)?.["hold"]);
}

function toDisk(value: unknown): RetentionAnswer["disk"] {
  const fields = toFields(value);
  const [freeBytes, totalBytes] = [toNumber(fields?.["freeBytes"]), toNumber(fields?.["totalBytes"])];
  if (fields === undefined || freeBytes === undefined || totalBytes === undefined) return null;
  const bytesPerDay = toNumber(fields["bytesPerDay"]) ?? null;
  const daysUntilFull = toNumber(fields["daysUntilFull"]) ?? null;
  return { freeBytes, totalBytes, bytesPerDay, daysUntilFull, full: fields["full"] === true };
}

/** Undefined: not the answer of a Telltale server. */
export function toRetentionAnswer(answer: unknown): RetentionAnswer | undefined {
  const fields = toFields(answer);
  const policy = toFields(fields?.["policy"]);
  const size = toNumber(fields?.["size"]);
  const [searchableDays, keptDays] = [toNumber(policy?.["searchableDays"]), toNumber(policy?.["keptDays"])];
  if (fields === undefined || size === undefined || searchableDays === undefined || keptDays === undefined)
    return undefined;
  if (!Array.isArray(fields["pruned"]) || !Array.isArray(fields["holds"])) return undefined;
  return {
    policy: { searchableDays, keptDays },
    size,
    pruned: fields["pruned"].map(toRange).filter((range) => range !== undefined),
    nextDue: toText(fields["nextDue"]),
    waiting: toNumber(fields["waiting"]) ?? 0,
    archiving: fields["archiving"] === true,
    lastError: toText(fields["lastError"]),
    holds: fields["holds"].map(toHold).filter((hold) => hold !== undefined),
    disk: toDisk(fields["disk"]),
  };
}

/** What a run did: the answer of `POST /v1/retention/run`. Undefined: no such answer. */
export function toRunAnswer(
  answer: unknown,
): { certified: number; waiting: number; blocked: number } | undefined {
  const fields = toFields(answer);
  const [certified, waiting] = [toNumber(fields?.["certified"]), toNumber(fields?.["waiting"])];
  const blocked = fields?.["blocked"];
  if (certified === undefined || waiting === undefined || !Array.isArray(blocked)) return undefined;
  return { certified, waiting, blocked: blocked.length };
}

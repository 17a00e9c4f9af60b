// SPDX-License-Identifier: Apache-2.0
import { areCanonical, type IndexRange, rangeAt, sameRanges } from "./ranges.js";
import type { PruneRecord } from "./record.js";

/**
 * What a deletion certificate binds. It is the only line whose meaning this package knows: what may be missing
 * must be said in the signed log itself, or whoever deletes a file could also write down that this was right.
 */
export interface PruneCertificate {
  /** What this removal takes away. */
  range: IndexRange;
  /** RFC 6962 root of a tree that has exactly the leaves of `range`. */
  root: Buffer;
  /** All that is gone after this removal, `range` included: so the newest certificate vouches for every hole. */
  pruned: IndexRange[];
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function toRange(value: unknown): IndexRange {
  const [first, next, ...rest]: unknown[] = Array.isArray(value) ? value : [];
  if (typeof first !== "number" || typeof next !== "number" || rest.length > 0) {
    return { first: Number.NaN, next: Number.NaN };
  }
  return { first, next };
}

/**
 * The certificate in a line, or undefined when it is none: an event `log_pruned` of the server itself (`via` is
 * stamped by the server, so no sender can claim it) with `data.first`, `data.next`, `data.root` (hex) and
 * `data.pruned` (pairs). Hostile input: never throws.
 */
export function parseCertificate(line: Uint8Array): PruneCertificate | undefined {
  let event: unknown;
  try {
    event = JSON.parse(Buffer.from(line).toString("utf8"));
  } catch {
    return undefined;
  }
  if (!isRecord(event) || event.via !== "telltale" || event.action !== "log_pruned") return undefined;
  const { data } = event;
  if (!isRecord(data) || !Array.isArray(data.pruned)) return undefined;
  const range = toRange([data.first, data.next]);
  const pruned = data.pruned.map(toRange);
  const root = typeof data.root === "string" && /^[0-9a-f]{64}$/.test(data.root) ? data.root : undefined;
  if (root === undefined || !areCanonical([range]) || !areCanonical(pruned)) return undefined;
  const around = rangeAt(pruned, range.first);
  if (around === undefined || around.next < range.next) return undefined;
  return { range, root: Buffer.from(root, "hex"), pruned };
}

/** Why the certificate does not vouch for the record, in one sentence; undefined when it does. */
export function findGapInCertificate(
  record: PruneRecord,
  certificate: PruneCertificate | undefined,
): string | undefined {
  if (certificate === undefined) return `event ${record.certificate} is no certificate of a removal`;
  if (!sameRanges(certificate.pruned, record.ranges))
    return `the certificate at ${record.certificate} is for other ranges than those that are recorded as pruned`;
  return undefined;
}

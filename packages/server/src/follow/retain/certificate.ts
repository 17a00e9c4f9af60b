// SPDX-License-Identifier: Apache-2.0
import { createHash } from "node:crypto";
import { uuidV8 } from "@telltale/event";
import { type IndexRange, parseCertificate, type PruneCertificate } from "@telltale/log";
import { type SelfEvent, toActor } from "../../self-log.js";
import type { ArchivedCopy } from "./archive.js";
import { DAY_MS, describePolicy, type PolicyInForce, policyHash, type RetentionPolicy } from "./policy.js";
import type { SegmentFacts } from "./segment-facts.js";

/** All that a removal rests on. */
export interface Grounds {
  readonly origin: string;
  readonly logName: string;
  readonly facts: SegmentFacts;
  readonly inForce: PolicyInForce;
  /** State of the holds when they were looked at; none of them blocked. */
  readonly holdsRevision: number;
  /** All that is gone when this is done. */
  readonly pruned: readonly IndexRange[];
  readonly archive: ArchivedCopy | undefined;
}

/** When the policy no longer keeps the segment, in ms since 1970: counted from its newest event. */
export function dueAt(newest: number, policy: RetentionPolicy): number {
  return newest + policy.keptDays * DAY_MS;
}

function idOf(...parts: readonly unknown[]): string {
  return uuidV8(createHash("sha256").update(JSON.stringify(parts)).digest());
}

/**
 * The certificate as an event. Id and content follow from the grounds alone, its time included (the due date), so that
 * asking twice seals once; when the policy or the holds have changed, it is another certificate.
 */
export function toCertificate(grounds: Grounds): SelfEvent {
  const { origin, logName, facts, inForce, holdsRevision, archive } = grounds;
  const { policy, since } = inForce;
  const { first, next, count, bytes, sha256, root, oldest, newest } = facts;
  const pruned = grounds.pruned.map((range) => [range.first, range.next]);
  const hash = policyHash(inForce);
  const copy = archive === undefined ? null : { file: archive.file, sha256: archive.sha256 };
  const due = dueAt(newest, policy);
  return {
    id: idOf(origin, "log_pruned", first, next, hash, holdsRevision, pruned, copy, sha256),
    time: new Date(due).toISOString(),
    action: "log_pruned",
    actor: toActor({ kind: "system", id: "retain" }),
    targets: [{ type: "log_segment", id: `${logName}:${first}` }],
    message: `The events ${first} to ${next - 1} are removed: older than ${policy.keptDays} days`,
    data: {
      first,
      next,
      count,
      bytes,
      sha256,
      root,
      pruned,
      oldest: toTime(oldest),
      newest: toTime(newest),
      due: toTime(due),
      policy: { ...describePolicy(policy), since, hash },
      holds: { revision: holdsRevision, blocking: 0 },
      archive: copy,
    },
  };
}

function toTime(ms: number): string {
  return new Date(ms).toISOString();
}

/** A sealed certificate as the follower meets it. */
export interface SealedCertificate extends PruneCertificate {
  /** Where it lies in the log. */
  readonly index: number;
  readonly policyHash: string;
  readonly holdsRevision: number;
  /** SHA-256 (hex) of the archived copy that it names, null when there is none. */
  readonly archived: string | null;
}

function at(value: unknown, name: string): unknown {
  const isObject = typeof value === "object" && value !== null && Object.hasOwn(value, name);
  return isObject ? (value as Record<string, unknown>)[name] : undefined;
}

/** Reads a sealed line; undefined when it is no certificate of ours. Never throws. */
export function readSealed(line: Buffer, index: number): SealedCertificate | undefined {
  const certificate = parseCertificate(line);
  if (certificate === undefined) return undefined;
  const data = at(JSON.parse(line.toString("utf8")), "data");
  const hash = at(at(data, "policy"), "hash");
  const holdsRevision = at(at(data, "holds"), "revision");
  const archived = at(at(data, "archive"), "sha256") ?? null;
  if (typeof hash !== "string" || typeof holdsRevision !== "number") return undefined;
  if (archived !== null && typeof archived !== "string") return undefined;
  return { ...certificate, index, policyHash: hash, holdsRevision, archived };
}

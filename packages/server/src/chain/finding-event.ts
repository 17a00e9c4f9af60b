// SPDX-License-Identifier: Apache-2.0
import { hash } from "node:crypto";
import { uuidV8 } from "@telltale/event";
import type { SelfEvent } from "../self-log.js";
import type { ChainFinding, ChainKind } from "./finding.js";

/** The same finding gets the same id whenever it is made again, so that it is sealed once. */
export function toFindingId(...parts: readonly (string | number)[]): string {
  return uuidV8(Buffer.from(hash("sha256", ["source-chain", ...parts].join("\n"), "binary"), "latin1"));
}

function many(from: number, to: number): string {
  return from === to ? `event ${from}` : `events ${from} to ${to}`;
}

function toSentence({ kind, from, to, app, certain }: ChainFinding): string {
  const what = many(from, to);
  if (!certain && kind === "reordered")
    return `${capital(what)} of ${app}, which were missing, came so late that their links could not be compared`;
  if (!certain) {
    return kind === "gap"
      ? `It is not known whether ${what} of ${app} had come before: too many processes reported to remember each`
      : `${capital(what)} of ${app} came when it was not known any more whether they had come before`;
  }
  switch (kind) {
    case "gap":
      return `${capital(what)} of ${app} are missing: they were lost or held back on the way`;
    case "reordered":
      return `${capital(what)} of ${app}, which were missing, came late; they fit`;
    case "replay":
      return `${capital(what)} of ${app} came again`;
    case "fork":
      return `${capital(what)} of ${app} came with other content than before: two processes use one identity, or somebody else sends in its name`;
    default:
      return `${capital(what)} of ${app} are not as the application wrote them, or do not come from it`;
  }
}

function capital(text: string): string {
  return `${text[0]!.toUpperCase()}${text.slice(1)}`;
}

/** The event that tells of a finding. It follows from the log alone: no clock, no version. */
export function toFindingEvent(finding: ChainFinding): SelfEvent {
  const { kind, from, to, via, boot, app, instance, received, certain } = finding;
  return {
    id: toFindingId(kind, via, boot, from, to),
    time: received,
    source: { app: "telltale" },
    action: "log_gap_detected",
    outcome: "unknown",
    level: certain ? "critical" : "warn",
    reason: kind,
    message: toSentence(finding),
    targets: [{ type: "source", id: app, ...(instance === undefined ? {} : { name: instance }) }],
    data: {
      kind,
      from,
      to,
      count: to - from + 1,
      boot,
      via,
      app,
      ...(instance === undefined ? {} : { instance }),
      ...(certain ? {} : { certain }),
    },
  };
}

/** Findings of a key and kind that were too many to be told one by one. */
export interface Folded {
  kind: ChainKind | "silent";
  via: string;
  app: string;
  /** Start of the minute, RFC 3339. */
  since: string;
  findings: number;
  /** Numbers in all of them; processes where they are silent. */
  count: number;
  /** The first few. */
  boots: Set<string>;
}

export function toFoldedEvent({ kind, via, app, since, findings, count, boots }: Folded): SelfEvent {
  return {
    id: toFindingId("folded", kind, via, since, findings),
    time: since,
    source: { app: "telltale" },
    action: kind === "silent" ? "log_source_silent" : "log_gap_detected",
    outcome: "unknown",
    level: kind === "silent" ? "warn" : "critical",
    reason: kind === "silent" ? "no_heartbeat" : kind,
    message: `${findings} more findings of kind ${kind} in the chains of key ${via} within a minute, ${count} in number`,
    targets: [{ type: "source", id: app }],
    data: { kind, folded: findings, count, boots: [...boots], via, app },
  };
}

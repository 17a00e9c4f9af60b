// SPDX-License-Identifier: Apache-2.0
import { SigmaError } from "./errors.js";
import { readMap, readRequired, readText, refuseUnknownKeys } from "./read.js";
import type { SigmaRespond } from "./types.js";
import type { MapNode } from "./yaml.js";

/** Field of an event that a decision can be about, by the word after `about:`. */
export const RESPOND_FIELDS = { actor: "actor.id", ip: "client.ip" } as const;

const DECISIONS: readonly SigmaRespond["decision"][] = ["block", "step-up", "revoke_session"];
const UNITS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3_600, d: 86_400 };
const MAX_SECONDS = 90 * 86_400;

/**
 * Reads Telltale's own key `telltale: { respond: { decision, about, for } }` and answers the rest of `telltale` without it,
 * undefined when nothing is left. Throws SigmaError, also when the findings do not group by what the decision would be about.
 */
export function splitRespond(
  map: MapNode,
  groupBy: readonly string[],
): { respond: SigmaRespond | undefined; rest: MapNode | undefined } {
  const node = map.entries.get("telltale");
  if (node === undefined) return { respond: undefined, rest: undefined };
  const extension = readMap(node);
  const given = extension.entries.get("respond");
  if (given === undefined) return { respond: undefined, rest: extension };
  const entries = new Map([...extension.entries].filter(([key]) => key !== "respond"));
  const rest = entries.size === 0 ? undefined : { ...extension, entries };
  return { respond: readRespond(readMap(given), groupBy), rest };
}

function readRespond(map: MapNode, groupBy: readonly string[]): SigmaRespond {
  refuseUnknownKeys(map, new Set(["decision", "about", "for"]));
  const decisionNode = readRequired(map, "decision");
  const written = readText(decisionNode);
  const decision = DECISIONS.find((each) => each === written);
  if (decision === undefined)
    throw new SigmaError("bad_value", decisionNode.place, `must be one of ${DECISIONS.join(", ")}`);
  const aboutNode = readRequired(map, "about");
  const about = readText(aboutNode);
  if (about !== "actor" && about !== "ip")
    throw new SigmaError("bad_value", aboutNode.place, "must be actor or ip");
  const field = RESPOND_FIELDS[about];
  if (!groupBy.includes(field))
    throw new SigmaError("bad_value", aboutNode.place, `needs findings that are grouped by ${field}`);
  const forNode = readRequired(map, "for");
  const parts = /^(\d{1,6})([smhd])$/.exec(readText(forNode));
  const seconds = parts === null ? 0 : Number(parts[1]) * (UNITS[parts[2] ?? ""] ?? 0);
  if (seconds < 1 || seconds > MAX_SECONDS)
    throw new SigmaError("bad_value", forNode.place, "must be a duration like 15m, 24h or 7d, at most 90d");
  return { decision, about, forMs: seconds * 1_000 };
}

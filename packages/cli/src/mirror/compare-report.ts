// SPDX-License-Identifier: Apache-2.0
import { neutralize } from "@telltale/event";
import type { Relation } from "@telltale/log";
import type { ExitName } from "../exit-codes.js";
import type { Paint, Style } from "../ui/colour.js";
import { cut } from "../ui/table.js";
import { plural } from "../ui/units.js";
import type { Against } from "./compare.js";
import { findDifference } from "./line-difference.js";

const ENDS: Record<
  Relation["kind"] | "other_log" | "mirror_damaged",
  { exit: ExitName; word: string; style: Style }
> = {
  same: { exit: "ok", word: "SAME", style: "green" },
  mirror_behind: { exit: "ok", word: "SAME", style: "green" },
  mirror_ahead: { exit: "failed", word: "CUT", style: "red" },
  differs: { exit: "failed", word: "DIFFERENT", style: "red" },
  other_log: { exit: "unverifiable", word: "OTHER LOG", style: "yellow" },
  mirror_damaged: { exit: "unverifiable", word: "NOT COMPARED", style: "yellow" },
};

const endOf = (against: Against) => ENDS["problem" in against ? against.problem : against.relation.kind];

/** The exit of a comparison. */
export function toCompareExit(against: Against): ExitName {
  return endOf(against).exit;
}

interface Known {
  id?: string;
  action?: string;
  received?: string;
}

/** What people recognise an event by. The bytes are hostile: only strings are taken, cut, to be neutralised where they are shown. */
export function parseKnown(line: Buffer | undefined): Known | undefined {
  if (line === undefined) return undefined;
  let event: unknown;
  try {
    event = JSON.parse(line.toString("utf8"));
  } catch {
    return {};
  }
  if (typeof event !== "object" || event === null) return {};
  const known: Known = {};
  for (const name of ["id", "action", "received"] as const) {
    const value = Object.hasOwn(event, name) ? (event as Record<string, unknown>)[name] : undefined;
    if (typeof value === "string") known[name] = value.slice(0, 100);
  }
  return known;
}

function describe(line: Buffer | undefined, absent: string): string {
  const known = parseKnown(line);
  if (line === undefined || known === undefined) return absent;
  const { action = "no action", id = "no id", received = "no time" } = known;
  const text = cut(line.toString("utf8").slice(0, 4000), 160);
  return `${action}  ${id}  received ${received}\n             ${neutralize(text)}`;
}

function sentence(relation: Relation, mirrorSize: number, origin: string): string {
  if (relation.kind === "same") return `the log and the mirror hold the same ${plural(mirrorSize, "event")}`;
  if (relation.kind === "differs")
    return `the log and the mirror are not the same from event ${relation.first} on`;
  const count = plural(relation.count, "event");
  if (relation.kind === "mirror_behind") {
    return `all ${plural(mirrorSize, "event")} of the mirror are in the log; the mirror is ${count} behind`;
  }
  const are = relation.count === 1 ? "is" : "are";
  return `${count} of ${origin} that the mirror holds ${are} gone from the log, from index ${relation.first} on`;
}

function details(relation: Relation): string[] {
  if (relation.kind === "mirror_ahead") {
    const { oldest, newest } = relation;
    const [from, to] = [parseKnown(oldest)?.received, parseKnown(newest)?.received];
    return [
      `  gone       received ${from ?? "?"} to ${to ?? "?"}`,
      `  first      ${describe(oldest, "not held: it was pruned before it could be pulled")}`,
      `  last       ${describe(newest, "not held")}`,
    ];
  }
  if (relation.kind !== "differs") return [];
  const difference = relation.mirror && relation.log && findDifference(relation.mirror, relation.log);
  return [
    ...(difference === undefined
      ? []
      : [
          `  differs    ${neutralize(difference.place)}`,
          `    mirror   ${neutralize(difference.mirror)}`,
          `    log      ${neutralize(difference.log)}`,
        ]),
    `  mirror     ${describe(relation.mirror, "not held: it was pruned before it could be pulled")}`,
    `  log        ${describe(relation.log, "missing, pruned or unreadable")}`,
  ];
}

/** The comparison for people, each line without its end. */
export function formatAgainst(against: Against, paint: Paint): string[] {
  const { word, style } = endOf(against);
  const head = paint("bold", paint(style, word));
  if ("problem" in against) return [`${head}  ${neutralize(against.message)}`];
  const { relation, mirrorSize, size, origin } = against;
  const lines = details(relation).flatMap((line) => line.split("\n"));
  return [
    `${head}  ${neutralize(sentence(relation, mirrorSize, origin))}`,
    ...lines.map(neutralize),
    `  sizes      ${plural(size, "event")} in the log, ${plural(mirrorSize, "event")} in the mirror ${neutralize(against.mirror)}`,
  ];
}

/** The comparison for programs. */
export function toAgainstJson(against: Against): object {
  if ("problem" in against) return against;
  const { relation, ...rest } = against;
  const { kind, ...more } = relation;
  const shown = Object.fromEntries(
    Object.entries(more).map(([name, value]) => [
      name,
      Buffer.isBuffer(value) ? { ...parseKnown(value), line: value.toString("utf8") } : value,
    ]),
  );
  const difference =
    relation.kind === "differs" && relation.mirror && relation.log
      ? findDifference(relation.mirror, relation.log)
      : undefined;
  return { ...rest, relation: kind, ...shown, ...(difference && { difference }) };
}

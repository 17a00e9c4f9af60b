// SPDX-License-Identifier: Apache-2.0
import { benignLines } from "./benign.mjs";
import { RULES } from "./rules.mjs";
import { emptyScore, scoreBenign, scoreItem } from "./score.mjs";
import { itemsOf } from "./sets.mjs";

export const SEED = "telltale-protect-1";
export const AIMS = { structured: 0.97, prose: 0.9, falsePerMb: 1 };

/** A policy that masks what is kept by default. */
export function askingPolicy(kinds) {
  return {
    version: "0000000000000000",
    profile: "plain",
    unknown: "keep",
    kinds: Array.from(kinds, (kind) => [kind, "mask"]),
    fields: [],
    tenants: [],
    names: { secret: [], plain: [] },
    patterns: [],
  };
}

/**
 * Measures a protector.
 *
 * `count`: items for each text of a row. `benignBytes`: size of the generated benign logs. `logs`: `[name, lines]` of other benign logs.
 * `asked` is the protector for rows that are kept by default.
 */
export function measure({ protector, asked = protector, seed = SEED, count, benignBytes, logs = [] }) {
  const rows = RULES.map((rule) => {
    const row = { row: rule.row, name: rule.name, group: rule.group };
    for (const part of ["seen", "fresh"]) {
      row[part] = emptyScore();
      const own = rule.group === "kept" ? asked : protector;
      for (const item of itemsOf(rule, part, seed, count)) scoreItem(own, item, row[part]);
    }
    return row;
  });
  const benign = [["generated", benignLines(seed, benignBytes)], ...logs].map(([name, lines]) => ({
    name,
    ...scoreBenign(protector, lines),
  }));
  return { rows, benign };
}

function sum(scores) {
  const total = emptyScore();
  for (const score of scores) {
    total.labelled += score.labelled;
    total.found += score.found;
    total.false += score.false;
  }
  return total;
}

export const recallOf = ({ found, labelled }) => (labelled === 0 ? 1 : found / labelled);
export const precisionOf = (score) =>
  score.found + score.false === 0 ? 1 : score.found / (score.found + score.false);

export function totalOf({ rows }, group, part) {
  return sum(rows.filter((row) => row.group === group).map((row) => row[part]));
}

export function falsePerMb({ benign }) {
  const bytes = benign.reduce((total, log) => total + log.bytes, 0);
  return benign.reduce((total, log) => total + log.masks, 0) / (bytes / 1e6);
}

const three = (share) => share.toFixed(3);

function line(cells) {
  return `| ${cells.join(" | ")} |`;
}

function cellsOf(score) {
  return score.labelled === 0
    ? ["", "", ""]
    : [score.labelled, three(precisionOf(score)), three(recallOf(score))];
}

function scoreCells({ seen, fresh }) {
  return [...cellsOf(fresh), ...cellsOf(seen)];
}

/** The table as Markdown. Nothing in it depends on the machine or the day. */
export function toTable(result, { seed, count }) {
  const total = (group) => ({ seen: totalOf(result, group, "seen"), fresh: totalOf(result, group, "fresh") });
  const groups = [
    ["structured", "**structured, all**"],
    ["prose", "**passwords in free text**"],
    ["kept", "**kept by default, all**"],
  ];
  return [
    `Seed \`${seed}\`, ${count} items for each text of a row.`,
    "",
    line(["row", "what", "fresh items", "precision", "recall", "seen items", "precision", "recall"]),
    line(["---", "---", "--:", "--:", "--:", "--:", "--:", "--:"]),
    ...result.rows.map((row) =>
      line([row.row, row.group === "kept" ? `${row.name} (kept by default)` : row.name, ...scoreCells(row)]),
    ),
    ...groups.map(([group, name]) => line(["", name, ...scoreCells(total(group))])),
    "",
    line(["benign log", "lines", "MB", "false masks", "per MB", "kinds"]),
    line(["---", "--:", "--:", "--:", "--:", "---"]),
    ...result.benign.map(({ name, lines, bytes, masks, kinds }) =>
      line([
        name,
        lines,
        (bytes / 1e6).toFixed(2),
        masks,
        (masks / (bytes / 1e6)).toFixed(2),
        [...kinds].map(([kind, times]) => `${kind} ${times}`).join(", ") || "none",
      ]),
    ),
    "",
  ].join("\n");
}

/** Which aims are not met, in words. */
export function shortfalls(result) {
  const short = [];
  for (const group of ["structured", "prose"]) {
    const recall = Math.min(...["seen", "fresh"].map((part) => recallOf(totalOf(result, group, part))));
    if (recall < AIMS[group]) short.push(`recall of ${group} is ${three(recall)}, wanted ${AIMS[group]}`);
  }
  const rate = falsePerMb(result);
  if (rate > AIMS.falsePerMb)
    short.push(`${rate.toFixed(2)} false masks per MB of benign logs, wanted at most ${AIMS.falsePerMb}`);
  return short;
}

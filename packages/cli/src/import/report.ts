// SPDX-License-Identifier: Apache-2.0
import { neutralize } from "@telltale/event";
import type { Paint } from "../ui/colour.js";
import { formatTable } from "../ui/table.js";
import { formatCount, formatDuration } from "../ui/units.js";
import type { ImportResult } from "./run.js";

const NAMED = 20;

function sum(counts: Record<string, number>): number {
  return Object.values(counts).reduce((total, count) => total + count, 0);
}

/** The summary for people. */
export function formatImport(
  name: string,
  format: string,
  result: ImportResult,
  ms: number,
  paint: Paint,
): string {
  const { skipped, rejectedTotal, first, last } = result;
  const reasons = Object.entries(skipped).map(([why, count]) => `${why}: ${formatCount(count)}`);
  const rows: [string, string, string][] = [
    ["lines", formatCount(result.lines), ""],
    ["accepted", formatCount(result.accepted), first === null ? "" : `indexes from ${first} to ${last}`],
    [
      "duplicates",
      formatCount(result.duplicates),
      result.duplicates > 0 ? "in the log already, not added again" : "",
    ],
    ["skipped", formatCount(sum(skipped)), reasons.join(" · ")],
    ["rejected", formatCount(rejectedTotal), ""],
  ];
  const width = Math.max(...rows.map(([, count]) => count.length));
  const cells = rows.map(([label, count, detail]) => [
    { text: `  ${label}` },
    {
      text: count.padStart(width),
      ...(label === "rejected" && rejectedTotal > 0 ? { paint: redden(paint) } : {}),
    },
    { text: neutralize(detail), paint: (text: string) => paint("dim", text) },
  ]);
  const verb = result.complete ? "Imported" : "Stopped importing";
  return `${verb} ${neutralize(name)} as ${format} in ${formatDuration(ms)}\n${formatTable([], cells)}`;
}

function redden(paint: Paint): (text: string) => string {
  return (text) => paint("red", text);
}

/** The first refused lines, one sentence each, for stderr. */
export function formatRejected(result: ImportResult): string {
  const named = result.rejected
    .slice(0, NAMED)
    .map((each) => `line ${each.line}: ${neutralize(each.message)} (${each.code})`);
  const left = result.rejectedTotal - named.length;
  if (left > 0) named.push(`… and ${formatCount(left)} more; --json names up to 1,000`);
  return named.map((each) => `${each}\n`).join("");
}

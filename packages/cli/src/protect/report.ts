// SPDX-License-Identifier: Apache-2.0
import { neutralize } from "@telltale/event";
import type { Paint } from "../ui/colour.js";
import { formatCount, plural } from "../ui/units.js";
import type { ProtectSummary, RuleFindings } from "./summary.js";

/** For people: each rule with its places. Never a value. */
export function formatSummary(name: string, summary: ProtectSummary, paint: Paint): string {
  const { lines, events, skipped, found, rules } = summary;
  const text =
    events === lines
      ? plural(lines, "event")
      : `${plural(lines, "line")}, ${plural(events, "event")} among them`;
  const head = `${neutralize(name)}: ${text}; ${
    found === 0 ? "nothing would be hidden" : `${plural(found, "value")} would be hidden`
  }`;
  const notes = skipped === 0 ? [] : [`  ${plural(skipped, "line")} too long to be looked at`];
  return `${[head, ...notes, ...rules.flatMap((rule) => formatRule(rule, paint))].join("\n")}\n`;
}

function formatRule({ kind, count, lines, places }: RuleFindings, paint: Paint): string[] {
  const rows = places.map(({ line, place, how, sure }) => {
    const where = place === "" ? "" : `  ${neutralize(place)}`;
    return `    line ${line}${where}  ${paint("dim", how)}${sure ? paint("red", "  a credential for sure") : ""}`;
  });
  const more = count - places.length;
  return [
    `  ${paint("bold", kind)}  ${plural(count, "value")} in ${plural(lines, "line")}`,
    ...rows,
    ...(more > 0 ? [`    and ${formatCount(more)} more (--limit shows more)`] : []),
  ];
}

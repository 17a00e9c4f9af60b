// SPDX-License-Identifier: Apache-2.0
import { neutralize } from "@telltale/event";
import type { Found } from "../client/answers.js";
import type { Paint, Style } from "./colour.js";
import { type Cell, cut, formatTable } from "./table.js";

const LEVELS: Record<string, Style> = { warn: "yellow", critical: "red", info: "dim" };
const HEAD = ["INDEX", "TIME", "LEVEL", "ACTION", "OUTCOME", "ACTOR", "ADDRESS", "APP", "DETAIL"];

/** Style of a level; unknown levels are left plain. */
export function levelStyle(level: string): Style | undefined {
  return Object.hasOwn(LEVELS, level) ? LEVELS[level] : undefined;
}

function show(value: unknown, length: number): string {
  return typeof value === "string" ? cut(neutralize(value), length) : "";
}

/** Events as a table; everything that a sender wrote is neutralised and cut, so that a line stays a line. */
export function formatEvents(found: readonly Found[], paint: Paint, columns: number | undefined): string {
  const rows = found.map(({ index, event }): Cell[] => {
    const style = levelStyle(event.level);
    return [
      { text: String(index) },
      { text: show(event.time, 30) },
      { text: show(event.level, 8), ...(style === undefined ? {} : { paint: (text) => paint(style, text) }) },
      { text: show(event.action, 40) },
      { text: show(event.outcome, 8) },
      { text: show(event.actor?.name ?? event.actor?.id, 24) },
      { text: show(event.client?.ip, 39) },
      { text: show(event.source.app, 20) },
      {
        text: show([event.reason, event.message].filter((each) => typeof each === "string").join(" · "), 200),
      },
    ];
  });
  return formatTable(HEAD, rows, columns);
}

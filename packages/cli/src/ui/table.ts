// SPDX-License-Identifier: Apache-2.0

/** A cell: plain text that has been neutralised, and what to do to it after it was padded. */
export interface Cell {
  text: string;
  paint?: (text: string) => string;
}

/** Columns as wide as their widest cell, two spaces between; the last column is cut where the terminal ends. */
export function formatTable(
  head: readonly string[],
  rows: readonly (readonly Cell[])[],
  columns?: number,
): string {
  const all: readonly (readonly Cell[])[] =
    head.length === 0 ? rows : [head.map((text) => ({ text })), ...rows];
  const widths: number[] = [];
  for (const row of all) {
    for (const [i, cell] of row.entries()) widths[i] = Math.max(widths[i] ?? 0, cell.text.length);
  }
  return all.map((row) => `${formatRow(row, widths, columns)}\n`).join("");
}

function formatRow(row: readonly Cell[], widths: readonly number[], columns: number | undefined): string {
  let line = "";
  let used = 0;
  for (const [i, cell] of row.entries()) {
    const last = i === row.length - 1;
    const room = columns === undefined ? Number.POSITIVE_INFINITY : Math.max(columns - used, 8);
    const text = last ? cut(cell.text, room) : cell.text.padEnd(widths[i] ?? 0);
    line += cell.paint === undefined ? text : cell.paint(text);
    if (!last) line += "  ";
    used += (widths[i] ?? 0) + 2;
  }
  return line.trimEnd();
}

/** Shortens to at most `length` characters, the last of which is then an ellipsis. */
export function cut(text: string, length: number): string {
  return text.length <= length ? text : `${text.slice(0, Math.max(length - 1, 0))}…`;
}

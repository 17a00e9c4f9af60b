// SPDX-License-Identifier: Apache-2.0
import { useHotkeys } from "../hotkeys.js";

/** What makes an element a stop of `j` and `k`. */
export const ROW = { "data-row": "", tabIndex: -1 } as const;

function step(by: 1 | -1): void {
  const rows = [...document.querySelectorAll<HTMLElement>("#content [data-row]")];
  const at = rows.findIndex((row) => row.contains(document.activeElement));
  const next = at === -1 ? 0 : Math.min(rows.length - 1, Math.max(0, at + by));
  rows[next]?.focus();
}

/** `j` and `k` go from row to row of a page; Tab goes on to what can be done with it. */
export function useRowKeys(): void {
  useHotkeys({ j: () => step(1), k: () => step(-1) });
}

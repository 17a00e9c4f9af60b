// SPDX-License-Identifier: Apache-2.0
import type { CliIo } from "../io.js";

/** A bar on stderr that overwrites itself. Silent when nobody watches. */
export interface Progress {
  /** `total` undefined: not known. At most ten updates a second are drawn. */
  update(done: number, total: number | undefined, detail: string): void;
  /** Removes the bar; whatever is printed next stands where it was. */
  clear(): void;
}

const WIDTH = 24;
const EVERY_MS = 100;

export function createProgress(io: CliIo, label: string): Progress {
  if (!io.stderrIsTerminal) return { update() {}, clear() {} };
  let drawn = 0;
  let shown = false;
  return {
    update(done, total, detail) {
      const now = io.now();
      if (shown && now - drawn < EVERY_MS) return;
      drawn = now;
      shown = true;
      io.stderr.write(
        `\r\u001b[2K${formatBar(label, done, total, detail).slice(0, Math.max(io.columns - 1, 20))}`,
      );
    },
    clear() {
      if (shown) io.stderr.write("\r\u001b[2K");
      shown = false;
    },
  };
}

function formatBar(label: string, done: number, total: number | undefined, detail: string): string {
  if (total === undefined || total <= 0) return `${label}  ${detail}`;
  const part = Math.min(Math.max(done / total, 0), 1);
  const full = Math.round(part * WIDTH);
  const percent = `${Math.floor(part * 100)}`.padStart(3);
  return `${label}  ${"█".repeat(full)}${"░".repeat(WIDTH - full)} ${percent}%  ${detail}`;
}

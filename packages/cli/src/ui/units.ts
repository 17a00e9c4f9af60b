// SPDX-License-Identifier: Apache-2.0

/** 1234567 → "1,234,567". */
export function formatCount(count: number): string {
  return count.toString().replace(/\B(?=(?:\d{3})+$)/g, ",");
}

/** "1 event", "2 events". */
export function plural(count: number, noun: string): string {
  return `${formatCount(count)} ${noun}${count === 1 ? "" : "s"}`;
}

/** Bytes in powers of ten, as the pages say them and disks are sold: "980 B", "1.4 GB". */
export function formatBytes(bytes: number): string {
  const units = ["B", "kB", "MB", "GB", "TB", "PB"];
  let value = bytes;
  let unit = 0;
  while (value >= 999.5 && unit < units.length - 1) {
    value /= 1000;
    unit++;
  }
  return `${value >= 99.95 || unit === 0 ? Math.round(value) : value.toFixed(1).replace(".0", "")} ${units[unit]}`;
}

/** Milliseconds as "340 ms", "12.3 s", "4 min 5 s". */
export function formatDuration(ms: number): string {
  if (ms < 1000) return `${Math.round(ms)} ms`;
  if (ms < 60_000) return `${(ms / 1000).toFixed(1)} s`;
  return `${Math.floor(ms / 60_000)} min ${Math.round((ms % 60_000) / 1000)} s`;
}

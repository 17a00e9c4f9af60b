// SPDX-License-Identifier: Apache-2.0
import { randomUUID } from "node:crypto";
import { ALERT_LEVELS, type AlertLevel } from "../alert.js";
import { toLevelOrder } from "../grouping.js";
import { MAX_LINES } from "./card.js";
import type { DeliveryRow } from "./delivery-store.js";
import type { DigestLine, DigestNotice } from "./notice.js";
import { parseNotice } from "./notice.js";

/** One notice for all that was held back. */
export function toDigest(
  rows: readonly DeliveryRow[],
  { at, unqueued, link }: { at: string; unqueued: number; link: string | undefined },
): DigestNotice {
  const sorted = [...rows].sort((a, b) => order(b) - order(a));
  const levels: Partial<Record<AlertLevel, number>> = {};
  for (const level of [...ALERT_LEVELS].reverse()) {
    const count = rows.filter((row) => row.level === level).length;
    if (count > 0) levels[level] = count;
  }
  const since = rows.map((row) => row.held ?? row.created).sort()[0] ?? at;
  return {
    type: "digest",
    delivery: randomUUID(),
    at,
    since,
    held: rows.length,
    unqueued,
    levels,
    lines: sorted.slice(0, MAX_LINES).flatMap(toDigestLine),
    ...(link === undefined ? {} : { link }),
  };
}

function order(row: DeliveryRow): number {
  return toLevelOrder(row.level as AlertLevel);
}

function toDigestLine(row: DeliveryRow): DigestLine[] {
  const notice = parseNotice(row.body);
  if (notice.type !== "alert") return [];
  const { alert, reason } = notice;
  const { id, title, level, key, count } = alert;
  return [{ id, title, level, reason, key: key.slice(0, 200), count }];
}

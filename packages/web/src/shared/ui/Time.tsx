// SPDX-License-Identifier: Apache-2.0
import { formatAgo, formatLocal, formatUtc, isUtcZone, toMs } from "../format.js";
import { useNow } from "../now.js";

/** Both exact forms of a time: the viewer's zone, and UTC under it. */
export function exactTip(time: string | number): string {
  return isUtcZone(time) ? formatUtc(time) : `${formatLocal(time)}\n${formatUtc(time)}`;
}

/** `4 min ago`, exact on hover. */
export function Ago({ time, className }: { time: string | number; className?: string }) {
  const now = useNow(1000);
  const ms = toMs(time);
  return (
    <time
      dateTime={Number.isNaN(ms) ? undefined : new Date(ms).toISOString()}
      data-tip={exactTip(time)}
      className={className}
    >
      {formatAgo(time, now)}
    </time>
  );
}

// SPDX-License-Identifier: Apache-2.0
import type { SelfLog } from "./self-log.js";

export const HEARTBEAT_MS = 5 * 60 * 1000;

/** The server's own sign of life: evidence that the log was running, and a boundary at which segments can close. */
export function startHeartbeat(
  selfLog: SelfLog,
  facts: () => Record<string, unknown>,
  everyMs = HEARTBEAT_MS,
): () => void {
  const timer = setInterval(() => selfLog.emit({ action: "telltale_heartbeat", data: facts() }), everyMs);
  timer.unref();
  return () => clearInterval(timer);
}

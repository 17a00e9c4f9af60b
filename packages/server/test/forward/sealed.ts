// SPDX-License-Identifier: Apache-2.0
import type { SecurityEvent } from "@telltale/event";
import type { Outgoing } from "../../src/follow/forward/target.js";
import { MemoryLog } from "../memory-log.js";

/** A sealed event; `n` tells it from others. */
export function makeEvent(n: number, over: Partial<SecurityEvent> = {}): SecurityEvent {
  return {
    received: "2026-11-22T10:00:00.500Z",
    via: "ingest_1",
    v: 1,
    id: `0192f000-0000-7000-8000-${String(n).padStart(12, "0")}`,
    time: "2026-11-22T10:00:00.123Z",
    source: { app: "shop-api", version: "1.4.2", env: "production", instance: "web-1" },
    action: n % 3 === 0 ? "authn_login_fail" : "api_request",
    outcome: n % 3 === 0 ? "failure" : "success",
    level: n % 3 === 0 ? "warn" : "info",
    actor: { type: "user", id: `u${n}`, name: "Zoë" },
    client: { ip: "203.0.113.7" },
    data: { n },
    ...over,
  };
}

export function makeOutgoing(n: number, over: Partial<SecurityEvent> = {}): Outgoing {
  return { index: n, address: `main:${n}`, event: makeEvent(n, over) };
}

/** A log in memory that followers can run on. */
export class FollowedLog extends MemoryLog {
  constructor(count: number) {
    super();
    this.grow(count);
  }
  grow(count: number): void {
    this.append(Array.from({ length: count }, (_, i) => JSON.stringify(makeEvent(this.size + i))));
  }
  onCommit(): () => void {
    return () => {};
  }
}

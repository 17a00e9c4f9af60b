// SPDX-License-Identifier: Apache-2.0
import { isIP } from "node:net";

/** True for a host that cannot be another machine: 127.0.0.0/8, ::1, localhost. `[…]` around IPv6 may stay. */
export function isLoopback(hostname: string): boolean {
  const host = hostname.replace(/^\[|\]$/g, "").toLowerCase();
  if (isIP(host) === 4) return host.startsWith("127.");
  return host === "::1" || host === "localhost";
}

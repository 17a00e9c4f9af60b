// SPDX-License-Identifier: Apache-2.0
import { isIP } from "node:net";
import type { FastifyRequest } from "fastify";

/**
 * The address of whoever asks. What a proxy handed on is believed only when it is an address; otherwise it is the peer's, so
 * that nobody writes a text of his own into the log or gets a throttle of his own with each request.
 */
export function addressOf(request: Pick<FastifyRequest, "ip" | "socket">): string {
  if (isIP(request.ip) !== 0) return request.ip;
  return request.socket.remoteAddress ?? "unknown";
}

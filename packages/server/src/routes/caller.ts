// SPDX-License-Identifier: Apache-2.0
import type { FastifyRequest } from "fastify";
import type { Principal } from "../access/principal.js";

/** Who asks, on a route that is not public. */
export function mustPrincipal(request: FastifyRequest): Principal {
  if (request.principal === null) throw new Error("BUG: a route that needs a caller is public");
  return request.principal;
}

/** The caller as alerts and events name it. */
export function toCaller(request: FastifyRequest): {
  kind: "key" | "user";
  id: string;
  name: string;
  role: string;
} {
  const { kind, id, name, role } = mustPrincipal(request);
  return { kind, id, name, role };
}

// SPDX-License-Identifier: Apache-2.0
import { isIpAddress } from "./address.js";
import { compact } from "./compact.js";
import type { SecurityEvent } from "./shape.js";
import { findAction } from "./vocabulary.js";

const OUTCOME = {
  success: "success",
  failure: "failure",
  denied: "failure",
  error: "failure",
  unknown: "unknown",
};
const SEVERITY = { info: 21, warn: 47, critical: 99 };
const VERBATIM = new Set(["targets", "changes", "money", "data", "protected"]);

/**
 * The event as an Elastic Common Schema 9.1 document; fields that ECS has no place for go under `telltale`.
 *
 * @param address where it is sealed, `<log>:<index>`
 */
export function toEcs(event: SecurityEvent, address: string): object {
  const { actor, client, request, source } = event;
  const entry = findAction(event.action);
  const user = event.targets?.find(({ type }) => type === "user");
  // `address` is what was reported, whatever it is; `ip` is of a type that takes addresses only.
  const ip = client?.ip !== undefined && isIpAddress(client.ip) ? client.ip : undefined;
  return compact(
    {
      "@timestamp": event.time,
      ecs: { version: "9.1.0" },
      message: event.message,
      event: {
        kind: "event",
        category: entry?.ecs.category,
        type: entry?.ecs.type,
        action: event.action,
        outcome: OUTCOME[event.outcome],
        severity: SEVERITY[event.level],
        id: event.id,
        created: event.time,
        ingested: event.received,
        reason: event.reason,
        duration: request?.durationMs === undefined ? undefined : Math.round(request.durationMs * 1e6),
        provider: "telltale",
      },
      user: {
        id: actor?.id,
        name: actor?.name,
        email: actor?.email,
        roles: actor?.roles,
        target: { id: user?.id, name: user?.name },
      },
      client: {
        address: client?.ip,
        ip,
        port: client?.port,
        geo: { country_iso_code: client?.country },
        as: { number: client?.asn, organization: { name: client?.org } },
      },
      source: { address: client?.ip, ip, port: client?.port },
      user_agent: { original: client?.userAgent },
      http: {
        request: { id: request?.id, method: request?.method },
        response: { status_code: request?.status },
      },
      url: { path: request?.path },
      trace: { id: request?.trace },
      service: {
        name: source.app,
        version: source.version,
        environment: source.env,
        node: { name: source.instance },
      },
      organization: { id: event.tenant },
      related: { user: [actor?.id, user?.id], ip: [ip] },
      telltale: {
        address,
        via: event.via,
        level: event.level,
        outcome: event.outcome,
        route: request?.route,
        targets: event.targets,
        changes: event.changes,
        money: event.money,
        data: event.data,
        protected: event.protected,
      },
    },
    VERBATIM,
  );
}

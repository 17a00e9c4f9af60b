// SPDX-License-Identifier: Apache-2.0
import { compact } from "./compact.js";
import type { SecurityEvent } from "./shape.js";
import { findAction } from "./vocabulary.js";

const VERBATIM = new Set(["unmapped"]);
const SEVERITY = { info: 1, warn: 3, critical: 5 };
const STATUS = { success: 1, failure: 2, denied: 2, error: 2, unknown: 0 };
/** API Activity with activity Other: the class of what has no entry in the vocabulary. */
const UNKNOWN_ACTION = { class_uid: 6003, activity_id: 99 };

/**
 * The event as an Open Cybersecurity Schema Framework 1.8 object: the base attributes that every class requires,
 * actor, endpoints, request; the rest under `unmapped`.
 *
 * @param address where it is sealed, `<log>:<index>`
 */
export function toOcsf(event: SecurityEvent, address: string): object {
  const { actor, client, request, source } = event;
  const { class_uid, activity_id } = findAction(event.action)?.ocsf ?? UNKNOWN_ACTION;
  const target = event.targets?.find(({ type }) => type === "user");
  const user = { uid: actor?.id, name: actor?.name, email_addr: actor?.email };
  const mapped = {
    category_uid: Math.floor(class_uid / 1000),
    class_uid,
    activity_id,
    type_uid: class_uid * 100 + activity_id,
    severity_id: SEVERITY[event.level],
    status_id: STATUS[event.outcome],
    status_detail: event.reason,
    time: Date.parse(event.time),
    message: event.message,
    metadata: {
      version: "1.8.0",
      uid: event.id,
      event_code: event.action,
      log_name: address,
      logged_time: Date.parse(event.received),
      tenant_uid: event.tenant,
      product: { name: "Telltale", vendor_name: "Telltale" },
    },
    actor: { user, app_name: source.app, session: { uid: actor?.session } },
    user: target === undefined ? user : { uid: target.id, name: target.name },
    service: { name: source.app, version: source.version },
    src_endpoint: { ip: client?.ip, port: client?.port, location: { country: client?.country } },
    http_request: {
      uid: request?.id,
      http_method: request?.method,
      url: { path: request?.path },
      user_agent: client?.userAgent,
    },
    http_response: { code: request?.status },
    api: { operation: request?.route ?? event.action },
    unmapped: {
      via: event.via,
      targets: event.targets,
      changes: event.changes,
      money: event.money,
      data: event.data,
    },
  };
  return compact(mapped, VERBATIM);
}

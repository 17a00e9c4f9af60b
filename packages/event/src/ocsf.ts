// SPDX-License-Identifier: Apache-2.0
import { compact } from "./compact.js";
import { OCSF_CLASSES } from "./ocsf-classes.js";
import { toClientEndpoint } from "./ocsf-objects.js";
import type { SecurityEvent } from "./shape.js";
import { findAction } from "./vocabulary.js";

const VERBATIM = new Set(["unmapped"]);
const SEVERITY = { info: 1, warn: 3, critical: 5 };
const STATUS = { success: 1, failure: 2, denied: 2, error: 2, unknown: 0 };
/** API Activity with activity Other: the class of what has no entry in the vocabulary. */
const UNKNOWN_ACTION = { class_uid: 6003, activity_id: 99 };
const OTHER = 99;

/**
 * The event as an Open Cybersecurity Schema Framework 1.8 object of the class that the vocabulary names: what every class
 * requires, what its class requires, actor, endpoints and request; what has no place there is under `unmapped`.
 *
 * @param address where it is sealed, `<log>:<index>`
 */
export function toOcsf(event: SecurityEvent, address: string): object {
  const { request } = event;
  const { class_uid, activity_id } = findAction(event.action)?.ocsf ?? UNKNOWN_ACTION;
  const found = OCSF_CLASSES.get(class_uid);
  const time = Date.parse(event.time);
  const received = Date.parse(event.received);
  const mapped = {
    category_uid: Math.floor(class_uid / 1000),
    class_uid,
    activity_id,
    // Beside Other stands the word of the source.
    activity_name: activity_id === OTHER ? event.action : undefined,
    type_uid: class_uid * 100 + activity_id,
    severity_id: SEVERITY[event.level],
    status_id: STATUS[event.outcome],
    status_detail: event.reason,
    time: Number.isNaN(time) ? received : time,
    duration: request?.durationMs === undefined ? undefined : Math.round(request.durationMs),
    message: event.message,
    metadata: {
      version: "1.8.0",
      uid: event.id,
      event_code: event.action,
      correlation_uid: request?.trace,
      log_name: address,
      logged_time: received,
      tenant_uid: event.tenant,
      product: { name: "Telltale", vendor_name: "Telltale" },
      profiles: found?.profiles,
    },
    ...found?.build(event, activity_id),
    unmapped: toUnmapped(event, found?.hasRequest === true),
  };
  return compact(mapped, VERBATIM);
}

function toUnmapped(event: SecurityEvent, hasRequest: boolean): object {
  const { actor, client, request, source } = event;
  const isPlaced =
    hasRequest &&
    (client?.ip === undefined || toClientEndpoint({ ...event, client: { ip: client.ip } }) !== undefined);
  return {
    via: event.via,
    level: event.level,
    outcome: event.outcome,
    env: source.env,
    instance: source.instance,
    roles: actor?.roles,
    onBehalfOf: actor?.onBehalfOf,
    method: hasRequest ? request?.method : undefined,
    route: hasRequest ? request?.route : undefined,
    request: hasRequest ? undefined : request,
    client: isPlaced ? undefined : client,
    targets: event.targets,
    changes: event.changes,
    money: event.money,
    data: event.data,
    protected: event.protected,
  };
}

// SPDX-License-Identifier: Apache-2.0
import { isIpAddress } from "./address.js";
import type { SecurityEvent, Target } from "./shape.js";

// Objects of OCSF 1.8. Each either satisfies the constraints of its kind (`at_least_one`, types with a pattern) or is undefined.

// The pattern of `email_t`, written without its accidental ranges: what matches here matches there.
const EMAIL = /^[\w!#$%&'*+\-/=?^`{|}~.]{1,64}@[A-Za-z0-9-]{1,63}\.[A-Za-z0-9.-]{1,190}$/;
const USER_TYPES = { user: 1, system: 3, service: 4, anonymous: 0 } as const;
const METHODS = new Set(["CONNECT", "DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT", "TRACE"]);
const MAX_PORT = 65_535;

/** The user behind the event; undefined when nothing names one. */
function toActorUser({ actor }: SecurityEvent): object | undefined {
  if (actor === undefined) return undefined;
  const { id, name, email } = actor;
  if (id === undefined && name === undefined && email === undefined) return undefined;
  return {
    uid: id,
    // One of account, name and uid there must be.
    name: name ?? (id === undefined ? email : undefined),
    email_addr: email !== undefined && EMAIL.test(email) ? email : undefined,
    type_id: USER_TYPES[actor.type],
  };
}

/** Who acted: the user where one is known, always the program that reports. */
export function toActor(event: SecurityEvent): object {
  return {
    user: toActorUser(event),
    app_name: event.source.app,
    session: { uid: event.actor?.session },
  };
}

/** The user that something was done to: the target of that type, else the actor, else "unknown", since it is required. */
export function toUser(event: SecurityEvent): object {
  const target = event.targets?.find(({ type }) => type === "user");
  if (target?.id !== undefined || target?.name !== undefined) return { uid: target.id, name: target.name };
  return toActorUser(event) ?? { name: event.actor?.type ?? "unknown" };
}

/** Where it came from; undefined when nothing is known about that. */
export function toClientEndpoint({ client }: SecurityEvent): object | undefined {
  if (client === undefined) return undefined;
  const ip = client.ip !== undefined && isIpAddress(client.ip) ? client.ip : undefined;
  if (ip === undefined && client.device === undefined) return undefined;
  const { port, country } = client;
  return {
    ip,
    uid: client.device,
    port: port !== undefined && port >= 0 && port <= MAX_PORT ? port : undefined,
    location: { country },
    autonomous_system: { number: client.asn, name: client.org },
  };
}

/** For classes that require one: without a client, the program that reports is where it came from. */
export function toSourceEndpoint(event: SecurityEvent): object {
  return toClientEndpoint(event) ?? { svc_name: event.source.app };
}

/** Request and answer, as far as there were any. */
export function toHttp({ client, request }: SecurityEvent): object {
  const method = request?.method?.toUpperCase();
  return {
    http_request: {
      uid: request?.id,
      http_method: method !== undefined && METHODS.has(method) ? method : undefined,
      url: { path: request?.path },
      user_agent: client?.userAgent,
    },
    http_response: { code: request?.status },
  };
}

/** A target under the names that every kind of resource has. */
export function toResource({ type, id, name }: Target): { uid?: string; name?: string; type: string } {
  return {
    type,
    ...(id === undefined ? {} : { uid: id }),
    ...(name === undefined ? (id === undefined ? { name: type } : {}) : { name }),
  };
}

/** What the event is about, where exactly one thing must be named: its first target, else the program. */
export function toEntity({ targets, source }: SecurityEvent): object {
  const [first] = targets ?? [];
  if (first === undefined) return { name: source.app, type: "application" };
  const isUser = first.type === "user";
  // 2 is a user; the other kinds that OCSF counts are not those of an application.
  return { ...toResource(first), type_id: isUser ? 2 : 99 };
}

// SPDX-License-Identifier: Apache-2.0
import { findAction, type SecurityEvent } from "@telltale/event";
import { isBackfill } from "../detect/detect.js";
import { agentFamily } from "./agent.js";
import { Cache } from "./lru.js";
import type { Places } from "./places.js";
import { boundKey } from "./text.js";
import { learnTime, toHour } from "./time.js";

/** What a user may show for the first time. */
export const DIMENSIONS = ["country", "network", "agent", "action"] as const;
export type Dimension = (typeof DIMENSIONS)[number];

/** Who did it, when it was somebody known who succeeded. */
export interface Person {
  key: string;
  type: "user" | "service";
  id: string;
  name: string;
  role: string;
}

/** The little of an event that is learned from; every text bounded. */
export interface Facts {
  index: number;
  /** Milliseconds since 1970. */
  time: number;
  hour: number;
  /** Which clock it belongs to: `live`, or the key that imports history. */
  clock: string;
  tenant: string;
  app: string;
  action: string;
  /** The route template, or the action where there is none. */
  route: string;
  /** Undefined for failures: what an attacker tries in vain must not become usual. */
  person: Person | undefined;
  seen: Partial<Record<Dimension, string>>;
  /** It matters more than ordinary work. */
  weighty: boolean;
  event: SecurityEvent;
}

export const LIVE = "live";
export const SELF = "telltale";

const CACHED_AGENTS = 4096;
const HOSTILE_FAMILIES: ReadonlySet<string> = new Set([
  "malicious",
  "mcp",
  "excess",
  "authn",
  "authz",
  "input",
]);

/** Takes from events what is learned. */
export class FactReader {
  readonly #places: Places;
  readonly #agents = new Cache<string>(CACHED_AGENTS);
  #received = "";
  #time = Number.NaN;

  constructor(places: Places) {
    this.#places = places;
  }

  /** As `learnTime`; events that came together have one `received`. */
  time(event: SecurityEvent): number {
    if (isBackfill(event.via)) return learnTime(event);
    if (event.received !== this.#received) {
      this.#received = event.received;
      this.#time = learnTime(event);
    }
    return this.#time;
  }

  /** Undefined when the event's time cannot be read: nothing can be learned then. */
  read(event: SecurityEvent, index: number): Facts | undefined {
    const time = this.time(event);
    if (Number.isNaN(time)) return undefined;
    const { via, tenant = "", source, request } = event;
    const action = boundKey(deedOf(event));
    const person = personOf(event);
    return {
      index,
      time,
      hour: toHour(time),
      clock: isBackfill(via) ? via : LIVE,
      tenant: boundKey(tenant),
      app: boundKey(source.app),
      action,
      route: boundKey(request?.route ?? event.action),
      person,
      seen: person === undefined ? {} : this.#seenIn(event, action),
      weighty: event.level !== "info",
      event,
    };
  }

  #seenIn({ client }: SecurityEvent, action: string): Facts["seen"] {
    const seen: Facts["seen"] = { action };
    if (client === undefined) return seen;
    const place = client.ip === undefined ? undefined : this.#places.find(client.ip);
    const country = client.country?.toUpperCase();
    if (country !== undefined && /^[A-Z]{2}$/.test(country)) seen.country = country;
    else if (place?.country !== undefined) seen.country = place.country;
    if (client.asn !== undefined) seen.network = `AS${client.asn}`;
    else if (place?.network !== undefined) seen.network = place.network;
    if (client.userAgent !== undefined && client.userAgent !== "")
      seen.agent = this.#agents.get(client.userAgent.slice(0, 512), agentFamily);
    return seen;
  }
}

/** A request that no finer event describes is known by its route. */
function deedOf({ action, request }: SecurityEvent): string {
  if (action !== "api_request" || request?.route === undefined) return action;
  return request.method === undefined ? request.route : `${request.method} ${request.route}`;
}

function personOf(event: SecurityEvent): Person | undefined {
  const { actor, tenant = "" } = event;
  if (actor?.id === undefined || actor.id === "" || !succeeded(event)) return undefined;
  if (actor.type !== "user" && actor.type !== "service") return undefined;
  const id = boundKey(actor.id);
  return {
    // Unambiguous, so that no id reaches into another tenant.
    key: tenant === "" ? `${actor.type} ${id}` : JSON.stringify([actor.type, id, boundKey(tenant)]),
    type: actor.type,
    id,
    name: boundKey(actor.name ?? actor.id),
    role: boundKey([...(actor.roles ?? [])].slice(0, 4).sort().join("+")),
  };
}

/** `unknown` is what applications say that do not tell; of some families it means an attack. */
function succeeded({ outcome, action }: SecurityEvent): boolean {
  if (outcome === "success") return true;
  if (outcome !== "unknown") return false;
  const family = findAction(action)?.family;
  return family === undefined || !HOSTILE_FAMILIES.has(family);
}

// SPDX-License-Identifier: Apache-2.0
import {
  addProtected,
  EVENT_SHAPE,
  findAction,
  normalizeEvent,
  type SentEvent,
  type Source,
} from "@telltale/event";
import { buildProtector, type Protector } from "@telltale/protect";
import { captureFields } from "./capture.js";
import { isFields, type Scope, withContext } from "./context.js";
import type { SourceChain } from "./chain.js";
import { makeId } from "./ids.js";
import type { Settings } from "./options.js";
import { toBoundedJson } from "./shrink.js";
import type { LossCounts } from "./losses.js";
import type { Waiting, Watch } from "./waiting.js";

/** Makes finished events of what an application says. */
export class Recorder {
  readonly #source: Omit<Source, "boot" | "seq" | "prev">;
  readonly #protector: Protector = buildProtector({});

  constructor(settings: Settings) {
    const { app, version, env, instance } = settings;
    // In the order of the schema; undefined ones do not appear in canonical bytes.
    this.#source = { app, version, env, instance };
    for (const name of ["version", "env"] as const) {
      if (this.#source[name] === undefined) delete this.#source[name];
    }
  }

  /**
   * Captures, completes from the scope, normalizes and removes secrets.
   *
   * @throws {EventError} when it has no action
   */
  record(action: string | undefined, input: unknown, scope: Scope | undefined): SentEvent {
    const fields = withContext(captureFields(input), scope);
    if (action !== undefined) fields.action = action;
    const { event } = normalizeEvent(this.#compose(fields), { now: nowText(), makeId });
    const hidden = this.#protector.protect(event);
    if (hidden !== null) addProtected(event, this.#protector.policy, hidden);
    return event;
  }

  /** Puts an event in the form and order that the normalizer accepts at a glance, when its fields are right. */
  #compose(fields: Record<string, unknown>): Record<string, unknown> {
    const { action, actor } = fields;
    const known = typeof action === "string" ? findAction(action) : undefined;
    const event: Record<string, unknown> = {
      v: 1,
      id: fields.id ?? makeId(),
      time: fields.time ?? nowText(),
      // What this process is, it does not take from a caller.
      source: { ...this.#source },
      action,
      outcome: fields.outcome ?? known?.outcome ?? "unknown",
      level: fields.level ?? known?.level ?? "info",
    };
    for (const name of DETAILS) if (fields[name] !== undefined) event[name] = fields[name];
    if (isFields(actor) && actor.type === undefined) event.actor = { type: "user", ...actor };
    const others = Object.keys(fields).filter((name) => !Object.hasOwn(EVENT_SHAPE, name));
    // fromEntries defines own properties: a key `__proto__` stays data.
    return others.length === 0
      ? event
      : Object.fromEntries([
          ...Object.entries(event),
          ...others.map((name) => [name, fields[name]] as const),
        ]);
  }
}

/**
 * Gives an event its place in a chain and writes it down: these are the bytes that are sent. Changes the event. An event
 * of which nothing could be made takes no number, so it leaves no gap.
 */
export function numberEvent(
  event: SentEvent,
  chain: SourceChain,
  { watch, losses }: { watch?: Watch | undefined; losses?: LossCounts | undefined } = {},
): Waiting {
  const link = chain.next();
  // Behind all that a source says otherwise: the order of the schema.
  Object.assign(event.source, link);
  const { json, bytes } = toBoundedJson(event);
  const mac = chain.add(json, bytes);
  return { json, bytes, seq: link.seq, mac, telemetry: event.action === "api_request", losses, watch };
}

/** The fields of the schema behind those that every event has, in its order. */
const DETAILS = Object.entries(EVENT_SHAPE)
  .filter(([, field]) => !("required" in field))
  .map(([name]) => name);

/** The last millisecond of the year 9999, beyond which an event's time has no form. */
const LATEST = 253_402_300_799_999;

function nowText(): string {
  const now = Date.now();
  // A broken clock must not cost the event: its order is known by `seq`, and the server stamps it anyway.
  return new Date(now >= 0 && now <= LATEST ? now : 0).toISOString();
}

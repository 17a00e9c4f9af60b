// SPDX-License-Identifier: Apache-2.0
import {
  addProtected,
  EVENT_SHAPE,
  findAction,
  normalizeEvent,
  type SentEvent,
  type Source,
} from "@telltale/event";
import { createProtector, type Protector } from "@telltale/protect";
import { captureFields } from "./capture.js";
import { isFields, type Scope, withContext } from "./context.js";
import { makeBoot, makeId } from "./ids.js";
import type { Settings } from "./options.js";
import type { Waiting } from "./queue.js";
import { toBoundedJson } from "./shrink.js";

/** An event ready to be queued: nothing secret is in it any more. */
export interface Recorded {
  event: SentEvent;
  waiting: Waiting;
}

/** Makes finished events of what an application says. */
export class Recorder {
  readonly #source: Omit<Source, "seq">;
  readonly #protector: Protector = createProtector();
  #seq = 0;

  constructor(settings: Settings) {
    const { app, version, env, instance } = settings;
    // In the order of the schema; undefined ones do not appear in canonical bytes.
    this.#source = { app, version, env, instance, boot: makeBoot() };
    for (const name of ["version", "env"] as const) {
      if (this.#source[name] === undefined) delete this.#source[name];
    }
  }

  /** The number of the last event. */
  get seq(): number {
    return this.#seq;
  }

  /**
   * Captures, completes from the scope, normalizes, removes secrets, numbers and writes down one event.
   *
   * @throws {EventError} when it has no action
   */
  record(action: string | undefined, input: unknown, scope: Scope | undefined): Recorded {
    const fields = withContext(captureFields(input), scope);
    if (action !== undefined) fields.action = action;
    const { event } = normalizeEvent(this.#compose(fields), { now: nowText(), makeId });
    const hidden = this.#protector.protect(event);
    if (hidden !== null) addProtected(event, this.#protector.policy, hidden);
    const { json, bytes } = toBoundedJson(event);
    // Counted only now: an event of which nothing could be made leaves no gap.
    this.#seq++;
    return { event, waiting: { json, bytes, seq: this.#seq, telemetry: event.action === "api_request" } };
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
      source: { ...this.#source, seq: this.#seq + 1 },
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

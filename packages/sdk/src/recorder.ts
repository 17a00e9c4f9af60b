// SPDX-License-Identifier: Apache-2.0
import { addProtected, normalizeEvent, type SentEvent, type Source } from "@telltale/event";
import { createProtector, type Protector } from "@telltale/protect";
import { captureFields } from "./capture.js";
import { type Scope, withContext } from "./context.js";
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
    delete fields.v;
    // What this process is, it does not take from a caller.
    fields.source = { ...this.#source };
    const now = new Date(Date.now()).toISOString();
    const { event } = normalizeEvent(fields, { now, makeId });
    const hidden = this.#protector.protect(event);
    if (hidden !== null) addProtected(event, this.#protector.policy, hidden);
    event.source.seq = this.#seq + 1;
    const { json, bytes } = toBoundedJson(event);
    this.#seq++;
    return { event, waiting: { json, bytes, seq: this.#seq, telemetry: event.action === "api_request" } };
  }
}

// SPDX-License-Identifier: Apache-2.0
import { hasEventShape, isObject } from "./check.js";
import { EventError } from "./error.js";
import { freeKey, place, repairObject, Repairs, setOwn, toJson } from "./repair.js";
import { EVENT_SHAPE, LIMITS, type SentEvent } from "./shape.js";
import { findAction, isReservedAction } from "./vocabulary.js";

/** What the normalizer needs to know from outside; it has no clock and no randomness of its own. */
export interface NormalizeContext {
  /** The time of an event that has none, as events carry it. */
  now: string;
  /** The id of an event that has none. */
  makeId: () => string;
  /** The application that the sender's key is bound to; another one in the event is a claim. */
  app?: string;
}

/** The outcome of `normalizeEvent`. */
export interface Normalized {
  event: SentEvent;
  /** False: the event is the input itself; its source bytes may be kept when they are canonical. */
  changed: boolean;
  /** The sender said what it may not say; it is kept under `data._claimed`. */
  claimed: boolean;
}

/** Written by the server only. */
const SERVER_FIELDS = ["received", "via", "tenant"];

function isOrdinary(input: Record<string, unknown>, app: string | undefined): boolean {
  if (!hasEventShape(input)) return false;
  const { action, id, source } = input as unknown as SentEvent;
  return (
    action.length > 0 &&
    !isReservedAction(action) &&
    id.length > 0 &&
    id.length <= LIMITS.idChars &&
    (app === undefined || source.app === app)
  );
}

/**
 * Makes one event of the schema out of whatever JSON data a sender sent, losing nothing: unknown fields move to
 * `data`, fields of the wrong type to `data._invalid`, what only the server may say to `data._claimed`; a reserved
 * action becomes `claimed_…`. Wrong types, reserved actions and foreign app names raise the level to `warn`.
 *
 * Pure: the input is not touched. An ordinary correct event is returned as it is.
 *
 * @param input JSON data, as `JSON.parse` gives it
 * @throws {EventError} `not_an_object`, `too_deep` (over `LIMITS.depth`) or `no_action`; nothing else refuses an event
 */
export function normalizeEvent(input: unknown, context: NormalizeContext): Normalized {
  if (!isObject(input)) throw new EventError("not_an_object", "an event is a JSON object");
  if (isOrdinary(input, context.app)) {
    return { event: input as unknown as SentEvent, changed: false, claimed: false };
  }
  mustNotBeDeep(input, 1);
  const action: unknown = Object.hasOwn(input, "action") ? input.action : undefined;
  if (typeof action !== "string" || action === "") {
    throw new EventError("no_action", "an event needs an action, a text such as authn_login_fail");
  }
  return repairEvent(input, action, context);
}

/** Also what ends a cycle, before anything is copied. */
function mustNotBeDeep(value: object, depth: number): void {
  if (depth > LIMITS.depth) throw new EventError("too_deep", `an event nests at most ${LIMITS.depth} levels`);
  for (const key of Object.keys(value)) {
    const child: unknown = (value as Record<string, unknown>)[key];
    if (typeof child === "object" && child !== null) mustNotBeDeep(child, depth + 1);
  }
}

function repairEvent(
  input: Record<string, unknown>,
  sentAction: string,
  context: NormalizeContext,
): Normalized {
  const repairs = new Repairs();
  const event = repairObject(EVENT_SHAPE, input, [], repairs);
  const claims: [string, unknown][] = [];
  for (const name of SERVER_FIELDS) {
    const at = repairs.moved.findIndex(({ path }) => path.length === 1 && path[0] === name);
    if (at !== -1) claims.push([name, repairs.moved.splice(at, 1)[0]?.value]);
  }

  let warn = repairs.notes.length > 0;
  let action = sentAction;
  if (isReservedAction(action)) {
    claims.push(["action", action]);
    action = `claimed_${action}`;
    warn = true;
  }
  const source = isObject(event.source) ? event.source : { app: context.app ?? "unknown" };
  if (context.app !== undefined && source.app !== context.app) {
    if (isObject(input.source)) {
      claims.push(["app", source.app]);
      warn = true;
    }
    source.app = context.app;
  }
  if (typeof event.id === "string" && (event.id === "" || event.id.length > LIMITS.idChars)) {
    repairs.note(["id"], "not_an_id", event.id);
    event.id = undefined;
    warn = true;
  }

  const known = findAction(action);
  const level = event.level ?? known?.level ?? "info";
  const data = collectData(event.data, repairs, claims);
  const whole: Record<string, unknown> = {
    v: 1,
    id: event.id ?? context.makeId(),
    time: event.time ?? context.now,
    source,
    action,
    outcome: event.outcome ?? known?.outcome ?? "unknown",
    level: warn && level === "info" ? "warn" : level,
  };
  // Keys of EVENT_SHAPE in its order; none of them is `__proto__`.
  for (const name of Object.keys(EVENT_SHAPE)) {
    const value = name === "data" ? data : event[name];
    if (!Object.hasOwn(whole, name) && value !== undefined) whole[name] = value;
  }
  return { event: whole as unknown as SentEvent, changed: true, claimed: claims.length > 0 };
}

/** The event's `data` with everything that had no place elsewhere, or undefined when there is nothing. */
function collectData(
  sent: unknown,
  repairs: Repairs,
  claims: readonly [string, unknown][],
): Record<string, unknown> | undefined {
  const isEmpty = repairs.moved.length === 0 && repairs.notes.length === 0 && claims.length === 0;
  if (isEmpty) return sent as Record<string, unknown> | undefined;
  const data: Record<string, unknown> = isObject(sent) ? { ...sent } : {};
  const owned = new Set<object>();
  for (const { path, value } of repairs.moved) place(data, path, toJson(value), owned);
  for (const [name, value] of claims) place(data, ["_claimed", name], toJson(value), owned);
  if (repairs.notes.length > 0) {
    const before: unknown = Object.hasOwn(data, "_invalid") ? data._invalid : undefined;
    if (before !== undefined && !Array.isArray(before)) setOwn(data, freeKey(data, "_invalid"), before);
    data._invalid = [...(Array.isArray(before) ? (before as unknown[]) : []), ...repairs.notes];
  }
  return data;
}

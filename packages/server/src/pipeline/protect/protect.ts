// SPDX-License-Identifier: Apache-2.0
import { addProtected, LIMITS, canonicalJson, type ProtectedField } from "@telltale/event";
import { markersOf, type ProtectContext, type Protector } from "@telltale/protect";
import type { NormalEvent, ProtectedEvent, Sender } from "../stages.js";
import type { KeyLineWatch } from "./key-lines.js";

export interface Protected {
  event: ProtectedEvent;
  /** True when something was hidden: the source's bytes must not be kept. */
  changed: boolean;
}

/** Hides what the policy names, in place, and writes the manifest of what was hidden. `keyLines` follows keys across events. */
export function protectEvent(
  event: NormalEvent,
  protector: Protector,
  sender: ProtectContext & Sender,
  keyLines?: KeyLineWatch,
): Protected {
  const sent = event.message;
  let hidden = protector.protect(event as unknown as Record<string, unknown>, sender);
  if (keyLines !== undefined && sent !== undefined) {
    const line = keyLines.hide(event, sent, sender, protector);
    if (line !== undefined) hidden = [...(hidden ?? []).filter(({ path }) => path !== "message"), line];
  }
  if (hidden !== null) addProtected(event, protector.policy, hidden);
  return { event: event as unknown as ProtectedEvent, changed: hidden !== null };
}

/**
 * The canonical bytes of a protected event that fit `room` bytes. When protection or normalization made it
 * longer, the longest strings are cut and listed as `truncated`; the event itself is never lost. Room for 16 KiB is
 * always enough.
 */
export function protectedJson(event: ProtectedEvent, policy: string, room: number): string {
  let json = canonicalJson(event);
  for (let keep = 4096; Buffer.byteLength(json) > room && keep >= 16; keep >>= 2) {
    truncateStrings(event, policy, keep);
    json = canonicalJson(event);
  }
  if (Buffer.byteLength(json) <= room) return json;
  const bare = canonicalJson(withoutDetail(event, policy));
  return Buffer.byteLength(bare) <= room ? bare : canonicalJson(coreOf(event, policy));
}

/** The place in the source's chain is followed in sealed events, too; its texts are short. */
const CHAIN_PATHS = new Set(["source.boot", "source.prev"]);
const CHAIN_CHARS = 64;

function truncateStrings(event: ProtectedEvent, policy: string, keep: number): void {
  const fields: ProtectedField[] = [];
  const visit = (value: Record<string, unknown> | unknown[], path: string, depth: number): void => {
    for (const [key, each] of Object.entries(value)) {
      const here = path === "" ? key : `${path}.${key}`;
      if (here === "protected" || here === "id" || here === "action") continue;
      if (CHAIN_PATHS.has(here) && typeof each === "string" && each.length <= CHAIN_CHARS) continue;
      if (typeof each === "string" && each.length > keep) {
        Object.defineProperty(value, key, {
          value: cutText(each, keep),
          enumerable: true,
          writable: true,
          configurable: true,
        });
        fields.push({ path: here.slice(0, 200), how: "truncated", kind: "length" });
      } else if (typeof each === "object" && each !== null && depth < LIMITS.depth) {
        visit(each as Record<string, unknown>, here, depth + 1);
      }
    }
  };
  visit(event as unknown as Record<string, unknown>, "", 0);
  if (fields.length === 0) return;
  const before = event.protected?.fields.filter((each) => each.how !== "truncated") ?? [];
  event.protected = {
    policy: event.protected?.policy ?? policy,
    fields: [...before, ...fields.slice(0, 50)],
  };
}

/** The beginning of a text. A marker is not cut: half of one can neither be opened nor be known for what it is. */
function cutText(text: string, most: number): string {
  const across = markersOf(text).find(({ start, end }) => start < most && most < end);
  return `${text.slice(0, across?.start ?? most)}…[truncated]`;
}

/** Last resort for an event made of very many small values: who did what stays, `data` and lists go. */
function withoutDetail(event: ProtectedEvent, policy: string): ProtectedEvent {
  const { data: _data, targets: _targets, changes: _changes, protected: _protected, ...rest } = event;
  const bare: ProtectedEvent = rest;
  addProtected(bare, policy, [{ path: "data", how: "truncated", kind: "length" }]);
  return bare;
}

/** Characters kept of each text in an event of which nothing else may be certain to fit; one may take six bytes. */
const CORE_CHARS = 256;

/** What always fits: every field has a bound of its own. */
function coreOf(event: ProtectedEvent, policy: string): ProtectedEvent {
  const { v, id, time, source, outcome, level, actor, client } = event;
  const core: ProtectedEvent = {
    v,
    id,
    time,
    source: { app: cut(source.app), ...chainOf(source) },
    outcome,
    level,
  } as ProtectedEvent;
  core.action = cut(event.action);
  if (actor !== undefined) core.actor = { type: actor.type, ...cutAll({ id: actor.id, name: actor.name }) };
  if (client?.ip !== undefined) core.client = cutAll({ ip: client.ip });
  Object.assign(core, cutAll({ reason: event.reason, message: event.message }));
  addProtected(core, policy, [{ path: "*", how: "truncated", kind: "length" }]);
  return core;
}

/** `boot`, `seq` and `prev` as far as they can be those of a chain. */
function chainOf({ boot, seq, prev }: ProtectedEvent["source"]): Partial<ProtectedEvent["source"]> {
  return {
    ...(isShort(boot) ? { boot } : {}),
    ...(seq === undefined ? {} : { seq }),
    ...(isShort(prev) ? { prev } : {}),
  };
}

function isShort(text: string | undefined): text is string {
  return text !== undefined && text.length <= CHAIN_CHARS;
}

function cut(text: string): string {
  return text.length > CORE_CHARS ? cutText(text, CORE_CHARS) : text;
}

function cutAll<K extends string>(texts: Record<K, string | undefined>): { [P in K]?: string } {
  const kept: { [P in K]?: string } = {};
  for (const key in texts) {
    const text = texts[key];
    if (text !== undefined) kept[key] = cut(text);
  }
  return kept;
}

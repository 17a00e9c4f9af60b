// SPDX-License-Identifier: Apache-2.0
import type { SecurityEvent } from "@telltale/event";
import { isAlias, markersOf, parseMarker } from "@telltale/protect";
import { parseStoredPath, valueAt } from "./stored-path.js";

/** What revealing and searching by a real name need of the keys; a {@link ProtectStore} is one. */
export interface RevealKeys {
  open(
    marker: string,
    index: number,
  ): Promise<
    | { readonly ok: true; readonly value: string }
    | { readonly ok: false; readonly why: "erased" | "unknown_key" | "sealed" | "damaged" }
  >;
  aliasOf(tenant: string | undefined, id: string): Promise<string | undefined>;
  nameOf(alias: string): Promise<string | undefined>;
  tokensOf(tenant: string | undefined, kind: string, value: string): Promise<string[]>;
}

/** A server without keys: nothing can be opened, nobody has another name. */
export const NO_KEYS: RevealKeys = {
  open: async () => ({ ok: false, why: "unknown_key" }),
  aliasOf: async () => undefined,
  nameOf: async () => undefined,
  tokensOf: async () => [],
};

/**
 * Why a value stays hidden. `token`: it can be compared, never opened. `gone`: an alias that leads to nobody, because the person was erased
 * or the alias was never one.
 */
export type StaysHidden = "erased" | "unknown_key" | "sealed" | "damaged" | "token" | "gone";

/** One hidden value of a field. */
export interface RevealedPart {
  readonly type: "encrypted" | "sealed" | "token" | "alias";
  readonly kind: string;
  readonly value: string | null;
  readonly why: StaysHidden | null;
}

export interface Revealed {
  readonly path: string;
  /** The text of the field with what could be opened in its place. */
  readonly text: string;
  readonly parts: readonly RevealedPart[];
  /** The alias of the person it is about, where the event has one. */
  readonly subject: string | undefined;
}

/** More hidden values than a field of an event can need; each costs a look into the keys. */
const MOST_PARTS = 64;

/**
 * Opens what is hidden in one field of an event. Undefined when there is no such field or nothing in it can be asked for. Writes
 * nothing down: whoever calls has to.
 */
export async function revealField(
  keys: RevealKeys,
  { event, index }: { event: SecurityEvent; index: number },
  path: string,
): Promise<Revealed | undefined> {
  const steps = parseStoredPath(path);
  const text = steps === undefined ? undefined : valueAt(event, steps);
  if (typeof text !== "string") return undefined;
  const actor = event.actor?.id;
  const subject = isAlias(text) ? text : actor !== undefined && isAlias(actor) ? actor : undefined;
  if (isAlias(text)) {
    const value = (await keys.nameOf(text)) ?? null;
    const part: RevealedPart = { type: "alias", kind: "subject", value, why: value === null ? "gone" : null };
    return { path, text: value ?? text, parts: [part], subject };
  }
  const parts: RevealedPart[] = [];
  let shown = "";
  let from = 0;
  for (const { start, end } of markersOf(text).slice(0, MOST_PARTS)) {
    const marker = text.slice(start, end);
    const part = await openMarker(keys, marker, index);
    if (part === undefined) continue;
    parts.push(part);
    shown += text.slice(from, start) + (part.value ?? marker);
    from = end;
  }
  if (parts.length === 0) return undefined;
  return { path, text: shown + text.slice(from), parts, subject };
}

async function openMarker(
  keys: RevealKeys,
  marker: string,
  index: number,
): Promise<RevealedPart | undefined> {
  const parsed = parseMarker(marker);
  if (parsed === undefined) return undefined;
  const { type, kind } = parsed;
  if (type === "token") return { type, kind, value: null, why: "token" };
  if (type === "sealed") return { type, kind, value: null, why: "sealed" };
  const opened = await keys.open(marker, index);
  return opened.ok
    ? { type, kind, value: opened.value, why: null }
    : { type, kind, value: null, why: opened.why };
}

// SPDX-License-Identifier: Apache-2.0
import type { SentEvent } from "@telltale/event";

/** What a part of the server says about itself; the emitter fills the rest (id, time, source, `via: "telltale"`). */
export type SelfEvent = Partial<SentEvent> & { action: string };

/**
 * Telltale logs itself into itself: sign-ins, key changes, alert decisions and searches become events of the
 * same log.
 *
 * `emit` MUST NOT throw and MUST NOT block; the event goes through protect and seal like any other. It MAY be
 * lost when the process dies before the next commit: the act it describes is then in the state, not in the log.
 */
export interface SelfLog {
  emit(event: SelfEvent): void;
}

/** A self log that can also say when events are sealed. */
export interface SealingSelfLog extends SelfLog {
  /** Resolves when the events are durable in the log; rejects when they are not. */
  seal(events: readonly SelfEvent[]): Promise<void>;
}

/** Who did it, as events carry it. */
export interface SelfActor {
  kind: "user" | "key" | "system";
  id: string;
  name?: string;
  role?: string;
}

/** How somebody is shown to people. A key may be named like a person, so it is always said to be one. */
export function nameOf({ kind, id, name }: SelfActor): string {
  if (kind === "key") return name === undefined ? `key ${id}` : `key ${name} (${id})`;
  return name ?? id;
}

/** Builds the `actor` of an event about a user, an API key or the server itself. */
export function toActor(by: SelfActor): NonNullable<SentEvent["actor"]> {
  const type = by.kind === "user" ? "user" : by.kind === "key" ? "service" : "system";
  return {
    type,
    id: by.id,
    ...(by.name === undefined ? {} : { name: by.name }),
    ...(by.role === undefined ? {} : { roles: [by.role] }),
  };
}

/** A self log that forgets; for tools and tests in which no log is open. */
export const silentSelfLog: SelfLog = { emit() {} };

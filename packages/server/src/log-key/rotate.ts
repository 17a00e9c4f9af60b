// SPDX-License-Identifier: Apache-2.0
import type { Log } from "@telltale/log";
import type { SelfActor, SelfEvent } from "../self-log.js";
import { toActor } from "../self-log.js";

/** The part of the log that changing its key needs. */
export type KeyedLog = Pick<Log, "origin" | "vkey" | "size" | "prepareKeyChange">;

/** A change of the log's key that is durable: both keys as verifier keys. */
export interface KeyRotation {
  origin: string;
  from: string;
  to: string;
}

export const MAX_REASON = 500;

/**
 * Give the log a new key: made, named in an event that the old key signs, and in force from the next commit on. Throws when the
 * event could not be sealed; the key is the old one then, or, when the log failed, what the next start finds.
 */
export async function rotateKey(
  log: KeyedLog,
  seal: (events: readonly SelfEvent[]) => Promise<unknown>,
  { by, why }: { by: SelfActor; why: string },
): Promise<KeyRotation> {
  const { from, to } = await log.prepareKeyChange();
  await seal([
    {
      action: "log_key_changed",
      reason: "rotated",
      message: "The log's signing key was replaced",
      actor: toActor(by),
      targets: [{ type: "log_key", id: log.origin }],
      data: { from, to, why },
    },
  ]);
  if (log.vkey !== to)
    throw new Error("the event that names the new key is in the log, and the key is still the old one");
  return { origin: log.origin, from, to };
}

/** A reason that people will read in the log; undefined when it is none. */
export function parseReason(value: unknown): string | undefined {
  return typeof value === "string" && /^[^\p{C}]{3,}$/u.test(value) && value.length <= MAX_REASON
    ? value
    : undefined;
}

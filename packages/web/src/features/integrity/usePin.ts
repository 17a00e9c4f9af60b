// SPDX-License-Identifier: Apache-2.0
import { useSyncExternalStore } from "react";
import { api } from "../../shared/api/client.js";
import type { Status } from "../../shared/api/types.js";
import { readStored, writeStored } from "../../shared/storage.js";
import { followKey } from "./follow-key.js";
import { judgeInTime, nextPin, parsePin, type Pin, type PinVerdict } from "./pinned-key.js";

export interface Pinned {
  pin: Pin;
  verdict: PinVerdict;
}

let pinned: Pinned | undefined;
const listeners = new Set<() => void>();

function publish(next: Pinned): void {
  pinned = next;
  for (const listener of listeners) listener();
}

/** A demonstration's log is thrown away with its directory: it never stands in for the pin of a real one. */
function slotOf(status: Status): string {
  return status.demo === true ? "pin.demo" : "pin";
}

function toSeen(status: Status) {
  const { size, root } = status.checkpoint;
  return { origin: status.origin, vkey: status.vkey, size, root };
}

let asking = false;

/**
 * A status that is shorter than the pin may only be late: the stream, or another tab, showed this browser more while
 * it was on its way. So the server is asked again: what was pinned before a question leaves, its answer must have.
 */
async function askAgain(pin: Pin): Promise<void> {
  if (asking) return;
  asking = true;
  try {
    observeStatus(await api.status(), pin);
  } catch {
    // No answer is no verdict; the next status leads here again.
  } finally {
    asking = false;
  }
}

let following = "";

/** Another key may be one that the pinned key introduced: only a history that proves it is followed. */
async function follow(status: Status, pin: Pin): Promise<void> {
  following = status.vkey;
  const next = await api.logKeys().then(
    (history) => followKey(pin, toSeen(status), history),
    () => undefined, // no answer proves nothing
  );
  if (next === undefined) return publish({ pin, verdict: "key_changed" });
  writeStored(slotOf(status), JSON.stringify(next));
  following = "";
  observeStatus(status);
}

/**
 * Judges a status against the memory of this browser, and remembers what may be remembered. `before` is what was
 * pinned before the server was asked, where that is known: only then can the log be called shorter.
 */
export function observeStatus(status: Status, before?: Pin): void {
  const slot = slotOf(status);
  const stored = parsePin(readStored(slot));
  const kept = status.demo === true && stored?.origin !== status.origin ? undefined : stored;
  const seen = toSeen(status);
  const verdict = judgeInTime(kept, seen, before);
  if (verdict === "late") {
    if (kept !== undefined) void askAgain(kept);
    return;
  }
  if (verdict === "key_changed" && kept !== undefined && following !== status.vkey) {
    void follow(status, kept);
    return;
  }
  const pin = nextPin(kept, seen, verdict, new Date().toISOString());
  if (pin !== kept) writeStored(slot, JSON.stringify(pin));
  // Where storage is blocked every status is the first: the words then say so.
  if (pinned?.verdict !== verdict || pinned.pin.vkey !== pin.vkey || pinned.pin.size !== pin.size)
    publish({ pin, verdict });
}

/** Takes the log that answers now for the right one: the human decided. */
export function repin(status: Status): void {
  const pin = { ...toSeen(status), since: new Date().toISOString() };
  writeStored(slotOf(status), JSON.stringify(pin));
  publish({ pin, verdict: "same" });
}

/** The pin and its verdict on the newest status; undefined until the first one is here. */
export function usePin(): Pinned | undefined {
  return useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => pinned,
  );
}

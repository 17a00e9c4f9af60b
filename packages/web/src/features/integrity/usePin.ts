// SPDX-License-Identifier: Apache-2.0
import { useQuery } from "@tanstack/react-query";
import { useMemo, useSyncExternalStore } from "react";
import { statusQuery } from "../../shared/api/queries.js";
import type { Status } from "../../shared/api/types.js";
import { readStored, writeStored } from "../../shared/storage.js";
import { judgePin, nextPin, parsePin, type Pin, type PinVerdict } from "./pinned-key.js";

const listeners = new Set<() => void>();

/** A demonstration's log is thrown away with its directory: it never stands in for the pin of a real one. */
function slotOf(status: Status): string {
  return status.demo === true ? "pin.demo" : "pin";
}

function toSeen(status: Status) {
  const { size, root } = status.checkpoint;
  return { origin: status.origin, vkey: status.vkey, size, root };
}

export interface Pinned {
  pin: Pin;
  verdict: PinVerdict;
}

/** Judges the status against the memory of this browser, and remembers what may be remembered. */
export function judgeStatus(status: Status): Pinned {
  const slot = slotOf(status);
  const stored = parsePin(readStored(slot));
  const kept = status.demo === true && stored?.origin !== status.origin ? undefined : stored;
  const seen = toSeen(status);
  const verdict = judgePin(kept, seen);
  const pin = nextPin(kept, seen, verdict, new Date().toISOString());
  if (pin !== kept) writeStored(slot, JSON.stringify(pin));
  return { pin, verdict };
}

/** Takes the log that answers now for the right one: the human decided. */
export function repin(status: Status): void {
  writeStored(slotOf(status), JSON.stringify({ ...toSeen(status), since: new Date().toISOString() }));
  version += 1;
  for (const listener of listeners) listener();
}

let version = 0;

/** The pin and its verdict for the current status; undefined until the status is here. */
export function usePin(): Pinned | undefined {
  const { data } = useQuery(statusQuery);
  const changed = useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => version,
  );
  return useMemo(() => (data === undefined ? undefined : judgeStatus(data)), [data, changed]);
}

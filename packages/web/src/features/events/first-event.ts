// SPDX-License-Identifier: Apache-2.0
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import type { IndexedEvent } from "../../shared/api/types.js";
import { readStored, writeStored } from "../../shared/storage.js";
import { firstEventQuery } from "./queries.js";

export type FirstEventState =
  | { step: "unknown" }
  | { step: "waiting" }
  | { step: "arrived"; item: IndexedEvent }
  | { step: "done" };

/**
 * Whether to show the guide to a first event. A browser that has seen events from outside does not ask again;
 * once the guide is shown it stays until somebody closes it, also when the event arrives.
 */
export function useFirstEvent(): { state: FirstEventState; close: () => void } {
  const [met, setMet] = useState(() => readStored("met") === "1");
  const { data, isError } = useQuery({ ...firstEventQuery, enabled: !met });
  const [waited, setWaited] = useState(false);
  if (data === null && !waited) setWaited(true);
  const close = () => {
    writeStored("met", "1");
    setMet(true);
  };
  if (met || isError) return { state: { step: "done" }, close };
  if (data === undefined) return { state: { step: "unknown" }, close };
  if (data === null) return { state: { step: "waiting" }, close };
  return { state: waited ? { step: "arrived", item: data } : { step: "done" }, close };
}

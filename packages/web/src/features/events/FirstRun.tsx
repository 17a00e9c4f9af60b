// SPDX-License-Identifier: Apache-2.0
import { useQueryClient } from "@tanstack/react-query";
import { useEffect } from "react";
import { liveStream, useStream } from "../../shared/api/stream.js";
import type { IndexedEvent } from "../../shared/api/types.js";
import { FirstEvent } from "./FirstEvent.js";
import { firstEventQuery } from "./queries.js";

/** How often to look, besides listening: an event may come while the stream reconnects. */
const LOOK_MS = 5000;

/** The page of a log that no application has written to yet: it listens until one does. */
export function FirstRun({ arrived, onClose }: { arrived: IndexedEvent | undefined; onClose: () => void }) {
  const client = useQueryClient();
  useEffect(() => {
    liveStream.setQuery("");
    return () => liveStream.setQuery(null);
  }, []);
  useStream((message) => {
    if (message.kind !== "event" || message.item.event.via === "telltale") return;
    // The very first stays on the screen, whatever follows it.
    client.setQueryData(firstEventQuery.queryKey, (known) => known ?? message.item);
  });
  useEffect(() => {
    if (arrived !== undefined) return undefined;
    const timer = setInterval(() => {
      void client.invalidateQueries({ queryKey: firstEventQuery.queryKey });
    }, LOOK_MS);
    return () => clearInterval(timer);
  }, [arrived, client]);
  return (
    <div className="scroll-slim h-full overflow-y-auto">
      <FirstEvent arrived={arrived} onClose={onClose} />
    </div>
  );
}

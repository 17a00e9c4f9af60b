// SPDX-License-Identifier: Apache-2.0
import { type SecurityEvent, toSentence } from "@telltale/event";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useMemo, useState } from "react";
import { api } from "../../shared/api/client.js";
import type { Alert } from "../../shared/api/alert-types.js";
import { formatCount } from "../../shared/format.js";
import { Button, Skeleton } from "../../shared/ui/controls.js";
import { ExportButton } from "../../shared/ui/ExportButton.js";
import { Text } from "../../shared/ui/Text.js";
import { Ago } from "../../shared/ui/Time.js";
import { evidenceWords } from "./words.js";

const FIRST_SHOWN = 8;

interface EvidenceEventProps {
  index: number;
  /** Undefined while it is on its way. */
  event: SecurityEvent | undefined;
  /** Why it will not come. */
  missing: string | undefined;
}

function EvidenceEvent({ index, event, missing }: EvidenceEventProps) {
  return (
    <li>
      <Link
        to="/events"
        search={{ event: index, from: "all" }}
        className="grid grid-cols-[4.5rem_minmax(0,1fr)] gap-x-3 rounded px-2 py-1 sm:grid-cols-[4.5rem_6rem_minmax(0,1fr)] hover:bg-raised"
      >
        <span className="font-mono text-accent underline">{formatCount(index)}</span>
        <span className="text-muted">{event !== undefined && <Ago time={event.time} />}</span>
        <span className="col-span-2 flex min-h-lh items-center sm:col-span-1">
          {event !== undefined ? (
            <span className="truncate">
              <Text>{toSentence(event)}</Text>
            </span>
          ) : missing !== undefined ? (
            <span className="text-muted">{missing}</span>
          ) : (
            <Skeleton className="h-3 w-2/3" />
          )}
        </span>
      </Link>
    </li>
  );
}

/** The events the alert stands on, oldest first; each opens with its proof. One request, and so one look in the log. */
export function Evidence({ alert }: { alert: Alert }) {
  const [all, setAll] = useState(false);
  const { data, isError } = useQuery({
    queryKey: ["evidence", alert.id, alert.evidence.length, alert.evidence.at(-1)],
    queryFn: () => api.evidence(alert.id),
    // Sealed events never change; evidence that grows has another key.
    staleTime: Number.POSITIVE_INFINITY,
    placeholderData: (before, query) => (query?.queryKey[1] === alert.id ? before : undefined),
  });
  const events = useMemo(() => new Map(data?.events.map((each) => [each.index, each.event])), [data]);
  const missingAt = (index: number): string | undefined =>
    isError ? "cannot be loaded" : data?.pruned.includes(index) === true ? "removed by retention" : undefined;
  const shown = all ? alert.evidence : alert.evidence.slice(0, FIRST_SHOWN);
  return (
    <section aria-label="Evidence" className="border-t border-line px-2 py-3 text-s md:px-4">
      <div className="flex flex-wrap items-center justify-between gap-x-3 gap-y-1 px-2 pb-1">
        <h3>
          <span className="font-semibold">Evidence</span>{" "}
          <span className="text-muted">{evidenceWords(alert)}</span>
        </h3>
        <ExportButton query={() => ({ alert: alert.id })} label="Export" />
      </div>
      <ul>
        {shown.map((index) => (
          <EvidenceEvent key={index} index={index} event={events.get(index)} missing={missingAt(index)} />
        ))}
      </ul>
      {shown.length < alert.evidence.length && (
        <Button look="quiet" className="mt-1" onClick={() => setAll(true)}>
          Show all {alert.evidence.length}
        </Button>
      )}
    </section>
  );
}

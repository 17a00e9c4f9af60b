// SPDX-License-Identifier: Apache-2.0
import { toSentence } from "@telltale/event";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import type { Alert } from "../../shared/api/types.js";
import { formatCount } from "../../shared/format.js";
import { Button, Skeleton } from "../../shared/ui/controls.js";
import { Text } from "../../shared/ui/Text.js";
import { Ago } from "../../shared/ui/Time.js";
import { eventQuery } from "../events/queries.js";
import { evidenceWords } from "./words.js";

const FIRST_SHOWN = 8;

function EvidenceEvent({ index }: { index: number }) {
  const { data, isError } = useQuery(eventQuery(index));
  return (
    <li>
      <Link
        to="/events"
        search={{ event: index, from: "all" }}
        className="grid grid-cols-[4.5rem_minmax(0,1fr)] gap-x-3 rounded px-2 py-1 sm:grid-cols-[4.5rem_6rem_minmax(0,1fr)] hover:bg-raised"
      >
        <span className="font-mono text-accent underline">{formatCount(index)}</span>
        <span className="text-muted">{data !== undefined && <Ago time={data.event.time} />}</span>
        <span className="col-span-2 flex min-h-lh items-center sm:col-span-1">
          {data !== undefined ? (
            <span className="truncate">
              <Text>{toSentence(data.event)}</Text>
            </span>
          ) : isError ? (
            <span className="text-muted">cannot be loaded</span>
          ) : (
            <Skeleton className="h-3 w-2/3" />
          )}
        </span>
      </Link>
    </li>
  );
}

/** The events the alert stands on, oldest first; each opens with its proof. */
export function Evidence({ alert }: { alert: Alert }) {
  const [all, setAll] = useState(false);
  const shown = all ? alert.evidence : alert.evidence.slice(0, FIRST_SHOWN);
  return (
    <section aria-label="Evidence" className="border-t border-line px-2 py-3 text-s md:px-4">
      <h3 className="px-2 pb-1">
        <span className="font-semibold">Evidence</span>{" "}
        <span className="text-muted">{evidenceWords(alert)}</span>
      </h3>
      <ul>
        {shown.map((index) => (
          <EvidenceEvent key={index} index={index} />
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

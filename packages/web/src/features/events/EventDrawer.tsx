// SPDX-License-Identifier: Apache-2.0
import { toSentence } from "@telltale/event";
import { useQuery } from "@tanstack/react-query";
import { X } from "lucide-react";
import { useEffect, useMemo, useRef } from "react";
import { ApiError } from "../../shared/api/client.js";
import type { SealedLine } from "../../shared/api/types.js";
import { formatAgo, formatCount, formatLocal, formatUtc, isUtcZone } from "../../shared/format.js";
import { useNow } from "../../shared/now.js";
import { CopyButton, IconButton, Problem, Skeleton } from "../../shared/ui/controls.js";
import { LevelWord, OutcomeWord } from "../../shared/ui/Grade.js";
import { Text } from "../../shared/ui/Text.js";
import { readSealed } from "./event-fields.js";
import { EventFields } from "./EventFields.js";
import type { OnFilter } from "./EventRow.js";
import { ProofPanel } from "./ProofPanel.js";
import { eventQuery } from "./queries.js";
import { useEventsSearch } from "./useEventsPage.js";

/** The exact sealed line, as the leaf hashes it. */
function RawLine({ line }: { line: string }) {
  return (
    <details className="group border-t border-line px-4 py-3 md:px-5">
      <summary className="text-s font-medium text-muted">
        Sealed line, {formatCount(new TextEncoder().encode(line).length)} bytes
      </summary>
      <div className="mt-2 flex items-start gap-1">
        <pre
          className="scroll-slim min-w-0 flex-1 overflow-auto rounded border border-line bg-canvas p-2 font-mono text-s break-all whitespace-pre-wrap"
          tabIndex={0}
        >
          <Text>{line}</Text>
        </pre>
        <CopyButton text={line} label="Copy the sealed line" />
      </div>
    </details>
  );
}

function Body({ sealed, onFilter }: { sealed: SealedLine; onFilter: OnFilter }) {
  const now = useNow(1000);
  // What is shown is read from the line that is proven, not from a second copy beside it.
  const event = useMemo(() => readSealed(sealed), [sealed]);
  return (
    <>
      <div className="px-4 pb-4 md:px-5">
        <p className="text-m font-medium break-words">
          <Text>{toSentence(event)}</Text>
        </p>
        <p className="mt-1 flex flex-wrap items-center gap-x-4 text-s">
          <OutcomeWord outcome={event.outcome} />
          <LevelWord level={event.level} />
          <span className="text-muted">{formatAgo(event.time, now)}</span>
        </p>
        <p className="text-s text-muted">
          {isUtcZone(event.time) ? "" : `${formatLocal(event.time)} · `}
          {formatUtc(event.time)}
        </p>
      </div>
      <ProofPanel key={sealed.index} sealed={sealed} />
      <EventFields key={`fields ${sealed.index}`} event={event} index={sealed.index} onFilter={onFilter} />
      <RawLine line={sealed.line} />
    </>
  );
}

function BodySkeleton() {
  return (
    <div aria-busy="true" aria-label="Loading the event" className="px-4 md:px-5">
      <Skeleton className="h-6 w-11/12" />
      <Skeleton className="mt-2 h-10 w-3/4" />
      <Skeleton className="mt-5 h-16 w-full" />
      <Skeleton className="mt-6 h-80 w-full" />
    </div>
  );
}

/** One event, over the table's right side: the list stays in sight and under j and k. */
export function EventDrawer({ onFilter }: { onFilter: OnFilter }) {
  const [search, change] = useEventsSearch();
  const index = search.event;
  const query = useQuery({ ...eventQuery(index ?? 0), enabled: index !== undefined });
  const panel = useRef<HTMLElement>(null);
  const isOpen = index !== undefined;
  useEffect(() => {
    // Opened by a person at the keyboard: the focus follows. A link or a click leaves it where it is.
    if (isOpen && document.activeElement?.id === "events-grid") panel.current?.focus({ preventScroll: true });
  }, [isOpen]);
  if (index === undefined) return null;
  const missing = query.error instanceof ApiError && query.error.status === 404;
  return (
    <aside
      ref={panel}
      tabIndex={-1}
      aria-label={`Event ${index}`}
      className="absolute inset-y-0 right-0 z-20 flex w-full flex-col border-l border-line bg-panel shadow-float md:w-140"
    >
      <div className="flex h-11 shrink-0 items-center gap-1 pr-3 pl-4 md:pl-5">
        <h2 className="flex-1 text-s text-muted">
          Event <span className="font-mono">main:{index}</span>
        </h2>
        <CopyButton
          text={`${window.location.origin}/events?event=${index}`}
          label="Copy a link to this event"
        />
        <IconButton label="Close (Esc)" onClick={() => change({ event: undefined })}>
          <X size={16} />
        </IconButton>
      </div>
      <div className="scroll-slim min-h-0 flex-1 overflow-y-auto">
        {query.data !== undefined ? (
          <Body sealed={query.data} onFilter={onFilter} />
        ) : query.isError ? (
          <div className="px-5">
            <Problem
              title={missing ? `There is no event ${index}` : "The event cannot be loaded"}
              message={
                missing ? "The log is shorter than that, or the event was pruned." : query.error.message
              }
              {...(missing ? {} : { retry: () => void query.refetch() })}
            />
          </div>
        ) : (
          <BodySkeleton />
        )}
      </div>
    </aside>
  );
}

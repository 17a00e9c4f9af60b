// SPDX-License-Identifier: Apache-2.0
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { type ReactNode, useState } from "react";
import { api } from "../../shared/api/client.js";
import type { Exception } from "../../shared/api/alert-types.js";
import { countOf, formatCount } from "../../shared/format.js";
import { useMay } from "../../shared/may.js";
import { Button, CopyButton, Problem, Skeleton } from "../../shared/ui/controls.js";
import { FormDialog } from "../../shared/ui/dialog.js";
import { Empty, Fact, Page } from "../../shared/ui/page.js";
import { Text } from "../../shared/ui/Text.js";
import { Ago } from "../../shared/ui/Time.js";
import { say } from "../../shared/ui/toast.js";
import { toWhereText } from "./conditions.js";
import { exceptionsAnswer } from "./words.js";

const STATE_WORDS: Record<Exception["state"], string> = {
  active: "in force",
  expired: "its time is over",
  ended: "ended",
};

function Ending({ exception, onClose }: { exception: Exception; onClose: () => void }) {
  const client = useQueryClient();
  return (
    <FormDialog
      title="End this exception"
      explain="From now on the rule finds these events again. The exception stays in this list."
      submit="End it"
      reason="The load test is over."
      onClose={onClose}
      onSubmit={async (reason) => {
        await api.endException(exception.id, reason);
        say("The exception has ended.");
        void client.invalidateQueries({ queryKey: ["exceptions"] });
        onClose();
      }}
    />
  );
}

function Card({ exception, mayEnd }: { exception: Exception; mayEnd: boolean }) {
  const [ending, setEnding] = useState(false);
  const { state, title, reason, owner, where, hits, lastHit, expiresAt, endedBy, endReason } = exception;
  const isActive = state === "active";
  return (
    <li
      className={`mt-4 overflow-hidden rounded-md border bg-panel ${isActive ? "border-line" : "border-dashed border-line"}`}
    >
      <div className="flex flex-wrap items-center justify-between gap-2 px-4 pt-3 pb-1">
        <h2 className="min-w-0 font-semibold break-words">
          <Text>{title}</Text>{" "}
          <span className={`text-s font-normal ${isActive ? "text-success" : "text-muted"}`}>
            {STATE_WORDS[state]}
          </span>
        </h2>
        {isActive && mayEnd && <Button onClick={() => setEnding(true)}>End…</Button>}
      </div>
      <dl>
        <Fact name="Events in which">
          <pre className="font-mono break-words whitespace-pre-wrap">
            <Text>{toWhereText(where)}</Text>
          </pre>
        </Fact>
        <Fact name="Because">
          <Text>{reason}</Text>
        </Fact>
        <Fact name="Owner">
          <Text>{owner}</Text>
        </Fact>
        <Fact name={isActive ? "Ends" : "Ended"}>
          <Ago time={exception.endedAt ?? expiresAt} />
          {endedBy !== undefined && (
            <>
              {" "}
              by <Text>{endedBy}</Text>
              {endReason !== undefined && (
                <>
                  : <Text>{endReason}</Text>
                </>
              )}
            </>
          )}
        </Fact>
        <Fact name="Kept quiet">
          {countOf(hits, "event")}
          {lastHit !== undefined && (
            <>
              , last <Ago time={lastHit} />
            </>
          )}
        </Fact>
        <Fact name="As a Sigma filter">
          <details>
            <summary className="inline-flex cursor-pointer items-center gap-1 text-accent underline">
              Show
            </summary>
            <div className="flex items-start gap-2">
              <pre tabIndex={0} className="scroll-slim min-w-0 flex-1 overflow-x-auto font-mono">
                {exception.filter}
              </pre>
              <CopyButton text={exception.filter} label="Copy the filter" />
            </div>
          </details>
        </Fact>
      </dl>
      {ending && <Ending exception={exception} onClose={() => setEnding(false)} />}
    </li>
  );
}

/** What shall the rules not find, and who answers for it? */
export function ExceptionsView({ views }: { views: ReactNode }) {
  const mayEnd = useMay("exceptions.manage");
  const { data, error, refetch } = useQuery({
    queryKey: ["exceptions"],
    queryFn: () => api.exceptions(),
    refetchInterval: 30_000,
  });
  return (
    <Page title="Exceptions" answer={data === undefined ? undefined : exceptionsAnswer(data)} actions={views}>
      {error !== null && (
        <Problem
          title="The exceptions cannot be loaded"
          message={error.message}
          retry={() => void refetch()}
        />
      )}
      {data === undefined && error === null && <Skeleton className="mt-4 h-48 w-full" />}
      {data !== undefined && data.length === 0 && (
        <Empty title="No exceptions">
          When a rule finds what is allowed, open the alert and choose “Except…”. What the exception would
          have hidden is shown before it is made, and it always ends.
        </Empty>
      )}
      {data !== undefined && data.length > 0 && (
        <ul aria-label={`Exceptions, ${formatCount(data.length)}`}>
          {data.map((exception) => (
            <Card key={exception.id} exception={exception} mayEnd={mayEnd} />
          ))}
        </ul>
      )}
    </Page>
  );
}

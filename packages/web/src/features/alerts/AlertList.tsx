// SPDX-License-Identifier: Apache-2.0
import { useEffect, useRef } from "react";
import type { Alert } from "../../shared/api/alert-types.js";
import { countOf } from "../../shared/format.js";
import { Button, Problem, Skeleton } from "../../shared/ui/controls.js";
import { Text } from "../../shared/ui/Text.js";
import { AlertRow } from "./AlertRow.js";
import { NoAlerts } from "./NoAlerts.js";
import type { AlertFilter } from "./search-state.js";
import type { useAlertList } from "./useAlerts.js";
import type { Selection } from "./useSelection.js";

function ListSkeleton() {
  return (
    <div aria-busy="true" aria-label="Loading alerts">
      {Array.from({ length: 8 }, (_, at) => (
        <div key={at} className="flex h-18 flex-col justify-center gap-2 border-b border-line px-4 md:px-6">
          <Skeleton className="h-4 w-2/3" />
          <Skeleton className="h-3 w-1/3" />
        </div>
      ))}
    </div>
  );
}

interface AlertListProps {
  filter: AlertFilter;
  query: ReturnType<typeof useAlertList>["query"];
  groups: readonly { title: string | undefined; alerts: readonly Alert[] }[];
  cursorId: string | undefined;
  openId: string | undefined;
  onOpen: (id: string) => void;
  onWiden: () => void;
  /** Undefined: whoever is signed in may not decide. */
  selection: Selection | undefined;
}

/** The queue, under the headings of its rules when it is grouped. */
export function AlertList(props: AlertListProps) {
  const { filter, query, groups, cursorId, openId, onOpen, onWiden, selection } = props;
  const list = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (cursorId !== undefined)
      list.current?.querySelector("[data-current]")?.scrollIntoView({ block: "nearest" });
  }, [cursorId]);
  const isEmpty = groups.every(({ alerts }) => alerts.length === 0);
  return (
    <div
      ref={list}
      className="scroll-slim relative min-h-0 flex-1 overflow-y-auto border-t border-line bg-panel"
    >
      {query.isPending && <ListSkeleton />}
      {query.isError && (
        <div className="p-4 md:p-6">
          <Problem
            title="The alerts cannot be loaded"
            message={query.error.message}
            retry={() => void query.refetch()}
          />
        </div>
      )}
      {query.isSuccess && isEmpty && <NoAlerts filter={filter} onWiden={onWiden} />}
      {groups.map(({ title, alerts }, at) => (
        <section key={title ?? at} aria-label={title ?? "Alerts"}>
          {title !== undefined && (
            <h2 className="sticky top-0 z-10 flex justify-between gap-3 border-b border-line bg-raised px-4 py-1.5 text-s font-medium md:px-6">
              <span className="truncate">
                <Text>{title}</Text>
              </span>
              <span className="shrink-0 text-muted">{countOf(alerts.length, "alert")}</span>
            </h2>
          )}
          <ul aria-label={title === undefined ? "Alerts" : `Alerts of ${title}`}>
            {alerts.map((each) => (
              <AlertRow
                key={each.id}
                alert={each}
                current={each.id === cursorId}
                open={each.id === openId}
                onOpen={onOpen}
                onSelect={selection?.toggle}
                selected={selection !== undefined && (selection.all || selection.ids.has(each.id))}
              />
            ))}
          </ul>
        </section>
      ))}
      {query.hasNextPage && (
        <div className="p-4 text-center">
          <Button disabled={query.isFetchingNextPage} onClick={() => void query.fetchNextPage()}>
            {query.isFetchingNextPage ? "Loading…" : "More alerts"}
          </Button>
        </div>
      )}
    </div>
  );
}

// SPDX-License-Identifier: Apache-2.0
import { useQuery } from "@tanstack/react-query";
import { useCallback, useEffect, useRef } from "react";
import { sessionQuery, statusQuery } from "../../shared/api/queries.js";
import { Button, Problem, Skeleton } from "../../shared/ui/controls.js";
import { Choice } from "../../shared/ui/page.js";
import { AlertDetail } from "./AlertDetail.js";
import { AlertRow } from "./AlertRow.js";
import { NoAlerts } from "./NoAlerts.js";
import { type AlertFilter, FILTERS } from "./search-state.js";
import { useAlertKeys } from "./useAlertKeys.js";
import { useAlert, useAlertList, useAlertsSearch, useDecide } from "./useAlerts.js";
import { filterLabel, mayDecide, toAlertAnswer } from "./words.js";

const OPTIONS = FILTERS.map((id) => ({ id, word: filterLabel(id) }));

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
  list: ReturnType<typeof useAlertList>;
  cursor: number;
  openId: string | undefined;
  onOpen: (id: string) => void;
}

function AlertList({ filter, list: { query, alerts }, cursor, openId, onOpen }: AlertListProps) {
  const list = useRef<HTMLUListElement>(null);
  useEffect(() => {
    list.current?.children[cursor]?.scrollIntoView({ block: "nearest" });
  }, [cursor]);
  return (
    <div className="scroll-slim min-h-0 flex-1 overflow-y-auto border-t border-line bg-panel">
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
      {query.isSuccess && alerts.length === 0 && <NoAlerts filter={filter} />}
      <ul ref={list} aria-label="Alerts">
        {alerts.map((each, at) => (
          <AlertRow
            key={each.id}
            alert={each}
            current={at === cursor}
            open={each.id === openId}
            onOpen={onOpen}
          />
        ))}
      </ul>
      {query.hasNextPage && (
        <div className="p-4 text-center">
          <Button disabled={query.isFetchingNextPage} onClick={() => void query.fetchNextPage()}>
            {query.isFetchingNextPage ? "Loading…" : "Older alerts"}
          </Button>
        </div>
      )}
    </div>
  );
}

/** What must I decide? */
export function AlertsPage() {
  const [search, change] = useAlertsSearch();
  const filter = search.status ?? "open";
  const list = useAlertList(filter);
  const { data: status } = useQuery(statusQuery);
  const { data: session } = useQuery(sessionQuery);
  const decide = useDecide(filter);
  const { alert, error } = useAlert(search.alert, list.alerts);
  const me = session?.user.name ?? "";
  const allowed = mayDecide(session?.user.role);
  const cursor = useAlertKeys({ alerts: list.alerts, open: alert, change, decide, me, allowed });
  const onOpen = useCallback((id: string) => change({ alert: id }), [change]);
  const open = status?.alerts.open;
  useEffect(() => {
    document.title = `${open !== undefined && open > 0 ? `(${open}) ` : ""}Alerts – Telltale`;
  }, [open]);
  return (
    <div className="flex h-full">
      <div className="flex min-w-0 flex-1 flex-col lg:max-w-160">
        <div className="flex min-h-22 items-center px-4 pt-2 md:min-h-18 md:px-6">
          <h1 className="text-m font-semibold text-balance md:text-l" aria-live="polite">
            {open === undefined || list.query.isPending ? (
              <Skeleton className="h-6 w-80 max-w-full" />
            ) : (
              toAlertAnswer(open, list.alerts)
            )}
          </h1>
        </div>
        <div className="-mt-1 px-4 pb-1 md:px-6">
          <Choice
            label="Status"
            options={OPTIONS}
            value={filter}
            onPick={(next) => change({ status: next === "open" ? undefined : next, alert: undefined })}
          />
        </div>
        <AlertList filter={filter} list={list} cursor={cursor} openId={search.alert} onOpen={onOpen} />
      </div>
      <AlertDetail
        id={search.alert}
        alert={alert}
        error={error}
        allowed={allowed}
        me={me}
        decide={decide}
        onClose={() => change({ alert: undefined })}
      />
    </div>
  );
}

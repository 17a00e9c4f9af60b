// SPDX-License-Identifier: Apache-2.0
import { useQuery } from "@tanstack/react-query";
import { useCallback, useEffect, useMemo } from "react";
import { sessionQuery, statusQuery } from "../../shared/api/queries.js";
import type { Alert, AlertPatch } from "../../shared/api/alert-types.js";
import { Skeleton } from "../../shared/ui/controls.js";
import { Choice } from "../../shared/ui/page.js";
import { AlertDetail } from "./AlertDetail.js";
import { AlertList } from "./AlertList.js";
import { BulkBar } from "./BulkBar.js";
import { ExceptionsView } from "./ExceptionsView.js";
import { FilterBar } from "./FilterBar.js";
import { RulesView } from "./RulesView.js";
import { type AlertsSearch, FILTERS, toAlertFilter, VIEWS } from "./search-state.js";
import { useAlertKeys } from "./useAlertKeys.js";
import { useAlert, useAlertList, useAlertsSearch, useBulk, useDecide } from "./useAlerts.js";
import { useSelection } from "./useSelection.js";
import { filterLabel, mayDecide, toAlertAnswer } from "./words.js";

const STATUSES = FILTERS.map((id) => ({ id, word: filterLabel(id) }));
const VIEW_WORDS = { queue: "Queue", exceptions: "Exceptions", rules: "Rules by precision" } as const;
const VIEW_OPTIONS = VIEWS.map((id) => ({ id, word: VIEW_WORDS[id] }));

interface ViewProps {
  search: AlertsSearch;
  change: (part: Partial<AlertsSearch>, replace?: boolean) => void;
}

function Views({ search, change }: ViewProps) {
  return (
    <Choice
      label="View"
      options={VIEW_OPTIONS}
      value={search.view ?? "queue"}
      onPick={(view) => change({ view: view === "queue" ? undefined : view, alert: undefined })}
    />
  );
}

/** Alerts of one rule together, in the order in which the first of each comes. */
function toGroups(alerts: readonly Alert[], isGrouped: boolean) {
  if (!isGrouped) return [{ title: undefined, alerts }];
  const groups = new Map<string, { title: string; alerts: Alert[] }>();
  for (const alert of alerts) {
    const group = groups.get(alert.ruleId) ?? { title: alert.title, alerts: [] };
    group.alerts.push(alert);
    groups.set(alert.ruleId, group);
  }
  return [...groups.values()];
}

function useQueue({ search, change }: ViewProps) {
  const { data: session } = useQuery(sessionQuery);
  const me = session?.user.name ?? "";
  const allowed = mayDecide(session?.user.role);
  const { status, level, verdict, who, q, order } = search;
  const filter = useMemo(
    () => toAlertFilter({ status, level, verdict, who, q, order }),
    [status, level, verdict, who, q, order],
  );
  const list = useAlertList(filter, me);
  const groups = useMemo(() => toGroups(list.alerts, search.group === "rule"), [list.alerts, search.group]);
  const ordered = useMemo(() => groups.flatMap((group) => group.alerts), [groups]);
  const selection = useSelection(JSON.stringify(filter));
  const decide = useDecide(filter, me);
  const bulk = useBulk(filter, me);
  const { alert, error } = useAlert(search.alert, list.alerts);
  const picked = selection.toPicked(list.total);
  const changeAll = (patch: AlertPatch): void => {
    if (picked === undefined) return;
    void bulk(picked, patch).then((done) => done && selection.clear());
  };
  const cursor = useAlertKeys({
    alerts: ordered,
    open: alert,
    change,
    decide,
    me,
    allowed,
    select: selection.toggle,
    hasSelection: allowed && picked !== undefined,
    takeSelection: () => changeAll({ assignee: me }),
    clearSelection: selection.clear,
  });
  const cursorId = ordered[cursor]?.id;
  return { me, allowed, filter, list, groups, cursorId, selection, picked, changeAll, decide, alert, error };
}

/** What must I decide? */
function Queue({ search, change }: ViewProps) {
  const queue = useQueue({ search, change });
  const { me, allowed, filter, list, groups, cursorId, selection, picked, changeAll } = queue;
  const { data: status } = useQuery(statusQuery);
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
        <div className="-mt-1 px-4 md:px-6">
          <Views search={search} change={change} />
          <Choice
            label="Status"
            options={STATUSES}
            value={filter.status}
            onPick={(next) => change({ status: next === "open" ? undefined : next, alert: undefined })}
          />
        </div>
        <FilterBar search={search} change={change} />
        {allowed && picked !== undefined && (
          <BulkBar
            count={selection.ids.size}
            total={list.total}
            all={selection.all}
            me={me}
            onAll={selection.markAll}
            onClear={selection.clear}
            onChange={changeAll}
          />
        )}
        <AlertList
          filter={filter}
          query={list.query}
          groups={groups}
          cursorId={cursorId}
          openId={search.alert}
          onOpen={onOpen}
          onWiden={() => change({ level: undefined, verdict: undefined, who: undefined, q: undefined })}
          selection={allowed ? selection : undefined}
        />
      </div>
      <AlertDetail
        id={search.alert}
        alert={queue.alert}
        error={queue.error}
        allowed={allowed}
        me={me}
        decide={queue.decide}
        onClose={() => change({ alert: undefined })}
      />
    </div>
  );
}

/** The queue, the exceptions, and how good the rules are. */
export function AlertsPage() {
  const [search, change] = useAlertsSearch();
  const views = <Views search={search} change={change} />;
  if (search.view === "exceptions") return <ExceptionsView views={views} />;
  if (search.view === "rules") return <RulesView views={views} />;
  return <Queue search={search} change={change} />;
}

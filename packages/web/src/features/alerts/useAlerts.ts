// SPDX-License-Identifier: Apache-2.0
import {
  type InfiniteData,
  useInfiniteQuery,
  useMutation,
  useQuery,
  useQueryClient,
} from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { useCallback, useMemo } from "react";
import { ApiError, api } from "../../shared/api/client.js";
import { statusQuery } from "../../shared/api/queries.js";
import { useStream } from "../../shared/api/stream.js";
import type { Alert, AlertPage, AlertPatch } from "../../shared/api/alert-types.js";
import { whyNot } from "../../shared/ui/dialog.js";
import { say } from "../../shared/ui/toast.js";
import { countOf } from "../../shared/format.js";
import type { AlertFilter, AlertsSearch } from "./search-state.js";
import { isIn, toWhere } from "./words.js";

const PAGE = 50;

export function useAlertsSearch(): [
  AlertsSearch,
  (change: Partial<AlertsSearch>, replace?: boolean) => void,
] {
  const search: AlertsSearch = useSearch({ from: "/app/alerts" });
  const navigate = useNavigate({ from: "/alerts" });
  const change = useCallback(
    (part: Partial<AlertsSearch>, replace = false) => {
      void navigate({ search: (before: AlertsSearch) => ({ ...before, ...part }), replace });
    },
    [navigate],
  );
  return [search, change];
}

type Pages = InfiniteData<AlertPage, string>;

/**
 * Writes a changed alert into a loaded list. One that no longer fits the filter stays until the list is loaded
 * again: a row that vanishes under the hand makes people decide on the wrong one.
 */
export function applyToPages(
  pages: Pages | undefined,
  alert: Alert,
  filter: AlertFilter,
  me: string,
): Pages | undefined {
  if (pages === undefined) return pages;
  let found = false;
  const next = pages.pages.map((page) => ({
    ...page,
    alerts: page.alerts.map((each) => {
      if (each.id !== alert.id) return each;
      found = true;
      return alert;
    }),
  }));
  const first = next[0];
  if (!found && first !== undefined && isIn(alert, filter, me)) {
    next[0] = { ...first, total: first.total + 1, alerts: [alert, ...first.alerts] };
  }
  return { ...pages, pages: next };
}

export function useAlertList(filter: AlertFilter, me: string) {
  const client = useQueryClient();
  const queryKey = useMemo(() => ["alerts", filter, me] as const, [filter, me]);
  const query = useInfiniteQuery({
    queryKey,
    queryFn: ({ pageParam }) =>
      api.alerts({
        limit: PAGE,
        ...toWhere(filter, me),
        ...(filter.order === undefined ? {} : { order: filter.order }),
        ...(pageParam === "" ? {} : { cursor: pageParam }),
      }),
    initialPageParam: "",
    enabled: me !== "",
    getNextPageParam: (last) => last.next ?? undefined,
  });
  useStream((message) => {
    if (message.kind === "open") void client.invalidateQueries({ queryKey: ["alerts"] });
    if (message.kind !== "alert") return;
    client.setQueryData<Pages>(queryKey, (pages) => applyToPages(pages, message.alert, filter, me));
    client.setQueryData(["alert", message.alert.id], message.alert);
  });
  const alerts = useMemo(() => query.data?.pages.flatMap((page) => page.alerts) ?? [], [query.data]);
  return { query, alerts, total: query.data?.pages[0]?.total ?? 0 };
}

/** One alert, from the list when it is there, else fetched: a link may name any. */
export function useAlert(id: string | undefined, alerts: readonly Alert[]) {
  const known = alerts.find((alert) => alert.id === id);
  const query = useQuery({
    queryKey: ["alert", id],
    queryFn: () => api.alert(id ?? ""),
    enabled: id !== undefined,
    ...(known === undefined ? {} : { placeholderData: known }),
  });
  return { alert: query.data, error: query.error };
}

/** The steps that are done once the server agrees. */
function withCheck(
  { checks }: Alert,
  { step, done }: NonNullable<AlertPatch["check"]>,
  me: string,
): Alert["checks"] {
  const others = checks.filter((each) => each.step !== step);
  const by = { kind: "user" as const, id: me, name: me };
  return done ? [...others, { step, text: "", at: new Date().toISOString(), by }] : others;
}

/** Changes an alert: at once on the screen, taken back with a word when the server refuses. */
export function useDecide(filter: AlertFilter, me: string) {
  const client = useQueryClient();
  const write = (alert: Alert) => {
    client.setQueryData<Pages>(["alerts", filter, me], (pages) => applyToPages(pages, alert, filter, me));
    client.setQueryData(["alert", alert.id], alert);
  };
  const { mutateAsync } = useMutation({
    mutationFn: ({ alert, patch }: { alert: Alert; patch: AlertPatch }) => api.patchAlert(alert.id, patch),
    onMutate: ({ alert, patch }) => {
      const { status, verdict, assignee, check } = patch;
      write({
        ...alert,
        ...(status === undefined ? {} : { status }),
        ...(verdict === undefined || verdict === null ? {} : { verdict }),
        ...(assignee === undefined || assignee === null ? {} : { assignee }),
        ...(check === undefined ? {} : { checks: withCheck(alert, check, me) }),
      });
    },
    onSuccess: (alert) => {
      write(alert);
      void client.invalidateQueries({ queryKey: statusQuery.queryKey });
    },
    onError: (error, { alert }) => {
      write(alert);
      const why = error instanceof ApiError ? error.message : "Something unexpected happened.";
      say(`Not changed: ${why}`, "problem");
    },
  });
  return useCallback(
    (alert: Alert, patch: AlertPatch) =>
      mutateAsync({ alert, patch }).then(
        () => true,
        () => false,
      ),
    [mutateAsync],
  );
}

/** Which alerts a change of many is about: these, or all that match, of which so many were seen. */
export type Picked = { ids: string[] } | { all: number };

/** Changes many at once: all or none. Says how many, or why not. */
export function useBulk(filter: AlertFilter, me: string) {
  const client = useQueryClient();
  return async (picked: Picked, change: AlertPatch): Promise<boolean> => {
    const selection = "ids" in picked ? picked : { where: toWhere(filter, me), expect: picked.all };
    try {
      const { changed } = await api.changeAlerts({ ...selection, change });
      say(`${countOf(changed.length, "alert")} changed.`);
      return true;
    } catch (error) {
      say(`Nothing changed: ${whyNot(error)}`, "problem");
      return false;
    } finally {
      void client.invalidateQueries({ queryKey: ["alerts"] });
      void client.invalidateQueries({ queryKey: ["alert"] });
      void client.invalidateQueries({ queryKey: statusQuery.queryKey });
    }
  };
}

// SPDX-License-Identifier: Apache-2.0
import { useInfiniteQuery, useQuery, useQueryClient } from "@tanstack/react-query";
import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import { api } from "../../shared/api/client.js";
import { useStream } from "../../shared/api/stream.js";
import type { IndexedEvent, LearnStatus } from "../../shared/api/types.js";
import { useNow } from "../../shared/now.js";
import { Button, Problem, Skeleton } from "../../shared/ui/controls.js";
import { LevelWord } from "../../shared/ui/Grade.js";
import { Choice, Empty, Page } from "../../shared/ui/page.js";
import { ROW } from "../../shared/ui/rows.js";
import { Text } from "../../shared/ui/Text.js";
import { Ago } from "../../shared/ui/Time.js";
import { type AnomaliesSearch, ANOMALY_KINDS } from "./search-state.js";
import { kindWord, learningWords, toAnomaliesAnswer, toSurroundings, toUnusual } from "./words.js";

const PAGE = 50;
const RANGE_MS = 30 * 86_400_000;
const POLL_MS = 30_000;
const KINDS = [
  { id: "all", word: "All" },
  ...ANOMALY_KINDS.map((id) => ({ id, word: kindWord(id).replace(/^./, (first) => first.toUpperCase()) })),
] as const;

function useAnomalies(kind: string) {
  return useInfiniteQuery({
    queryKey: ["anomalies", kind],
    queryFn: ({ pageParam, signal }) =>
      api.events(
        {
          q: `via:telltale AND action:${kind === "all" ? "anomaly_*" : kind}`,
          from: new Date(Date.now() - RANGE_MS).toISOString(),
          limit: PAGE,
          ...(pageParam === "" ? {} : { cursor: pageParam }),
        },
        signal,
      ),
    initialPageParam: "",
    getNextPageParam: (last) => last.next ?? undefined,
    refetchInterval: POLL_MS,
  });
}

function AnomalyRow({ item }: { item: IndexedEvent }) {
  const { event } = item;
  const { type, id, app, score } = toUnusual(event);
  return (
    <li {...ROW} className="-outline-offset-2 border-b border-line px-4 py-2.5 text-s last:border-b-0">
      <div className="flex flex-wrap items-baseline gap-x-3">
        <LevelWord level={event.level} />
        <span className="text-muted">{kindWord(event.action)}</span>
        {score !== undefined && (
          <span className="text-muted" data-tip="0 to 100: how unusual it is">
            score <span className="font-medium text-ink">{Math.round(score)}</span>
          </span>
        )}
        <Ago time={event.time} className="ml-auto text-muted" />
      </div>
      <p className="text-m break-words">
        <Text>{event.message ?? kindWord(event.action)}</Text>
      </p>
      <div className="flex flex-wrap items-baseline gap-x-4 gap-y-1">
        <span className="min-w-0 break-all text-muted">
          {type === "log" ? (
            "the log as a whole"
          ) : (
            <>
              {type}{" "}
              <span className="font-mono text-ink">
                <Text>{id}</Text>
              </span>
            </>
          )}
          {app !== undefined && (
            <>
              {" "}
              in <Text>{app}</Text>
            </>
          )}
        </span>
        <Link
          to="/events"
          search={toSurroundings(event)}
          className="text-accent underline underline-offset-2"
        >
          Events around it
        </Link>
        <Link
          to="/events"
          search={{ event: item.index, from: "all" }}
          className="text-accent underline underline-offset-2"
        >
          The anomaly itself
        </Link>
      </div>
    </li>
  );
}

function NoAnomalies({ learn, filtered }: { learn: LearnStatus; filtered: boolean }) {
  return (
    <Empty title={filtered ? "None of this kind" : "No anomalies"}>
      <p>
        Telltale learns from the events themselves what is usual: the countries, networks, devices and actions
        of each user, the hours they work, how often each route and source reports. What differs becomes an
        event with a score and a sentence that says why: “alice signed in from Brazil for the first time in 90
        days”.
      </p>
      {!learn.enabled && (
        <p className="mt-2">
          It is off on this server. Set <code className="font-mono">TELLTALE_LEARN=true</code> and start it
          again: it learns from the log that is there.
        </p>
      )}
    </Empty>
  );
}

function List({
  query,
  learn,
  filtered,
}: {
  query: ReturnType<typeof useAnomalies>;
  learn: LearnStatus;
  filtered: boolean;
}) {
  const items = query.data?.pages.flatMap(({ events }) => events) ?? [];
  return (
    <div className="mt-2 overflow-hidden rounded-md border border-line bg-panel">
      {items.length === 0 ? (
        <NoAnomalies learn={learn} filtered={filtered} />
      ) : (
        <ul aria-label="Anomalies">
          {items.map((item) => (
            <AnomalyRow key={item.index} item={item} />
          ))}
        </ul>
      )}
      {query.hasNextPage && (
        <div className="border-t border-line p-3 text-center">
          <Button disabled={query.isFetchingNextPage} onClick={() => void query.fetchNextPage()}>
            {query.isFetchingNextPage ? "Loading…" : "Older anomalies"}
          </Button>
        </div>
      )}
    </div>
  );
}

/** What is unusual? */
export function AnomaliesPage() {
  const search: AnomaliesSearch = useSearch({ from: "/app/anomalies" });
  const navigate = useNavigate({ from: "/anomalies" });
  const kind = search.kind ?? "all";
  const learning = useQuery({ queryKey: ["learn"], queryFn: api.learn, refetchInterval: POLL_MS });
  const query = useAnomalies(kind);
  const client = useQueryClient();
  const now = useNow(60_000);
  useStream((message) => {
    // Alerts may rest on anomalies; both are found within moments.
    if (message.kind === "alert" || message.kind === "open")
      void client.invalidateQueries({ queryKey: ["anomalies"] });
  });
  const learn = learning.data;
  const failed = learning.error ?? query.error;
  const count = query.data?.pages.reduce((sum, { events }) => sum + events.length, 0);
  const answer =
    learn === undefined || count === undefined
      ? failed === null
        ? undefined
        : "Nobody knows."
      : kind === "all"
        ? toAnomaliesAnswer(learn, count, query.hasNextPage)
        : `${count === 0 ? "No" : query.hasNextPage ? `More than ${count}` : count} of this kind in the last 30 days.`;
  return (
    <Page title="Anomalies" answer={answer}>
      <p className="mt-1 min-h-10 max-w-prose text-s text-muted">
        {learn !== undefined && learningWords(learn, now)}
      </p>
      <div className="mt-2">
        <Choice
          label="Kind"
          options={KINDS}
          value={kind}
          onPick={(next) => void navigate({ search: next === "all" ? {} : { kind: next } })}
        />
      </div>
      {failed !== null && (
        <div className="mt-2">
          <Problem
            title="The anomalies cannot be loaded"
            message={failed.message}
            retry={() => void Promise.all([learning.refetch(), query.refetch()])}
          />
        </div>
      )}
      {failed === null && (learn === undefined || query.isPending) && (
        <Skeleton className="mt-2 h-96 w-full" />
      )}
      {learn !== undefined && query.isSuccess && (
        <List query={query} learn={learn} filtered={kind !== "all"} />
      )}
    </Page>
  );
}

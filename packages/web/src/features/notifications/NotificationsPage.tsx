// SPDX-License-Identifier: Apache-2.0
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { useCallback, useState } from "react";
import { api } from "../../shared/api/client.js";
import type { NotifyTest } from "../../shared/api/types.js";
import { useMay } from "../../shared/may.js";
import { Problem, Skeleton } from "../../shared/ui/controls.js";
import { whyNot } from "../../shared/ui/dialog.js";
import { Empty, Page } from "../../shared/ui/page.js";
import { say } from "../../shared/ui/toast.js";
import { ChannelCard } from "./ChannelCard.js";
import { Deliveries } from "./Deliveries.js";
import type { NotificationsSearch } from "./search-state.js";
import { toNotifyAnswer } from "./words.js";

const POLL_MS = 3000;
const KEY = ["notifications"] as const;

function useNotificationsSearch(): [NotificationsSearch, (part: Partial<NotificationsSearch>) => void] {
  const search: NotificationsSearch = useSearch({ from: "/app/notifications" });
  const navigate = useNavigate({ from: "/notifications" });
  const change = useCallback(
    (part: Partial<NotificationsSearch>) =>
      void navigate({ search: (before: NotificationsSearch) => ({ ...before, ...part }) }),
    [navigate],
  );
  return [search, change];
}

function NoChannels() {
  return (
    <div className="mt-4 rounded-md border border-line bg-panel">
      <Empty title="No channels yet">
        <p>
          A channel tells people of alerts: e-mail, Slack, Microsoft Teams, Discord, PagerDuty, Opsgenie, a
          webhook, syslog. Which alert goes where, limits, quiet hours and who is told when nobody acts stand
          in a YAML file on the server.
        </p>
        <p className="mt-2">
          Whoever runs the server names it in <code className="font-mono">TELLTALE_NOTIFY</code>.
        </p>
      </Empty>
    </div>
  );
}

/** What the tests of this visit met, by channel. */
function useTests(refresh: () => void) {
  const [tests, setTests] = useState<ReadonlyMap<string, NotifyTest | "running">>(new Map());
  const set = (name: string, test: NotifyTest | "running") =>
    setTests((before) => new Map(before).set(name, test));
  const run = async (name: string) => {
    set(name, "running");
    try {
      set(name, await api.testChannel(name));
    } catch (error) {
      set(name, { delivered: false, answer: whyNot(error), ms: 0 });
    }
    refresh();
  };
  return { tests, run };
}

/** Is everybody told? */
export function NotificationsPage() {
  const query = useQuery({ queryKey: KEY, queryFn: api.channels, refetchInterval: POLL_MS });
  const client = useQueryClient();
  const allowed = useMay("notify.manage");
  const [search, change] = useNotificationsSearch();
  const refresh = () => {
    void client.invalidateQueries({ queryKey: KEY });
    void client.invalidateQueries({ queryKey: ["deliveries"] });
  };
  const { tests, run } = useTests(refresh);
  const act = async (work: Promise<unknown>, done: string) => {
    try {
      await work;
      say(done);
    } catch (error) {
      say(whyNot(error), "problem");
    }
    refresh();
  };
  const channels = query.data;
  return (
    <Page
      title="Notifications"
      answer={
        channels === undefined ? (query.isError ? "Nobody knows." : undefined) : toNotifyAnswer(channels)
      }
    >
      {query.isPending && <Skeleton className="mt-4 h-80 w-full" />}
      {query.error !== null && (
        <div className="mt-4">
          <Problem
            title="The channels cannot be read"
            message={query.error.message}
            retry={() => void query.refetch()}
          />
        </div>
      )}
      {channels?.length === 0 && <NoChannels />}
      {channels?.map((channel) => (
        <ChannelCard
          key={channel.name}
          channel={channel}
          allowed={allowed}
          test={tests.get(channel.name)}
          showsDeliveries={search.channel === channel.name}
          onPause={({ name }) => void act(api.pauseChannel(name), `${name} is paused. Messages wait.`)}
          onResume={({ name }) => void act(api.resumeChannel(name), `${name} goes on.`)}
          onTest={({ name }) => void run(name)}
          onDeliveries={({ name }) => change({ channel: search.channel === name ? undefined : name })}
        />
      ))}
      {channels !== undefined && channels.length > 0 && (
        <Deliveries
          search={search}
          allowed={allowed}
          onFilter={(state) => change({ state: state === "all" ? undefined : state })}
          onRetry={({ id, channel }) => void act(api.retryDelivery(id), `${channel} is asked again.`)}
        />
      )}
    </Page>
  );
}

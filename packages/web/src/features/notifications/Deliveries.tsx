// SPDX-License-Identifier: Apache-2.0
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { api } from "../../shared/api/client.js";
import type { NotifyDelivery } from "../../shared/api/types.js";
import { Button, Problem, Skeleton } from "../../shared/ui/controls.js";
import { Panel } from "../../shared/ui/page.js";
import { Text } from "../../shared/ui/Text.js";
import { Ago } from "../../shared/ui/Time.js";
import { DELIVERY_FILTERS, type DeliveryFilter, type NotificationsSearch } from "./search-state.js";
import { outcomeWords, reasonWord } from "./words.js";

const POLL_MS = 3000;
const FILTER_WORDS: Readonly<Record<DeliveryFilter, string>> = {
  all: "All",
  waiting: "Waiting",
  held: "Held back",
  failed: "Given up",
  delivered: "Delivered",
};

function DeliveryRow({
  delivery,
  allowed,
  onRetry,
}: {
  delivery: NotifyDelivery;
  allowed: boolean;
  onRetry: (delivery: NotifyDelivery) => void;
}) {
  const { alert, channel, reason, level, created, state, attempts } = delivery;
  const mayRetry = allowed && (state === "failed" || (state === "waiting" && attempts > 0));
  return (
    <li className="grid items-baseline gap-x-3 gap-y-0.5 border-b border-line px-4 py-2 text-s last:border-b-0 sm:grid-cols-[7rem_9rem_11rem_minmax(0,1fr)_auto]">
      <Ago time={created} className="text-muted" />
      <span className="font-medium break-all">{channel}</span>
      <span>
        {alert === undefined ? (
          reasonWord(reason)
        ) : (
          <Link to="/alerts" search={{ alert }} className="text-accent underline underline-offset-2">
            {reasonWord(reason)}
          </Link>
        )}
        , {level}
      </span>
      <span className={`break-words ${state === "failed" ? "text-denied" : ""}`}>
        <Text>{outcomeWords(delivery)}</Text>
      </span>
      {mayRetry && (
        <Button look="quiet" className="justify-self-start" onClick={() => onRetry(delivery)}>
          Try now
        </Button>
      )}
    </li>
  );
}

interface DeliveriesProps {
  search: NotificationsSearch;
  allowed: boolean;
  onFilter: (state: DeliveryFilter) => void;
  onRetry: (delivery: NotifyDelivery) => void;
}

function List({ search, allowed, onRetry }: Omit<DeliveriesProps, "onFilter">) {
  const { data, error, refetch } = useQuery({
    queryKey: ["deliveries", search.channel, search.state],
    queryFn: () => api.deliveries(search),
    refetchInterval: POLL_MS,
  });
  if (error !== null)
    return (
      <Problem title="The deliveries cannot be read" message={error.message} retry={() => void refetch()} />
    );
  if (data === undefined) return <Skeleton className="h-40 w-full" />;
  if (data.length === 0) return <p className="px-4 py-3 text-s text-muted">There are none.</p>;
  return (
    <ul aria-label="Deliveries, the newest first">
      {data.map((delivery) => (
        <DeliveryRow key={delivery.id} delivery={delivery} allowed={allowed} onRetry={onRetry} />
      ))}
    </ul>
  );
}

/** What was sent and what became of it, the newest first. */
export function Deliveries({ onFilter, ...props }: DeliveriesProps) {
  const { search } = props;
  return (
    <Panel
      title="Deliveries"
      note={search.channel === undefined ? "The newest 50" : `The newest 50 of ${search.channel}`}
      actions={
        <div role="group" aria-label="Which deliveries" className="flex flex-wrap gap-1">
          {DELIVERY_FILTERS.map((each) => {
            const isOn = (search.state ?? "all") === each;
            return (
              <Button
                key={each}
                look={isOn ? "plain" : "quiet"}
                aria-pressed={isOn}
                onClick={() => onFilter(each)}
              >
                {FILTER_WORDS[each]}
              </Button>
            );
          })}
        </div>
      }
    >
      <List {...props} />
    </Panel>
  );
}

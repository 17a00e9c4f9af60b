// SPDX-License-Identifier: Apache-2.0
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { api } from "../../shared/api/client.js";
import type { IndexedEvent } from "../../shared/api/types.js";
import { countOf, formatBytes, formatCount } from "../../shared/format.js";
import { Problem, Skeleton } from "../../shared/ui/controls.js";
import { Empty, Panel } from "../../shared/ui/page.js";
import { Ago } from "../../shared/ui/Time.js";

const QUERY = "via:telltale AND action:log_pruned";
const SHOWN = 50;

function numberOf(item: IndexedEvent, name: string): number | undefined {
  const value = item.event.data?.[name];
  return typeof value === "number" ? value : undefined;
}

function Row({ item }: { item: IndexedEvent }) {
  const first = numberOf(item, "first");
  const next = numberOf(item, "next");
  const bytes = numberOf(item, "bytes");
  return (
    <li className="border-b border-line last:border-b-0">
      <Link
        to="/events"
        search={{ event: item.index, from: "all" }}
        className="grid gap-x-4 px-4 py-2 text-s hover:bg-raised sm:grid-cols-[minmax(0,1fr)_6rem_8rem]"
      >
        <span className="text-accent underline underline-offset-2">
          {first === undefined || next === undefined
            ? `certificate at ${formatCount(item.index)}`
            : `events ${formatCount(first)} to ${formatCount(next - 1)}`}
        </span>
        <span className="text-muted">{bytes === undefined ? "" : formatBytes(bytes)}</span>
        <Ago time={item.event.received} className="text-muted" />
      </Link>
    </li>
  );
}

/** What was removed, each with the event that certifies it. */
export function Certificates({ gone }: { gone: number }) {
  const { data, error, refetch } = useQuery({
    queryKey: ["certificates", gone],
    queryFn: ({ signal }) => api.events({ q: QUERY, limit: SHOWN }, signal),
  });
  return (
    <Panel
      title="Certificates of removal"
      note={`${countOf(gone, "event")} removed. Their hashes are kept, so every proof still verifies.`}
    >
      {error !== null ? (
        <div className="p-4">
          <Problem title="They cannot be loaded" message={error.message} retry={() => void refetch()} />
        </div>
      ) : data === undefined ? (
        <Skeleton className="m-4 h-20" />
      ) : data.events.length === 0 ? (
        <Empty title={gone === 0 ? "Nothing was removed yet" : "No certificate is young enough to be found"}>
          {gone === 0
            ? "When a segment is older than the policy keeps, its removal is first written into the log, as a certificate that names what goes and why. Only then it goes."
            : "They are in the log, older than what can be searched."}
        </Empty>
      ) : (
        <ul>
          {data.events.map((item) => (
            <Row key={item.index} item={item} />
          ))}
        </ul>
      )}
    </Panel>
  );
}

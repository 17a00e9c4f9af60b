// SPDX-License-Identifier: Apache-2.0
import { useQuery } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { api } from "../../shared/api/client.js";
import type { Retention } from "../../shared/api/types.js";
import { countOf, formatBytes, formatDay } from "../../shared/format.js";
import { useMay } from "../../shared/may.js";
import { useNow } from "../../shared/now.js";
import { Problem, Skeleton } from "../../shared/ui/controls.js";
import { Fact, Page, Panel } from "../../shared/ui/page.js";
import { Text } from "../../shared/ui/Text.js";
import { Ago } from "../../shared/ui/Time.js";
import { Certificates } from "./Certificates.js";
import { Holds } from "./Holds.js";
import type { StorageSearch } from "./search-state.js";
import { daysAhead, forecastWords, keptWords, searchableWords, toStorageAnswer } from "./words.js";

const POLL_MS = 10_000;

function Policy({ retention }: { retention: Retention }) {
  const now = useNow(60_000);
  const { policy, nextDue, lastRun, archiving, waiting } = retention;
  return (
    <Panel
      title="Policy"
      note="Counted from when an event was received. The server's settings TELLTALE_SEARCHABLE_DAYS and TELLTALE_KEPT_DAYS say it."
    >
      <dl>
        <Fact name="Searchable">{searchableWords(retention)}</Fact>
        <Fact name="Kept">{keptWords(retention)}</Fact>
        {policy.override !== null && (
          <Fact name="Shorter than usual">
            decided by <Text>{policy.override.name}</Text>: <Text>{policy.override.reason}</Text>
          </Fact>
        )}
        <Fact name="Next removal">
          {nextDue === null
            ? "nothing is old enough to have a date yet"
            : `${formatDay(nextDue)}, in ${countOf(daysAhead(nextDue, now), "day")}`}
        </Fact>
        <Fact name="Before it goes">
          {archiving ? "copied to the archive and read back" : "no copy is made: TELLTALE_ARCHIVE is not set"}
        </Fact>
        <Fact name="Last look">
          {lastRun === null ? "not since the server started" : <Ago time={lastRun} />}
          {waiting > 0 && `; ${countOf(waiting, "certificate")} still to be carried out`}
        </Fact>
      </dl>
    </Panel>
  );
}

/** Used, free and refused-below on one line; the figures stand beside it. */
function DiskBar({ disk }: { disk: NonNullable<Retention["disk"]> }) {
  const used = 1 - disk.freeBytes / Math.max(1, disk.totalBytes);
  const limit = 1 - disk.limitBytes / Math.max(1, disk.totalBytes);
  return (
    <svg
      viewBox="0 0 100 4"
      preserveAspectRatio="none"
      className="mt-1.5 mb-1 block h-2 w-full rounded-sm bg-raised"
      aria-hidden="true"
    >
      <rect
        x="0"
        y="0"
        width={used * 100}
        height="4"
        className={disk.full ? "fill-critical" : "fill-accent"}
      />
      <rect x={Math.min(99.6, limit * 100)} y="0" width="0.4" height="4" className="fill-ink" />
    </svg>
  );
}

function Disk({ retention }: { retention: Retention }) {
  const now = useNow(60_000);
  const { disk, storage } = retention;
  return (
    <Panel title="Disk">
      <dl>
        {disk === null ? (
          <Fact name="Disk">not measured yet</Fact>
        ) : (
          <>
            <Fact name="Used">
              {formatBytes(disk.totalBytes - disk.freeBytes)} of {formatBytes(disk.totalBytes)}, by everything
              on this disk; {formatBytes(disk.freeBytes)} free
              <DiskBar disk={disk} />
            </Fact>
            <Fact name="Lasts">{forecastWords(disk, now)}</Fact>
            <Fact name="Refuses below">
              {formatBytes(disk.limitBytes)} free; senders then keep their events
            </Fact>
          </>
        )}
        <Fact name="The log itself">
          {formatBytes(storage.bytes)} in {countOf(storage.segments, "segment")},{" "}
          {storage.compressed === storage.segments ? "all" : storage.compressed} of them closed and compressed
        </Fact>
      </dl>
    </Panel>
  );
}

/** What is kept, until when, and is there room? */
export function StoragePage() {
  const query = useQuery({ queryKey: ["retention"], queryFn: api.retention, refetchInterval: POLL_MS });
  const allowed = useMay("retention.manage");
  const search: StorageSearch = useSearch({ from: "/app/storage" });
  const navigate = useNavigate({ from: "/storage" });
  const retention = query.data;
  const now = useNow(60_000);
  const gone = retention?.pruned.reduce((sum, { first, next }) => sum + next - first, 0) ?? 0;
  return (
    <Page
      title="Storage"
      answer={
        retention === undefined
          ? query.isError
            ? "Nobody knows."
            : undefined
          : toStorageAnswer(retention, now)
      }
    >
      {query.isError && (
        <div className="mt-4">
          <Problem
            title="The state of the storage cannot be read"
            message={query.error.message}
            retry={() => void query.refetch()}
          />
        </div>
      )}
      {query.isPending && <Skeleton className="mt-6 h-120 w-full" />}
      {retention !== undefined && (
        <>
          <Policy retention={retention} />
          <Disk retention={retention} />
          <Holds
            holds={retention.holds}
            allowed={allowed}
            placing={search.hold === "1"}
            onPlacing={(placing) => void navigate({ search: placing ? { hold: "1" } : {} })}
            onChanged={() => void query.refetch()}
          />
          <Certificates gone={gone} />
        </>
      )}
    </Page>
  );
}

// SPDX-License-Identifier: Apache-2.0
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import { api } from "../../shared/api/client.js";
import { useMay } from "../../shared/may.js";
import { buttonClass, Problem, Skeleton } from "../../shared/ui/controls.js";
import { Choice, Page } from "../../shared/ui/page.js";
import { HiddenLately, HiddenSources } from "./HiddenLately.js";
import type { ProtectionSearch } from "./search-state.js";
import { TryIt } from "./TryIt.js";
import { type RangeId, RANGES, toProtectionAnswer } from "./words.js";

const POLL_MS = 30_000;
/** The index will have the rest within moments. */
const SOON_MS = 2000;

/** What is hidden in events, and would this be? */
export function ProtectionPage() {
  const search: ProtectionSearch = useSearch({ from: "/app/protection" });
  const maySeeErasures = useMay("erasures.read");
  const navigate = useNavigate({ from: "/protection" });
  const range: RangeId = search.range ?? "24h";
  const query = useQuery({
    queryKey: ["hidden", range],
    queryFn: ({ signal }) => api.hidden(range, signal),
    refetchInterval: ({ state }) => (state.data?.complete === false ? SOON_MS : POLL_MS),
    placeholderData: keepPreviousData,
  });
  const hidden = query.isPlaceholderData ? undefined : query.data;
  return (
    <Page
      title="Protection"
      actions={
        maySeeErasures && (
          <Link to="/protection/erasures" className={buttonClass()}>
            Erasures
          </Link>
        )
      }
      answer={
        hidden === undefined
          ? query.isError
            ? "Nobody knows."
            : undefined
          : toProtectionAnswer(hidden, range)
      }
    >
      <TryIt />
      <div className="mt-6">
        <Choice
          label="Time"
          options={RANGES}
          value={range}
          onPick={(next) => void navigate({ search: next === "7d" ? { range: "7d" } : {} })}
        />
      </div>
      {query.isError && (
        <div className="mt-2">
          <Problem
            title="What was hidden cannot be read"
            message={query.error.message}
            retry={() => void query.refetch()}
          />
        </div>
      )}
      {query.isPending && <Skeleton className="mt-2 h-80 w-full" />}
      {query.data !== undefined && (
        <>
          {!query.data.complete && (
            <p className="mt-2 text-s text-muted">
              Not complete: the newest events are not indexed yet, or the search took too long.
            </p>
          )}
          <HiddenLately hidden={query.data} range={range} />
          <HiddenSources hidden={query.data} />
        </>
      )}
    </Page>
  );
}

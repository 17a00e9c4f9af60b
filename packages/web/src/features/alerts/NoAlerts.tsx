// SPDX-License-Identifier: Apache-2.0
import { useQuery } from "@tanstack/react-query";
import { api } from "../../shared/api/client.js";
import { Button } from "../../shared/ui/controls.js";
import { Text } from "../../shared/ui/Text.js";
import { Ago } from "../../shared/ui/Time.js";
import { type AlertFilter, isNarrowed } from "./search-state.js";
import { filterLabel } from "./words.js";

/** No alerts: what is watched, and when something last fired. */
export function NoAlerts({ filter, onWiden }: { filter: AlertFilter; onWiden: () => void }) {
  const { data: newest } = useQuery({
    queryKey: ["newest-alert"],
    queryFn: async () => (await api.alerts({ limit: 1 })).alerts[0] ?? null,
  });
  const { status } = filter;
  if (isNarrowed(filter)) {
    return (
      <div className="px-4 py-10 md:px-6">
        <p className="font-medium">Nothing here fits all of these filters.</p>
        <p className="mt-1 text-muted">Drop the level, the verdict, the person or the text.</p>
        <Button className="mt-3" onClick={onWiden}>
          Drop these filters
        </Button>
      </div>
    );
  }
  return (
    <div className="px-4 py-10 md:px-6">
      <p className="font-medium">
        {status === "open" || status === "all"
          ? "No alerts."
          : status === "findings"
            ? "No findings below the level of alerts."
            : `No alert is ${filterLabel(status).toLowerCase()}.`}
      </p>
      <p className="mt-1 max-w-prose text-muted">
        Every event is held against the rules within a second of being sealed: repeated failed sign-ins, one
        address trying many users, a success after failures, new administrators, changed roles and balances,
        refused access in bursts, logging switched off. Repeats of one rule and one subject are one alert with
        a count.
      </p>
      <p className="mt-3 min-h-6 text-muted">
        {newest === null && "No rule has fired yet."}
        {newest !== null && newest !== undefined && (
          <>
            Last fired: <Text>{newest.title}</Text>, <Ago time={newest.lastTime} />.
          </>
        )}
      </p>
    </div>
  );
}

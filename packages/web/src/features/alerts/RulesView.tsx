// SPDX-License-Identifier: Apache-2.0
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import type { ReactNode } from "react";
import { api } from "../../shared/api/client.js";
import type { RulePrecision } from "../../shared/api/alert-types.js";
import { countOf, formatCount } from "../../shared/format.js";
import { Problem, Skeleton } from "../../shared/ui/controls.js";
import { SeverityWord } from "../../shared/ui/Grade.js";
import { Empty, Page } from "../../shared/ui/page.js";
import { Text } from "../../shared/ui/Text.js";
import { Ago } from "../../shared/ui/Time.js";
import { precisionWords, rulesAnswer } from "./words.js";

function Row({ rule }: { rule: RulePrecision }) {
  return (
    <li className="grid gap-x-4 gap-y-0.5 border-b border-line px-4 py-2.5 text-s last:border-b-0 sm:grid-cols-[5.5rem_minmax(0,1fr)_auto]">
      <SeverityWord level={rule.level} />
      <div className="min-w-0">
        <p className="text-m font-medium break-words">
          <Text>{rule.title}</Text>
        </p>
        <p className="text-muted">{precisionWords(rule)}</p>
      </div>
      <p className="text-muted sm:text-right">
        <Link to="/alerts" search={{ q: rule.title, status: "all" }} className="text-accent underline">
          {countOf(rule.alerts, "alert")}
        </Link>{" "}
        of {countOf(rule.hits, "event")}
        <br />
        {formatCount(rule.open)} open, last <Ago time={rule.lastHit} />
      </p>
    </li>
  );
}

/** Which rules are worth their noise? */
export function RulesView({ views }: { views: ReactNode }) {
  const { data, error, refetch } = useQuery({ queryKey: ["precision"], queryFn: () => api.precision() });
  return (
    <Page
      title="Rules by precision"
      answer={data === undefined ? undefined : rulesAnswer(data)}
      actions={views}
    >
      {error !== null && (
        <Problem title="This cannot be loaded" message={error.message} retry={() => void refetch()} />
      )}
      {data === undefined && error === null && <Skeleton className="mt-4 h-48 w-full" />}
      {data !== undefined && data.length === 0 && (
        <Empty title="No rule has found anything yet">
          Precision is the share of true positives among true and false ones; it comes from the verdicts that
          people give.
        </Empty>
      )}
      {data !== undefined && data.length > 0 && (
        <ul aria-label="Rules" className="mt-4 overflow-hidden rounded-md border border-line bg-panel">
          {data.map((rule) => (
            <Row key={rule.ruleId} rule={rule} />
          ))}
        </ul>
      )}
    </Page>
  );
}

// SPDX-License-Identifier: Apache-2.0
import { X } from "lucide-react";
import type { Alert, AlertPatch } from "../../shared/api/alert-types.js";
import { ApiError } from "../../shared/api/client.js";
import { formatCount } from "../../shared/format.js";
import { CopyButton, IconButton, Problem, Skeleton } from "../../shared/ui/controls.js";
import { SeverityWord } from "../../shared/ui/Grade.js";
import { Text } from "../../shared/ui/Text.js";
import { Ago } from "../../shared/ui/Time.js";
import { AlertActions } from "./AlertActions.js";
import { AlertHistory } from "./AlertHistory.js";
import { Checklist, Runbook, Similar, useAlertContext, Why } from "./Context.js";
import { CoveredBy } from "./CoveredBy.js";
import { Evidence } from "./Evidence.js";
import { StatusWord } from "./StatusWord.js";
import { silenceWords, verdictWord } from "./words.js";

interface AlertDetailProps {
  id: string | undefined;
  alert: Alert | undefined;
  error: Error | null;
  allowed: boolean;
  me: string;
  decide: (alert: Alert, patch: AlertPatch) => Promise<boolean>;
  onClose: () => void;
}

function Facts({ alert }: { alert: Alert }) {
  return (
    <dl className="grid grid-cols-[7rem_minmax(0,1fr)] gap-x-3 gap-y-1 px-4 py-3 text-s md:px-6">
      {Object.entries(alert.group).map(([field, value]) => (
        <div key={field} className="contents">
          <dt className="truncate text-muted">{field}</dt>
          <dd className="flex min-w-0 items-center gap-1 font-mono break-all">
            <Text>{value}</Text> <CopyButton text={value} />
          </dd>
        </div>
      ))}
      <dt className="text-muted">events</dt>
      <dd>{formatCount(alert.count)}</dd>
      <dt className="text-muted">first, last</dt>
      <dd>
        <Ago time={alert.firstTime} />, <Ago time={alert.lastTime} />
      </dd>
      <dt className="text-muted">rule</dt>
      <dd className="font-mono break-all">{alert.ruleId}</dd>
      {alert.tags !== undefined && alert.tags.length > 0 && (
        <>
          <dt className="text-muted">tags</dt>
          <dd className="break-words">{alert.tags.join(", ")}</dd>
        </>
      )}
    </dl>
  );
}

function Body({
  alert,
  allowed,
  me,
  decide,
}: Pick<AlertDetailProps, "allowed" | "me" | "decide"> & { alert: Alert }) {
  const { data: context, isPending } = useAlertContext(alert);
  const silence = silenceWords(alert);
  return (
    <>
      <div className="px-4 pb-3 md:px-6">
        <p className="flex flex-wrap items-center gap-x-4 text-s">
          <SeverityWord level={alert.level} />
          <StatusWord status={alert.status} />
          {alert.verdict !== undefined && <span>{verdictWord(alert.verdict)}</span>}
          <span className="text-muted">
            {alert.assignee === undefined
              ? "nobody has it"
              : `${alert.assignee === me ? "you have" : `${alert.assignee} has`} it`}
          </span>
        </p>
        <h2 className="mt-1 text-m font-semibold break-words">
          <Text>{alert.title}</Text>
        </h2>
        {alert.description !== undefined && (
          <p className="mt-1 max-w-prose text-muted">
            <Text>{alert.description}</Text>
          </p>
        )}
        {alert.kind === "finding" && (
          <p className="mt-1 text-s text-muted">
            A finding below the level of alerts: nobody was told of it.
          </p>
        )}
        {alert.regressed > 0 && (
          <p className="mt-1 text-s font-medium">
            It came back {alert.regressed === 1 ? "once" : `${formatCount(alert.regressed)} times`} after it
            was resolved, last <Ago time={alert.raisedAt} />.
          </p>
        )}
        {silence !== undefined && <p className="mt-1 text-s">{silence}</p>}
        {alert.verdict === "duplicate" && (
          <CoveredBy alert={alert} context={context} allowed={allowed} decide={decide} />
        )}
      </div>
      <AlertActions key={`actions:${alert.id}`} alert={alert} allowed={allowed} me={me} decide={decide} />
      <Facts alert={alert} />
      {isPending ? (
        // What follows waits for it: nothing that somebody reads moves.
        <section
          aria-label="Why it fired"
          aria-busy="true"
          className="border-t border-line px-4 py-3 md:px-6"
        >
          <Skeleton className="h-96 w-full" />
        </section>
      ) : (
        <>
          <Why alert={alert} context={context} />
          <Checklist alert={alert} context={context} allowed={allowed} decide={decide} />
          <Evidence alert={alert} />
          <Runbook context={context} />
          <Similar context={context} />
          <AlertHistory history={alert.history ?? []} />
        </>
      )}
    </>
  );
}

/** Beside the list where there is room, over it where there is not. */
export function AlertDetail(props: AlertDetailProps) {
  const { id, alert, error, onClose } = props;
  if (id === undefined) {
    return (
      <aside
        aria-label="Alert"
        className="hidden flex-1 items-center justify-center border-l border-line text-muted lg:flex"
      >
        Choose an alert to see why it fired.
      </aside>
    );
  }
  return (
    <aside
      aria-label="Alert"
      className="absolute inset-0 z-20 flex min-w-0 flex-col border-l border-line bg-panel shadow-float lg:static lg:flex-1 lg:shadow-none"
    >
      <div className="flex h-11 shrink-0 items-center gap-1 pr-3 pl-4 md:pl-6">
        <p className="flex-1 truncate text-s text-muted">
          Alert <span className="font-mono">{id}</span>
        </p>
        <CopyButton text={`${window.location.origin}/alerts?alert=${id}`} label="Copy a link to this alert" />
        <IconButton label="Close (Esc)" onClick={onClose}>
          <X size={16} />
        </IconButton>
      </div>
      <div className="scroll-slim min-h-0 flex-1 overflow-y-auto pb-6">
        {alert !== undefined ? (
          <Body {...props} alert={alert} />
        ) : error !== null ? (
          <div className="px-4 md:px-6">
            <Problem
              title={
                error instanceof ApiError && error.status === 404
                  ? "There is no such alert"
                  : "The alert cannot be loaded"
              }
              message={error.message}
            />
          </div>
        ) : (
          <div aria-busy="true" className="px-4 md:px-6">
            <Skeleton className="h-5 w-1/2" />
            <Skeleton className="mt-3 h-72 w-full" />
          </div>
        )}
      </div>
    </aside>
  );
}

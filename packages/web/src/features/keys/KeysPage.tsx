// SPDX-License-Identifier: Apache-2.0
import { useQuery } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { Plus } from "lucide-react";
import { useState } from "react";
import { api } from "../../shared/api/client.js";
import { sessionQuery } from "../../shared/api/queries.js";
import type { ApiKey } from "../../shared/api/types.js";
import { useMay } from "../../shared/may.js";
import { useNow } from "../../shared/now.js";
import { Button, Problem, Skeleton } from "../../shared/ui/controls.js";
import { FormDialog } from "../../shared/ui/dialog.js";
import { Choice, Empty, Page } from "../../shared/ui/page.js";
import { ROW } from "../../shared/ui/rows.js";
import { Text } from "../../shared/ui/Text.js";
import { Ago } from "../../shared/ui/Time.js";
import { NewKey } from "./NewKey.js";
import type { KeysSearch } from "./search-state.js";
import { expiryWords, isOver, toKeysAnswer } from "./words.js";

const SHOW = [
  { id: "live", word: "Working" },
  { id: "all", word: "All" },
] as const;

function KeyRow({ item, allowed, onRevoke }: { item: ApiKey; allowed: boolean; onRevoke: () => void }) {
  const now = useNow(60_000);
  const over = isOver(item, now);
  return (
    <li
      {...ROW}
      className="-outline-offset-2 flex flex-wrap items-start gap-x-4 gap-y-2 border-b border-line px-4 py-2.5 text-s last:border-b-0"
    >
      <div className="min-w-0 flex-1 basis-64">
        <p className="flex flex-wrap items-baseline gap-x-2">
          <span className={`text-m font-medium break-words ${over ? "text-muted line-through" : ""}`}>
            <Text>{item.name}</Text>
          </span>
          <span
            className={`rounded border px-1.5 ${item.role === "admin" ? "border-medium text-medium" : "border-line-strong text-muted"}`}
          >
            {item.role}
          </span>
        </p>
        <p className="font-mono break-all text-muted">{item.id}</p>
        <p className="text-muted">
          {item.app === undefined ? (
            "any application"
          ) : (
            <>
              only for <Text>{item.app}</Text>
            </>
          )}
          {item.tenant !== undefined && (
            <>
              , tenant <Text>{item.tenant}</Text>
            </>
          )}{" "}
          · made by <Text>{item.createdBy}</Text> <Ago time={item.created} />
        </p>
      </div>
      <div className="min-w-36 text-muted">
        <p>
          {item.lastUsed === null ? (
            "never used"
          ) : (
            <>
              used <Ago time={item.lastUsed} />
            </>
          )}
        </p>
        <p>{expiryWords(item, now)}</p>
      </div>
      {allowed && (
        <div className="w-24 sm:text-right">
          {item.revoked === undefined && <Button onClick={onRevoke}>Revoke…</Button>}
        </div>
      )}
    </li>
  );
}

function KeyList({
  keys,
  all,
  allowed,
  onRevoke,
}: {
  keys: readonly ApiKey[];
  all: boolean;
  allowed: boolean;
  onRevoke: (key: ApiKey) => void;
}) {
  const now = useNow(60_000);
  const shown = keys
    .filter((key) => all || !isOver(key, now))
    .toSorted(
      (a, b) => Number(isOver(a, now)) - Number(isOver(b, now)) || b.created.localeCompare(a.created),
    );
  return (
    <div className="mt-2 overflow-hidden rounded-md border border-line bg-panel">
      {shown.length === 0 ? (
        <Empty title="No keys">
          A key lets a program in: an application that sends events, a script that reads them, an import of
          old logs. Each has one role and can be bound to one application. Its secret is shown once and kept
          as a hash.
        </Empty>
      ) : (
        <ul aria-label="API keys">
          {shown.map((key) => (
            <KeyRow key={key.id} item={key} allowed={allowed} onRevoke={() => onRevoke(key)} />
          ))}
        </ul>
      )}
    </div>
  );
}

function NotYours() {
  return (
    <Page title="API keys" answer="Your role does not see the keys.">
      <p className="mt-2 text-s text-muted">Owners, administrators and auditors do.</p>
    </Page>
  );
}

/** Who may come in? */
export function KeysPage() {
  const mayRead = useMay("keys.read");
  const session = useMay("keys.manage");
  const { data: signedIn } = useQuery(sessionQuery);
  if (signedIn !== undefined && !mayRead) return <NotYours />;
  return <Keys allowed={session} />;
}

function Keys({ allowed }: { allowed: boolean }) {
  const query = useQuery({ queryKey: ["keys"], queryFn: api.keys });
  const now = useNow(60_000);
  const search: KeysSearch = useSearch({ from: "/app/keys" });
  const navigate = useNavigate({ from: "/keys" });
  const change = (part: Partial<KeysSearch>) =>
    void navigate({ search: (before: KeysSearch) => ({ ...before, ...part }) });
  const [revoking, setRevoking] = useState<ApiKey>();
  const keys = query.data;
  return (
    <Page
      title="API keys"
      answer={keys === undefined ? (query.isError ? "Nobody knows." : undefined) : toKeysAnswer(keys, now)}
      actions={
        allowed && (
          <Button look="primary" onClick={() => change({ add: "1" })}>
            <Plus size={14} aria-hidden="true" /> Make a key
          </Button>
        )
      }
    >
      <div className="mt-2">
        <Choice
          label="Which keys"
          options={SHOW}
          value={search.show ?? "live"}
          onPick={(show) => change({ show: show === "all" ? "all" : undefined })}
        />
      </div>
      {query.isError && (
        <Problem
          title="The keys cannot be read"
          message={query.error.message}
          retry={() => void query.refetch()}
        />
      )}
      {query.isPending && <Skeleton className="mt-2 h-80 w-full" />}
      {keys !== undefined && (
        <KeyList keys={keys} all={search.show === "all"} allowed={allowed} onRevoke={setRevoking} />
      )}
      {allowed && search.add === "1" && (
        <NewKey onClose={() => change({ add: undefined })} onMade={() => void query.refetch()} />
      )}
      {revoking !== undefined && (
        <FormDialog
          title={`Revoke ${revoking.name}`}
          explain="It is refused from the next request on, and can never be used again. Whoever sends with it keeps their events until they have another."
          submit="Revoke it"
          reason="Why must it go?"
          onSubmit={async (reason) => {
            await api.revokeKey(revoking.id, reason);
            setRevoking(undefined);
            await query.refetch();
          }}
          onClose={() => setRevoking(undefined)}
        />
      )}
    </Page>
  );
}

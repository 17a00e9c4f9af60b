// SPDX-License-Identifier: Apache-2.0
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { Plus } from "lucide-react";
import { useCallback, useState } from "react";
import { api } from "../../shared/api/client.js";
import type { ForwardTarget } from "../../shared/api/types.js";
import { useMay } from "../../shared/may.js";
import { useNow } from "../../shared/now.js";
import { Button, Problem, Skeleton } from "../../shared/ui/controls.js";
import { FormDialog, whyNot } from "../../shared/ui/dialog.js";
import { Empty, Page } from "../../shared/ui/page.js";
import { say } from "../../shared/ui/toast.js";
import { ReplayDialog } from "./ReplayDialog.js";
import type { ForwardingSearch } from "./search-state.js";
import { TargetCard } from "./TargetCard.js";
import { TargetForm } from "./TargetForm.js";
import { toForwardAnswer } from "./words.js";

const POLL_MS = 3000;
const KEY = ["forward"] as const;

function useForwardingSearch(): [ForwardingSearch, (part: Partial<ForwardingSearch>) => void] {
  const search: ForwardingSearch = useSearch({ from: "/app/forwarding" });
  const navigate = useNavigate({ from: "/forwarding" });
  const change = useCallback(
    (part: Partial<ForwardingSearch>) =>
      void navigate({ search: (before: ForwardingSearch) => ({ ...before, ...part }) }),
    [navigate],
  );
  return [search, change];
}

/** What is asked before it is done, and to which target. */
interface Asking {
  what: "replay" | "remove";
  target: ForwardTarget;
}

function AskFirst({ asking, onClose, onDone }: { asking: Asking; onClose: () => void; onDone: () => void }) {
  const { what, target } = asking;
  if (what === "replay") return <ReplayDialog target={target} onClose={onClose} onDone={onDone} />;
  return (
    <FormDialog
      title={`Remove ${target.name}`}
      explain="Nothing more is sent to it, and its place in the log is forgotten: added again under this name, it begins anew. Its dead letters stay on the server."
      submit="Remove it"
      reason="Why is it not needed any more?"
      onSubmit={async (reason) => {
        await api.removeTarget(target.name, reason);
        onDone();
      }}
      onClose={onClose}
    />
  );
}

function NoTargets({ allowed }: { allowed: boolean }) {
  return (
    <div className="mt-4 rounded-md border border-line bg-panel">
      <Empty title="No targets yet">
        <p>
          A target is another system that gets a copy of every event, or of those that match a search: Splunk,
          Elasticsearch or OpenSearch, Wazuh, a syslog receiver, a webhook. Each has its own place in the log:
          one that is down delays only itself and gets what it missed when it is back.
        </p>
        <p className="mt-2">
          {allowed
            ? "Add one here, or in the YAML file that TELLTALE_FORWARD names."
            : "Owners and administrators add targets, here or in the YAML file that TELLTALE_FORWARD names."}
        </p>
      </Empty>
    </div>
  );
}

interface DialogsProps {
  targets: readonly ForwardTarget[];
  search: ForwardingSearch;
  asking: Asking | undefined;
  onClose: () => void;
  onDone: () => void;
}

/** The one dialog that is open, if one is: a form that the address names, or what is asked first. */
function Dialogs({ targets, search, asking, onClose, onDone }: DialogsProps) {
  const finish = () => {
    onClose();
    onDone();
  };
  if (asking !== undefined) return <AskFirst asking={asking} onClose={onClose} onDone={finish} />;
  const edited = targets.find(({ name, settings }) => name === search.edit && settings !== undefined);
  if (search.add !== "1" && edited === undefined) return null;
  return <TargetForm key={edited?.name ?? ""} target={edited} onClose={onClose} onDone={finish} />;
}

function LoadState({
  error,
  isPending,
  retry,
}: {
  error: Error | null;
  isPending: boolean;
  retry: () => void;
}) {
  if (isPending) return <Skeleton className="mt-4 h-80 w-full" />;
  if (error === null) return null;
  return (
    <div className="mt-4">
      <Problem title="The targets cannot be read" message={error.message} retry={retry} />
    </div>
  );
}

/** Is everything delivered? */
export function ForwardingPage() {
  const query = useQuery({ queryKey: KEY, queryFn: api.targets, refetchInterval: POLL_MS });
  const client = useQueryClient();
  const now = useNow(1000);
  const allowed = useMay("forward.manage");
  const [search, change] = useForwardingSearch();
  const [asking, setAsking] = useState<Asking>();
  const targets = query.data;
  const refresh = () => void client.invalidateQueries({ queryKey: KEY });
  const act = async (work: Promise<unknown>, done: string) => {
    try {
      await work;
      say(done);
    } catch (error) {
      say(whyNot(error), "problem");
    }
    refresh();
  };
  return (
    <Page
      title="Forwarding"
      answer={
        targets === undefined ? (query.isError ? "Nobody knows." : undefined) : toForwardAnswer(targets, now)
      }
      actions={
        allowed && (
          <Button look="primary" onClick={() => change({ add: "1" })}>
            <Plus size={14} aria-hidden="true" /> Add a target
          </Button>
        )
      }
    >
      <LoadState error={query.error} isPending={query.isPending} retry={() => void query.refetch()} />
      {targets?.length === 0 && <NoTargets allowed={allowed} />}
      {targets?.map((target) => (
        <TargetCard
          key={target.name}
          target={target}
          allowed={allowed}
          showsLetters={search.letters === target.name}
          onPause={({ name }) =>
            void act(api.pauseTarget(name), `${name} is paused. Events wait in the log.`)
          }
          onResume={({ name }) => void act(api.resumeTarget(name), `${name} goes on.`)}
          onReplay={() => setAsking({ what: "replay", target })}
          onRemove={() => setAsking({ what: "remove", target })}
          onEdit={({ name }) => change({ edit: name })}
          onLetters={({ name }) => change({ letters: search.letters === name ? undefined : name })}
        />
      ))}
      {allowed && (
        <Dialogs
          targets={targets ?? []}
          search={search}
          asking={asking}
          onClose={() => {
            setAsking(undefined);
            change({ add: undefined, edit: undefined });
          }}
          onDone={refresh}
        />
      )}
    </Page>
  );
}

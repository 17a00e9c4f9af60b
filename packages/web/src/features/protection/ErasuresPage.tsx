// SPDX-License-Identifier: Apache-2.0
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { api } from "../../shared/api/client.js";
import { sessionQuery } from "../../shared/api/queries.js";
import type { Erasure } from "../../shared/api/types.js";
import { useMay } from "../../shared/may.js";
import { Button, Problem, Skeleton } from "../../shared/ui/controls.js";
import { FormDialog } from "../../shared/ui/dialog.js";
import { Empty, Page, Panel } from "../../shared/ui/page.js";
import { say } from "../../shared/ui/toast.js";
import { ErasureRow } from "./ErasureRow.js";
import { NewErasure } from "./NewErasure.js";
import { toErasuresAnswer } from "./words.js";

const POLL_MS = 10_000;
type Open = { do: "new" } | { do: "approve" | "cancel"; erasure: Erasure };

interface ListProps {
  erasures: readonly Erasure[];
  mayManage: boolean;
  onDecide: (what: "approve" | "cancel", erasure: Erasure) => void;
}

function List({ erasures, mayManage, onDecide }: ListProps) {
  const { data: session } = useQuery(sessionQuery);
  return (
    <Panel title="All erasures">
      {erasures.length === 0 ? (
        <Empty title="Nobody was erased">
          <p>
            When a person asks to be forgotten, one of you asks for the erasure here and another approves it.
            A legal hold defers it, visibly. What was destroyed, and what the policy had left readable, stands
            in a certificate in the log.
          </p>
        </Empty>
      ) : (
        <ul aria-label="Erasures">
          {erasures.map((erasure) => (
            <ErasureRow
              key={erasure.id}
              erasure={erasure}
              me={session?.user.name}
              mayManage={mayManage}
              onDecide={(what) => onDecide(what, erasure)}
            />
          ))}
        </ul>
      )}
    </Panel>
  );
}

interface DecideProps {
  what: "approve" | "cancel";
  erasure: Erasure;
  onClose: () => void;
  /** Told in words what came of it. */
  onDone: (text: string) => void;
}

function Decide({ what, erasure: { id, alias }, onClose, onDone }: DecideProps) {
  if (what === "cancel") {
    const cancel = async (reason: string) => {
      await api.cancelErasure(id, reason);
      onDone("Cancelled.");
    };
    return (
      <FormDialog
        title="Cancel the erasure"
        submit="Do not erase"
        reason="Why is this person not erased?"
        onSubmit={cancel}
        onClose={onClose}
      />
    );
  }
  const approve = async () => {
    const { status } = await api.approveErasure(id);
    onDone(
      status === "deferred" ? "Approved. It waits for a legal hold." : "Erased, and certified in the log.",
    );
  };
  return (
    <FormDialog
      title="Approve the erasure"
      explain={
        <>
          The key and the alias <span className="font-mono break-all">{alias}</span> are destroyed. Nobody can
          undo it. A legal hold that may cover the person defers it.
        </>
      }
      submit="Destroy the key"
      onSubmit={approve}
      onClose={onClose}
    />
  );
}

/** Who was erased, by whom, and what waits. It takes two people: one asks, another approves. */
export function ErasuresPage() {
  const queryClient = useQueryClient();
  const mayManage = useMay("erasures.manage");
  const query = useQuery({ queryKey: ["erasures"], queryFn: api.erasures, refetchInterval: POLL_MS });
  const [open, setOpen] = useState<Open>();
  const done = (text: string) => {
    setOpen(undefined);
    say(text);
    void queryClient.invalidateQueries({ queryKey: ["erasures"] });
  };
  const erasures = query.data?.erasures;
  return (
    <Page
      title="Erasures"
      answer={
        erasures === undefined ? (query.isError ? "Nobody knows." : undefined) : toErasuresAnswer(erasures)
      }
      actions={
        mayManage && (
          <Button look="primary" onClick={() => setOpen({ do: "new" })}>
            Erase a person
          </Button>
        )
      }
    >
      <p className="mt-2 max-w-prose text-s text-muted">
        Under the erasable profile the log names people by an alias. Erasing destroys the key and the alias;
        the log stays as it is, and every proof holds.{" "}
        <Link to="/protection" className="text-accent underline underline-offset-2">
          Protection
        </Link>
      </p>
      {query.isError && (
        <div className="mt-4">
          <Problem
            title="The erasures cannot be read"
            message={query.error.message}
            retry={() => void query.refetch()}
          />
        </div>
      )}
      {query.isPending && <Skeleton className="mt-6 h-60 w-full" />}
      {erasures !== undefined && (
        <List
          erasures={erasures}
          mayManage={mayManage}
          onDecide={(what, erasure) => setOpen({ do: what, erasure })}
        />
      )}
      {open?.do === "new" && (
        <NewErasure
          onClose={() => setOpen(undefined)}
          onDone={() => done("Asked for. Somebody else approves it.")}
        />
      )}
      {open !== undefined && open.do !== "new" && (
        <Decide what={open.do} erasure={open.erasure} onClose={() => setOpen(undefined)} onDone={done} />
      )}
    </Page>
  );
}

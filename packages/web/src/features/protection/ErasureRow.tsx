// SPDX-License-Identifier: Apache-2.0
import { Link } from "@tanstack/react-router";
import type { Erasure, Person } from "../../shared/api/types.js";
import { Button } from "../../shared/ui/controls.js";
import { ROW } from "../../shared/ui/rows.js";
import { Text } from "../../shared/ui/Text.js";
import { Ago } from "../../shared/ui/Time.js";
import { ERASURE_WORDS } from "./words.js";

const LINK = "text-accent underline underline-offset-2";

function Name({ person }: { person: Person }) {
  return <Text>{person.name ?? person.id}</Text>;
}

interface RowProps {
  erasure: Erasure;
  /** Name of who is signed in: nobody approves what they asked for. */
  me: string | undefined;
  mayManage: boolean;
  onDecide: (what: "approve" | "cancel") => void;
}

/** One erasure: whom, by alias; who asked and who approved; what it waits for or what certifies it. */
export function ErasureRow({ erasure, me, mayManage, onDecide }: RowProps) {
  const { alias, reason, status, requested, requestedBy, decided, decidedBy, heldBy, certificate } = erasure;
  const isOwn = requestedBy.name === me;
  const isOpen = status === "requested" || status === "deferred";
  return (
    <li {...ROW} className="border-b border-line px-4 py-3 -outline-offset-2 text-s last:border-b-0">
      <p className="flex flex-wrap items-baseline gap-x-3 gap-y-1">
        <span className={`font-medium ${status === "done" ? "text-success" : ""}`}>
          {ERASURE_WORDS[status]}
        </span>
        <span className="min-w-0 font-mono break-all">{alias}</span>
      </p>
      <p className="mt-1 break-words">
        <Text>{reason}</Text>
      </p>
      <p className="mt-1 text-muted">
        Asked for by <Name person={requestedBy} /> <Ago time={requested} />
        {decided !== null && decidedBy !== null && (
          <>
            {status === "cancelled" ? "; cancelled by " : "; approved by "}
            <Name person={decidedBy} /> <Ago time={decided} />
          </>
        )}
      </p>
      {heldBy.length > 0 && (
        <p className="mt-1">
          Waits for{" "}
          <Link to="/storage" className={LINK}>
            {heldBy.length === 1 ? "a legal hold" : `${heldBy.length} legal holds`}
          </Link>
          : it is done when the last of them is released.
        </p>
      )}
      {certificate !== null && (
        <p className="mt-1">
          <Link to="/events" search={{ q: `id:${certificate.event}` }} className={LINK}>
            Certificate
          </Link>
          {certificate.leftPlain.length > 0 && (
            <> · not erased, because the policy leaves it: {certificate.leftPlain.join(", ")}</>
          )}
          {certificate.copiesGone === null
            ? " · copies of the data made before still hold the key"
            : ` · the last copy of the key is gone by ${certificate.copiesGone.slice(0, 10)}`}
        </p>
      )}
      {mayManage && isOpen && (
        <div className="mt-2 flex flex-wrap items-center gap-2">
          {status === "requested" &&
            (isOwn ? (
              <span className="text-muted">Somebody else has to approve it.</span>
            ) : (
              <Button onClick={() => onDecide("approve")}>Approve…</Button>
            ))}
          <Button look="quiet" onClick={() => onDecide("cancel")}>
            Cancel it…
          </Button>
        </div>
      )}
    </li>
  );
}

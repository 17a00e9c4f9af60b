// SPDX-License-Identifier: Apache-2.0
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { api } from "../../shared/api/client.js";
import type { ForwardTarget } from "../../shared/api/types.js";
import { formatCount } from "../../shared/format.js";
import { useNow } from "../../shared/now.js";
import { Button, Problem, Skeleton } from "../../shared/ui/controls.js";
import { Fact } from "../../shared/ui/page.js";
import { ROW } from "../../shared/ui/rows.js";
import { Text } from "../../shared/ui/Text.js";
import { Ago } from "../../shared/ui/Time.js";
import { KINDS } from "./target-fields.js";
import { errorWords, isBehind, lagWords, stateWord } from "./words.js";

// A colour, a shape and a word: never colour alone.
const LOOKS = {
  good: { shape: "M6 1.5a4.5 4.5 0 1 1 0 9a4.5 4.5 0 0 1 0-9z", colour: "text-success" },
  slow: { shape: "M6 1l5.2 9.5H.8z", colour: "text-failure" },
  bad: { shape: "M1.5 1.5h9v9h-9z", colour: "text-denied" },
  still: { shape: "M2 1.5h3v9H2zM7 1.5h3v9H7z", colour: "text-info" },
} as const;

function lookOf(target: ForwardTarget, now: number): keyof typeof LOOKS {
  if (target.state === "paused") return "still";
  if (target.state === "broken" || target.state === "failed") return "bad";
  return isBehind(target, now) || target.state === "waiting" ? "slow" : "good";
}

function StateWord({ target }: { target: ForwardTarget }) {
  const now = useNow(1000);
  const { shape, colour } = LOOKS[lookOf(target, now)];
  return (
    <span className={`inline-flex items-center gap-1.5 text-s font-medium whitespace-nowrap ${colour}`}>
      <svg viewBox="0 0 12 12" width="10" height="10" aria-hidden="true" className="shrink-0">
        <path d={shape} fill="currentColor" />
      </svg>
      {stateWord(target, now)}
    </span>
  );
}

function Letters({ name }: { name: string }) {
  const { data, error, refetch } = useQuery({
    queryKey: ["dead-letters", name],
    queryFn: () => api.deadLetters(name),
  });
  if (error !== null)
    return (
      <div className="p-4">
        <Problem
          title="The dead letters cannot be read"
          message={error.message}
          retry={() => void refetch()}
        />
      </div>
    );
  if (data === undefined) return <Skeleton className="m-4 h-16" />;
  if (data.length === 0)
    return <p className="px-4 py-3 text-s text-muted">No dead letters: whatever it was sent, it took.</p>;
  return (
    <ul
      aria-label={`Dead letters of ${name}`}
      className="scroll-slim max-h-72 overflow-y-auto text-s"
      tabIndex={0}
    >
      {data.map((letter, at) => {
        const index = Number(letter.address.split(":")[1]);
        return (
          <li
            key={`${letter.address} ${letter.at} ${at}`}
            className="grid gap-x-3 border-b border-line px-4 py-1.5 last:border-b-0 sm:grid-cols-[6rem_10rem_minmax(0,1fr)]"
          >
            <Link
              to="/events"
              search={{ event: index, from: "all" }}
              className="font-mono text-accent underline underline-offset-2"
            >
              {formatCount(index)}
            </Link>
            <span className="truncate font-mono">
              <Text>{letter.action}</Text>
            </span>
            <span className="break-words">
              <Text>{letter.reason}</Text> <Ago time={letter.at} className="text-muted" />
            </span>
          </li>
        );
      })}
    </ul>
  );
}

function Origin({ target }: { target: ForwardTarget }) {
  if (target.origin === "file") {
    return (
      <>
        configured in <span className="font-mono break-all">{target.file ?? "the server's file"}</span>, and
        changed there
      </>
    );
  }
  return (
    <>
      added in these pages
      {target.changed !== undefined && (
        <>
          , last changed by <Text>{target.changedBy ?? "somebody"}</Text> <Ago time={target.changed} />
        </>
      )}
    </>
  );
}

function Facts({ target }: { target: ForwardTarget }) {
  const now = useNow(1000);
  const { counts, lastError, lastDelivered, filter } = target;
  return (
    <dl className="border-t border-line">
      <Fact name="Waiting">{lagWords(target, now)}</Fact>
      <Fact name="Last success">
        {lastDelivered === undefined ? "none since the server started" : <Ago time={lastDelivered} />}
      </Fact>
      <Fact name="Last error">
        {lastError === undefined ? (
          "none since the server started"
        ) : (
          <>
            <Text>{errorWords(lastError.message)}</Text>, <Ago time={lastError.at} />
          </>
        )}
      </Fact>
      <Fact name="Since the start">
        {formatCount(counts.delivered)} delivered, {formatCount(counts.retried)} tried again,{" "}
        {formatCount(counts.refused)} refused
      </Fact>
      <Fact name="Sends">
        {filter === undefined ? (
          "every event"
        ) : (
          <code className="font-mono break-all">
            <Text>{filter}</Text>
          </code>
        )}
      </Fact>
      <Fact name="Origin">
        <Origin target={target} />
      </Fact>
    </dl>
  );
}

export interface TargetActions {
  onPause: (target: ForwardTarget) => void;
  onResume: (target: ForwardTarget) => void;
  onReplay: (target: ForwardTarget) => void;
  onEdit: (target: ForwardTarget) => void;
  onRemove: (target: ForwardTarget) => void;
  onLetters: (target: ForwardTarget) => void;
}

interface TargetCardProps extends TargetActions {
  target: ForwardTarget;
  allowed: boolean;
  showsLetters: boolean;
}

function Buttons({ target, allowed, showsLetters, ...on }: TargetCardProps) {
  const { state, origin, name } = target;
  const runs = state !== "broken";
  return (
    <div
      role="group"
      aria-label={`What to do with ${name}`}
      className="flex flex-wrap gap-2 border-t border-line px-4 py-3"
    >
      {allowed && runs && state !== "paused" && <Button onClick={() => on.onPause(target)}>Pause</Button>}
      {allowed && state === "paused" && (
        <Button look="primary" onClick={() => on.onResume(target)}>
          Resume
        </Button>
      )}
      {allowed && (state === "waiting" || state === "failed") && (
        <Button data-tip="Ask the target at once" onClick={() => on.onResume(target)}>
          Try now
        </Button>
      )}
      {allowed && runs && <Button onClick={() => on.onReplay(target)}>Replay…</Button>}
      {allowed && origin === "api" && <Button onClick={() => on.onEdit(target)}>Change…</Button>}
      {allowed && origin === "api" && <Button onClick={() => on.onRemove(target)}>Remove…</Button>}
      {runs && (
        <Button look="quiet" aria-expanded={showsLetters} onClick={() => on.onLetters(target)}>
          {showsLetters ? "Hide dead letters" : "Dead letters"}
        </Button>
      )}
    </div>
  );
}

/** One target: how it is, what it was given, and what can be done about it. */
export function TargetCard(props: TargetCardProps) {
  const { target, showsLetters } = props;
  const kind = KINDS.find(({ id }) => id === target.kind)?.word ?? target.kind;
  return (
    <article
      {...ROW}
      aria-label={target.name}
      className="mt-4 overflow-hidden rounded-md border border-line bg-panel"
    >
      <div className="flex flex-wrap items-baseline gap-x-3 gap-y-1 px-4 py-2.5">
        <h2 className="text-m font-semibold break-all">{target.name}</h2>
        <span className="flex-1 text-s text-muted">{kind}</span>
        <StateWord target={target} />
      </div>
      <Facts target={target} />
      <Buttons {...props} />
      {showsLetters && (
        <div className="border-t border-line">
          <Letters name={target.name} />
        </div>
      )}
    </article>
  );
}

// SPDX-License-Identifier: Apache-2.0
import { useInfiniteQuery } from "@tanstack/react-query";
import { useNavigate, useRouterState } from "@tanstack/react-router";
import { Search, X } from "lucide-react";
import { type FormEvent, type KeyboardEvent, useId, useState } from "react";
import { ApiError } from "../../shared/api/client.js";
import { IconButton, Kbd } from "../../shared/ui/controls.js";
import { toTypedPosition } from "./own-reads.js";
import { checkQuery, type QueryProblem } from "./query-check.js";
import { eventsQuery, toFilter } from "./queries.js";
import { parseEventsSearch } from "./search-state.js";

const EXAMPLES: readonly (readonly [string, string])[] = [
  ["outcome:failure", "failed actions"],
  ["action:authn_* AND NOT outcome:success", "sign-ins that did not work"],
  ['actor.id:"alice"', "everything alice did"],
  ["client.ip:203.0.113.7", "everything from an address"],
  ["level:critical OR level:warn", "what stands out"],
  ["balance", "any field with that word"],
];

/** The query of the address and what is wrong with it: here, or else in the eyes of the server. */
function useApplied(): { q: string; problem: QueryProblem | undefined; onEvents: boolean } {
  const location = useRouterState({ select: (state) => state.location });
  const onEvents = location.pathname === "/events";
  const search = onEvents ? parseEventsSearch(location.search) : {};
  const q = search.q ?? "";
  const problem = checkQuery(q);
  const filter = toFilter(search);
  const { error } = useInfiniteQuery({
    ...eventsQuery(filter),
    enabled: onEvents && problem === undefined,
  });
  if (problem !== undefined || !(error instanceof ApiError) || error.status !== 400)
    return { q, problem, onEvents };
  const { message, position } = error;
  if (position === undefined) return { q, problem: { message }, onEvents };
  const at = filter.hides ? toTypedPosition(position, q) : position;
  return { q, problem: { message, position: at }, onEvents };
}

/** Where reading stopped, under the query as it was typed. */
function ProblemNote({ id, query, problem }: { id: string; query: string; problem: QueryProblem }) {
  const at = Math.min(problem.position ?? query.length, query.length);
  return (
    <div
      id={id}
      role="alert"
      className="absolute inset-x-0 top-full z-30 mt-1 rounded-md border border-line border-l-4 border-l-critical bg-panel px-3 py-2 text-s shadow-float"
    >
      <p>{problem.message}</p>
      {problem.position !== undefined && (
        <p className="mt-1 overflow-x-auto font-mono whitespace-pre">
          {query.slice(0, at)}
          <span className="border-b-2 border-critical bg-raised text-critical">
            {query.slice(at, at + 1) || "␣"}
          </span>
          {query.slice(at + 1)}
        </p>
      )}
    </div>
  );
}

function Examples({ onPick }: { onPick: (query: string) => void }) {
  return (
    <div className="absolute inset-x-0 top-full z-30 mt-1 rounded-md border border-line bg-panel p-2 text-s shadow-float">
      <ul>
        {EXAMPLES.map(([query, what]) => (
          <li key={query}>
            <button
              type="button"
              tabIndex={-1}
              // The field keeps the focus; a click would take it first and close this list.
              onMouseDown={(event) => event.preventDefault()}
              onClick={() => onPick(query)}
              className="flex w-full flex-wrap items-baseline justify-between gap-x-4 rounded px-2 py-1 text-left hover:bg-raised"
            >
              <code className="font-mono">{query}</code>
              <span className="text-muted">{what}</span>
            </button>
          </li>
        ))}
      </ul>
      <p className="border-t border-line px-2 pt-2 mt-1 text-muted">
        field:value, &quot;exact words&quot;, wild*cards, AND, OR, NOT, parentheses. Enter searches.
      </p>
    </div>
  );
}

/** What is being typed; it follows the address, and leaves it alone until it is applied. */
function useDraft() {
  const applied = useApplied();
  const navigate = useNavigate();
  const [draft, setText] = useState(applied.q);
  const [followed, setFollowed] = useState(applied.q);
  const [local, setLocal] = useState<QueryProblem>();
  const setDraft = (text: string) => {
    setText(text);
    setLocal(undefined);
  };
  if (applied.q !== followed) {
    setFollowed(applied.q);
    setDraft(applied.q);
  }
  const apply = (query: string) => {
    const problem = checkQuery(query);
    setText(query);
    setLocal(problem);
    if (problem !== undefined) return;
    const q = query.trim() === "" ? undefined : query.trim();
    void navigate({
      to: "/events",
      search: (before) => ({ ...(applied.onEvents ? before : {}), q, event: undefined }),
    });
  };
  const isApplied = draft === applied.q;
  const reset = () => setDraft(applied.q);
  return {
    draft,
    setDraft,
    apply,
    reset,
    isApplied,
    problem: local ?? (isApplied ? applied.problem : undefined),
  };
}

export function QueryBar() {
  const { draft, setDraft, apply, reset, isApplied, problem } = useDraft();
  const id = useId();
  const [focused, setFocused] = useState(false);
  const onKey = (event: KeyboardEvent<HTMLInputElement>) => {
    if (event.key !== "Escape") return;
    if (isApplied) event.currentTarget.blur();
    reset();
  };
  return (
    <search className="relative block">
      <form
        onSubmit={(event: FormEvent) => {
          event.preventDefault();
          apply(draft);
        }}
        className={`flex h-8 items-center gap-2 rounded border bg-canvas px-2 focus-within:border-accent ${problem === undefined ? "border-line-strong" : "border-critical"}`}
      >
        <Search size={14} aria-hidden="true" className="shrink-0 text-muted" />
        <input
          id="search"
          type="text"
          role="searchbox"
          aria-label="Search events"
          aria-invalid={problem !== undefined}
          aria-describedby={problem === undefined ? undefined : `${id}-problem`}
          value={draft}
          maxLength={4096}
          autoComplete="off"
          autoCapitalize="none"
          spellCheck={false}
          placeholder="Search: action:authn_* AND outcome:failure"
          onChange={(event) => setDraft(event.target.value)}
          onFocus={() => setFocused(true)}
          onBlur={() => setFocused(false)}
          onKeyDown={onKey}
          className="h-full min-w-0 flex-1 bg-transparent font-mono text-s outline-none placeholder:font-sans"
        />
        {draft !== "" && (
          <IconButton label="Clear the search" onClick={() => apply("")}>
            <X size={14} />
          </IconButton>
        )}
        <span className={focused || draft !== "" ? "hidden" : "hidden md:inline"}>
          <Kbd>/</Kbd>
        </span>
      </form>
      {focused && draft === "" && <Examples onPick={apply} />}
      {problem !== undefined && <ProblemNote id={`${id}-problem`} query={draft} problem={problem} />}
    </search>
  );
}

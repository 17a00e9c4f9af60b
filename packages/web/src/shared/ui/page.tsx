// SPDX-License-Identifier: Apache-2.0
import { type ReactNode, useEffect } from "react";
import { Skeleton } from "./controls.js";
import { useRowKeys } from "./rows.js";

interface PageProps {
  /** For the tab of the browser. */
  title: string;
  /** What the page has to say, in words; undefined while it does not know. */
  answer: string | undefined;
  /** What can be done on the page, beside the answer. */
  actions?: ReactNode;
  children: ReactNode;
}

/** A page that is read from top to bottom: the answer first. */
export function Page({ title, answer, actions, children }: PageProps) {
  useRowKeys();
  useEffect(() => {
    document.title = `${title} – Telltale`;
  }, [title]);
  return (
    <div className="scroll-slim relative h-full overflow-y-auto">
      <div className="mx-auto max-w-240 px-4 pt-4 pb-16 md:px-6">
        <div className="flex flex-wrap items-start justify-between gap-x-6 gap-y-3">
          <div className="min-w-0 flex-1 basis-80">
            <p className="text-s text-muted">{title}</p>
            <h1
              className="min-h-7 text-m font-semibold text-balance break-words md:text-l"
              aria-live="polite"
            >
              {answer === undefined ? <Skeleton className="h-6 w-96 max-w-full" /> : answer}
            </h1>
          </div>
          {actions !== undefined && <div className="flex min-h-8 gap-2 md:mt-5">{actions}</div>}
        </div>
        {children}
      </div>
    </div>
  );
}

/** A part of a page with a heading and a frame. */
export function Panel({
  title,
  note,
  actions,
  children,
}: {
  title: string;
  note?: ReactNode;
  actions?: ReactNode;
  children: ReactNode;
}) {
  return (
    <section aria-label={title} className="mt-6">
      <div className="mb-2 flex flex-wrap items-end justify-between gap-x-4 gap-y-1">
        <div>
          <h2 className="text-m font-semibold">{title}</h2>
          {note !== undefined && <p className="text-s text-muted">{note}</p>}
        </div>
        {actions}
      </div>
      <div className="overflow-hidden rounded-md border border-line bg-panel">{children}</div>
    </section>
  );
}

/** One fact of a list: its name, and what it is. */
export function Fact({ name, children }: { name: string; children: ReactNode }) {
  return (
    <div className="grid gap-x-4 border-b border-line px-4 py-2 last:border-b-0 sm:grid-cols-[10rem_minmax(0,1fr)]">
      <dt className="text-s leading-6 text-muted">{name}</dt>
      <dd className="min-w-0 text-s leading-6 break-words">{children}</dd>
    </div>
  );
}

/** What a list says when there is nothing in it: what would be there, and how it gets there. */
export function Empty({ title, children }: { title: string; children: ReactNode }) {
  return (
    <div className="px-4 py-8 md:px-6">
      <p className="font-medium">{title}</p>
      <div className="mt-1 max-w-prose text-s text-muted">{children}</div>
    </div>
  );
}

/** The one choice among a few, as buttons in a row; narrow screens scroll it. */
export function Choice<T extends string>({
  label,
  options,
  value,
  onPick,
}: {
  label: string;
  options: readonly { id: T; word: string }[];
  value: T;
  onPick: (id: T) => void;
}) {
  return (
    <div role="group" aria-label={label} className="-mx-1 flex gap-1 overflow-x-auto px-1 py-1">
      {options.map(({ id, word }) => (
        <button
          key={id}
          type="button"
          aria-pressed={id === value}
          onClick={() => onPick(id)}
          className={`h-8 rounded px-2.5 text-s whitespace-nowrap ${id === value ? "bg-accent-soft font-medium text-accent" : "text-muted hover:bg-raised hover:text-ink"}`}
        >
          {word}
        </button>
      ))}
    </div>
  );
}

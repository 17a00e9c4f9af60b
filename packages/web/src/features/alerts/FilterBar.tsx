// SPDX-License-Identifier: Apache-2.0
import { type FormEvent, useId, useState } from "react";
import { Button } from "../../shared/ui/controls.js";
import { INPUT } from "../../shared/ui/dialog.js";
import type { Severity, Verdict } from "../../shared/api/alert-types.js";
import { type AlertsSearch, LEVELS } from "./search-state.js";
import { VERDICTS } from "./words.js";

interface FilterBarProps {
  search: AlertsSearch;
  change: (part: Partial<AlertsSearch>, replace?: boolean) => void;
}

interface SelectProps<T extends string> {
  label: string;
  value: T | "";
  options: readonly { id: T; word: string }[];
  any: string;
  onPick: (value: T | undefined) => void;
}

function Select<T extends string>({ label, value, options, any, onPick }: SelectProps<T>) {
  return (
    <select
      aria-label={label}
      value={value}
      onChange={(event) => onPick(options.find(({ id }) => id === event.target.value)?.id)}
      className={`${INPUT} w-auto! pr-1! ${value === "" ? "text-muted" : "font-medium"}`}
    >
      <option value="">{any}</option>
      {options.map(({ id, word }) => (
        <option key={id} value={id}>
          {word}
        </option>
      ))}
    </select>
  );
}

const LEVEL_OPTIONS = LEVELS.map((id: Severity) => ({ id, word: id }));
const VERDICT_OPTIONS: readonly { id: Verdict | "none"; word: string }[] = [
  { id: "none", word: "no verdict" },
  ...VERDICTS.map(({ id, word }) => ({ id, word })),
];
const WHO = [
  { id: "me", word: "mine" },
  { id: "none", word: "nobody’s" },
] as const;

/** Looks for a text; another address brings another field. */
function TextFilter({ q, onFind }: { q: string; onFind: (text: string | undefined) => void }) {
  const [text, setText] = useState(q);
  const id = useId();
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    onFind(text.trim() === "" ? undefined : text.trim());
  };
  return (
    <form onSubmit={submit} role="search" className="min-w-0 flex-1 basis-36">
      <label htmlFor={id} className="sr-only">
        Title, value or id
      </label>
      <input
        id={id}
        type="search"
        value={text}
        maxLength={200}
        placeholder="Title, value or id"
        onChange={(event) => setText(event.target.value)}
        className={INPUT}
      />
    </form>
  );
}

function Selects({ search, change }: FilterBarProps) {
  return (
    <>
      <Select
        label="Level"
        any="any level"
        value={search.level ?? ""}
        options={LEVEL_OPTIONS}
        onPick={(level) => change({ level })}
      />
      <Select
        label="Who has it"
        any="anybody’s"
        value={search.who ?? ""}
        options={WHO}
        onPick={(who) => change({ who })}
      />
      <Select
        label="Verdict"
        any="any verdict"
        value={search.verdict ?? ""}
        options={VERDICT_OPTIONS}
        onPick={(verdict) => change({ verdict })}
      />
      <Select
        label="Order"
        any="latest first"
        value={search.order ?? ""}
        options={[{ id: "risk", word: "highest risk first" }] as const}
        onPick={(order) => change({ order })}
      />
      <Select
        label="Grouping"
        any="not grouped"
        value={search.group ?? ""}
        options={[{ id: "rule", word: "by rule" }] as const}
        onPick={(group) => change({ group })}
      />
    </>
  );
}

/** What narrows, orders and groups the list. All of it stands in the address. */
export function FilterBar({ search, change }: FilterBarProps) {
  const [isOpen, setOpen] = useState(false);
  const id = useId();
  // A small screen has room for the list or for all of these: what is set stays in sight.
  const isShown =
    isOpen || Boolean(search.level ?? search.who ?? search.verdict ?? search.order ?? search.group);
  return (
    <div className="flex flex-wrap items-center gap-1.5 px-4 pb-2 md:px-6">
      <TextFilter key={search.q ?? ""} q={search.q ?? ""} onFind={(q) => change({ q })} />
      <Button
        aria-expanded={isShown}
        aria-controls={id}
        className="md:hidden"
        onClick={() => setOpen(!isOpen)}
      >
        Filters
      </Button>
      <div id={id} className={`${isShown ? "flex flex-wrap" : "hidden"} gap-1.5 md:flex md:flex-wrap`}>
        <Selects search={search} change={change} />
      </div>
    </div>
  );
}

// SPDX-License-Identifier: Apache-2.0
import { useState } from "react";
import { api } from "../../shared/api/client.js";
import type { ForwardTarget, TargetKind } from "../../shared/api/types.js";
import { Field, FormDialog, INPUT } from "../../shared/ui/dialog.js";
import {
  blamed,
  fieldsOf,
  type FieldTexts,
  KINDS,
  type TargetField,
  toSettings,
  toTexts,
} from "./target-fields.js";

interface FieldInputProps {
  field: TargetField;
  text: string;
  problem: string | undefined;
  onChange: (text: string) => void;
}

function FieldInput({ field, text, problem, onChange }: FieldInputProps) {
  const { type, label, hint, example, required = false } = field;
  if (type === "flag") {
    return (
      <label className="flex min-h-8 items-center gap-2 self-end text-s">
        <input
          type="checkbox"
          checked={text !== ""}
          onChange={(event) => onChange(event.target.checked ? "true" : "")}
          className="size-4 accent-accent"
        />
        {label}
      </label>
    );
  }
  return (
    <Field label={label} hint={hint} problem={problem}>
      {(attributes) =>
        typeof type === "string" ? (
          <input
            {...attributes}
            type="text"
            inputMode={type === "number" ? "numeric" : "text"}
            required={required}
            value={text}
            placeholder={example}
            autoComplete="off"
            autoCapitalize="none"
            spellCheck={false}
            onChange={(event) => onChange(event.target.value)}
            className={`${INPUT} font-mono placeholder:font-mono`}
          />
        ) : (
          <select
            {...attributes}
            value={text}
            onChange={(event) => onChange(event.target.value)}
            className={INPUT}
          >
            {type.map(([value, word]) => (
              <option key={value} value={value}>
                {word}
              </option>
            ))}
          </select>
        )
      }
    </Field>
  );
}

/** What only a new target is asked. */
function Beginning({
  name,
  kind,
  from,
  problem,
  onChange,
}: {
  name: string;
  kind: TargetKind;
  from: string;
  problem: string | undefined;
  onChange: (part: { name?: string; kind?: TargetKind; from?: string }) => void;
}) {
  return (
    <div className="grid gap-3 sm:grid-cols-2">
      <Field label="Name" hint="a to z, 0 to 9 and -" problem={problem}>
        {(attributes) => (
          <input
            {...attributes}
            required
            maxLength={40}
            value={name}
            autoComplete="off"
            autoCapitalize="none"
            spellCheck={false}
            onChange={(event) => onChange({ name: event.target.value })}
            className={INPUT}
          />
        )}
      </Field>
      <Field label="Begins">
        {(attributes) => (
          <select
            {...attributes}
            value={from}
            onChange={(event) => onChange({ from: event.target.value })}
            className={INPUT}
          >
            <option value="now">now, with the next event</option>
            <option value="beginning">at the beginning of the log</option>
          </select>
        )}
      </Field>
      <div className="sm:col-span-2">
        <Field label="Kind">
          {(attributes) => (
            <select
              {...attributes}
              value={kind}
              onChange={(event) => onChange({ kind: event.target.value as TargetKind })}
              className={INPUT}
            >
              {KINDS.map(({ id, word }) => (
                <option key={id} value={id}>
                  {word}
                </option>
              ))}
            </select>
          )}
        </Field>
      </div>
    </div>
  );
}

function toKind(kind: string | undefined): TargetKind {
  return KINDS.find(({ id }) => id === kind)?.id ?? "splunk";
}

interface FieldsProps {
  kind: TargetKind;
  texts: FieldTexts;
  /** The path of the field that the server refuses, and what it said. */
  wrong: string | undefined;
  problem: string | undefined;
  onChange: (texts: FieldTexts) => void;
}

/** The fields of a kind; what is seldom needed shows when it says something, is wrong, or is asked for. */
function Fields({ kind, texts, wrong, problem, onChange }: FieldsProps) {
  const [all, setAll] = useState(false);
  const fields = fieldsOf(kind);
  const shown = fields.filter(
    ({ rare, path }) => all || rare !== true || path === wrong || (texts[path] ?? "") !== "",
  );
  return (
    <>
      <div className="grid gap-3 sm:grid-cols-2">
        {shown.map((field) => (
          <div
            key={`${kind} ${field.path}`}
            className={field.path === "url" || field.path === "filter" ? "sm:col-span-2" : "grid"}
          >
            <FieldInput
              field={field}
              text={texts[field.path] ?? ""}
              problem={wrong === field.path ? problem : undefined}
              onChange={(text) => onChange({ ...texts, [field.path]: text })}
            />
          </div>
        ))}
      </div>
      {shown.length < fields.length && (
        <button
          type="button"
          onClick={() => setAll(true)}
          className="min-h-6 justify-self-start text-s text-accent underline-offset-2 hover:underline"
        >
          More settings: TLS, batches
        </button>
      )}
    </>
  );
}

/** Adds a target, or changes one. The server checks; what it says stands at the field it is about. */
export function TargetForm({
  target,
  onClose,
  onDone,
}: {
  target: ForwardTarget | undefined;
  onClose: () => void;
  onDone: () => void;
}) {
  const [start, setStart] = useState({ name: target?.name ?? "", kind: toKind(target?.kind), from: "now" });
  const [texts, setTexts] = useState<FieldTexts>(() => toTexts(target?.settings ?? {}));
  const [problem, setProblem] = useState<string>();
  const { name, kind, from } = start;
  const fields = fieldsOf(kind);
  const wrong = blamed(problem, ["name", ...fields.map(({ path }) => path)]);
  const submit = async (reason: string) => {
    const kept = target === undefined ? from : (texts["from"] ?? "");
    const settings = toSettings(name, kind, kept, texts);
    if (target === undefined) await api.createTarget(settings, reason);
    else await api.changeTarget(target.name, settings, reason);
    onDone();
  };
  return (
    <FormDialog
      title={target === undefined ? "Add a target" : `Change ${target.name}`}
      explain={
        target === undefined
          ? undefined
          : "The target goes on where it is. What is being sent when you save is sent again."
      }
      submit={target === undefined ? "Add it" : "Change it"}
      reason={target === undefined ? "Why are events sent there?" : "Why is it changed?"}
      onSubmit={submit}
      onClose={onClose}
      onProblem={setProblem}
      wide
    >
      {target === undefined && (
        <Beginning
          {...start}
          problem={wrong === "name" ? problem : undefined}
          onChange={(part) => setStart({ ...start, ...part })}
        />
      )}
      <Fields kind={kind} texts={texts} wrong={wrong} problem={problem} onChange={setTexts} />
    </FormDialog>
  );
}

// SPDX-License-Identifier: Apache-2.0
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { api } from "../../shared/api/client.js";
import type { Alert, Conditions, ExceptionDraft, ExceptionPreview } from "../../shared/api/alert-types.js";
import { countOf } from "../../shared/format.js";
import { Dialog, Field, FormDialog, INPUT, whyNot } from "../../shared/ui/dialog.js";
import { Problem, Skeleton } from "../../shared/ui/controls.js";
import { Text } from "../../shared/ui/Text.js";
import { say } from "../../shared/ui/toast.js";
import { parseWhere, toWhereText } from "./conditions.js";
import { previewSentence } from "./words.js";

const DAYS = [1, 7, 30, 90, 180, 366] as const;

function Warning({ preview }: { preview: ExceptionPreview }) {
  const attacks = preview.truePositives;
  if (attacks.length === 0) return null;
  return (
    <div role="alert" className="rounded border-2 border-critical bg-canvas px-3 py-2">
      <p className="font-semibold text-critical">
        {countOf(attacks.length, "confirmed attack")} would not have been found, or not as it was.
      </p>
      <ul className="mt-1 list-disc pl-5">
        {attacks.slice(0, 5).map((each) => (
          <li key={each.id}>
            <Text>{each.title}</Text>
          </li>
        ))}
      </ul>
    </div>
  );
}

function Preview({ rule, where, days }: { rule: string; where: Conditions | undefined; days: number }) {
  const { data, error, isFetching } = usePreview(rule, where, days);
  if (where === undefined)
    return <p className="text-muted">One condition a line: a field, an equals sign, a value.</p>;
  if (error !== null) return <Problem title="This cannot be previewed" message={whyNot(error)} />;
  return (
    <div aria-live="polite" aria-busy={isFetching} className="min-h-12 space-y-2">
      {data === undefined ? (
        <Skeleton className="h-10 w-full" />
      ) : (
        <>
          <p>{previewSentence(data)}</p>
          <p className="text-muted">
            It is about {data.rules.length === 1 ? "the rule" : "the rules"}{" "}
            <Text>{data.rules.join(", ")}</Text>.
          </p>
          <Warning preview={data} />
        </>
      )}
    </div>
  );
}

function usePreview(rule: string, where: Conditions | undefined, days: number) {
  return useQuery({
    queryKey: ["exception-preview", rule, where, days],
    queryFn: () => api.previewException({ rule, where: where ?? {}, days }),
    enabled: where !== undefined,
    retry: false,
  });
}

interface ConditionsFieldProps {
  text: string;
  onText: (text: string) => void;
  onDone: () => void;
}

function ConditionsField({ text, onText, onDone }: ConditionsFieldProps) {
  return (
    <Field
      label="Conditions"
      hint="One a line. Values of one field are alternatives; * and ? stand for any text and any character; field|cidr = 10.0.0.0/8 for a network."
    >
      {(attributes) => (
        <textarea
          {...attributes}
          required
          rows={4}
          value={text}
          spellCheck={false}
          onChange={(event) => onText(event.target.value)}
          onBlur={onDone}
          className={`${INPUT} scroll-slim h-auto resize-y py-1.5 font-mono`}
        />
      )}
    </Field>
  );
}

function DaysField({ days, onDays }: { days: number; onDays: (days: number) => void }) {
  return (
    <Field
      label="Ends after"
      hint="An exception always ends; that is an event, and the rule finds these events again."
    >
      {(attributes) => (
        <select
          {...attributes}
          value={days}
          onChange={(event) => onDays(Number(event.target.value))}
          className={INPUT}
        >
          {DAYS.map((each) => (
            <option key={each} value={each}>
              {countOf(each, "day")}
            </option>
          ))}
        </select>
      )}
    </Field>
  );
}

interface AcceptBoxProps {
  attacks: number;
  accepted: boolean;
  onAccept: (accepted: boolean) => void;
}

function AcceptBox({ attacks, accepted, onAccept }: AcceptBoxProps) {
  return (
    <label className="flex gap-2 text-s font-medium">
      <input
        type="checkbox"
        required
        checked={accepted}
        onChange={(event) => onAccept(event.target.checked)}
        className="mt-0.5 size-4 shrink-0 accent-critical"
      />
      I accept that attacks like {attacks === 1 ? "this one" : "these"} will not be found.
    </label>
  );
}

function Form({ draft, onClose }: { draft: ExceptionDraft; onClose: () => void }) {
  const client = useQueryClient();
  const [text, setText] = useState(toWhereText(draft.where));
  const [asked, setAsked] = useState(text);
  const [days, setDays] = useState<number>(draft.days);
  const [accepted, setAccepted] = useState(false);
  const where = parseWhere(asked);
  const preview = usePreview(draft.rule, where, 30);
  const attacks = preview.data?.truePositives.length ?? 0;
  const send = async (reason: string) => {
    const wanted = parseWhere(text);
    if (wanted === undefined) throw new Error("conditions that cannot be read");
    await api.createException({
      rule: draft.rule,
      where: wanted,
      reason,
      days,
      ...(accepted ? { acceptTruePositives: true } : {}),
    });
    say("The exception is in force. It is listed under Exceptions.");
    void client.invalidateQueries({ queryKey: ["exceptions"] });
    onClose();
  };
  return (
    <FormDialog
      title="Except from this rule"
      explain="Events that meet all of these conditions will not be found by the rule. The alerts that are there stay."
      submit="Make the exception"
      reason="The load test signs in from here every night."
      onSubmit={send}
      onClose={onClose}
      wide
    >
      <ConditionsField text={text} onText={setText} onDone={() => setAsked(text)} />
      <div className="text-s">
        <Preview rule={draft.rule} where={where} days={30} />
      </div>
      <DaysField days={days} onDays={setDays} />
      {attacks > 0 && <AcceptBox attacks={attacks} accepted={accepted} onAccept={setAccepted} />}
    </FormDialog>
  );
}

/** Makes an exception from an alert: what it would have hidden is shown before it is made. */
export function ExceptionDialog({ alert, onClose }: { alert: Alert; onClose: () => void }) {
  const { data, error } = useQuery({
    queryKey: ["exception-draft", alert.id],
    queryFn: () => api.exceptionDraft(alert.id),
    retry: false,
  });
  if (data !== undefined) return <Form draft={data} onClose={onClose} />;
  return (
    <Dialog title="Except from this rule" onClose={onClose}>
      <div className="p-4">
        {error === null ? (
          <Skeleton className="h-40 w-full" />
        ) : (
          <Problem title="There can be no exception" message={whyNot(error)} />
        )}
      </div>
    </Dialog>
  );
}

// SPDX-License-Identifier: Apache-2.0
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useId } from "react";
import { api } from "../../shared/api/client.js";
import type { Alert, AlertContext, AlertPatch, RulePrecision } from "../../shared/api/alert-types.js";
import { countOf, formatCount } from "../../shared/format.js";
import { SeverityWord } from "../../shared/ui/Grade.js";
import { Text } from "../../shared/ui/Text.js";
import { Ago } from "../../shared/ui/Time.js";
import { Markdown, MarkdownLine } from "./Markdown.js";
import { precisionWords, STATUS_WORDS, toConditionSentence, toSubject, verdictWord } from "./words.js";

/** What helps to decide an alert: one request a change. */
export function useAlertContext(alert: Alert) {
  return useQuery({
    queryKey: ["alert", alert.id, "context", alert.level, alert.count, alert.verdict, alert.regressed],
    queryFn: () => api.alertContext(alert.id),
    placeholderData: (before, query) => (query?.queryKey[1] === alert.id ? before : undefined),
  });
}

interface SectionProps {
  alert: Alert;
  context: AlertContext | undefined;
}

const HEAD = "pb-1 text-s font-semibold";
const SECTION = "border-t border-line px-4 py-3 text-s md:px-6";

function Precision({ precision }: { precision: RulePrecision }) {
  return (
    <p className="mt-1 text-muted">
      {precisionWords(precision)} It has found something {countOf(precision.alerts, "time")} so far.
    </p>
  );
}

/** Why it fired: the rule in words, what its risk is made of, what ATT&CK calls it. */
export function Why({ alert, context }: SectionProps) {
  if (context === undefined)
    return (
      <section aria-label="Why it fired" className={SECTION}>
        <h3 className={HEAD}>Why it fired</h3>
        <p className="text-muted">The server could not say. Reload the page to ask again.</p>
      </section>
    );
  const { rule, risk, attack, precision } = context;
  const names = [...attack.tactics.map((tactic) => tactic.replaceAll("-", " ")), ...attack.techniques];
  return (
    <section aria-label="Why it fired" className={SECTION}>
      <h3 className={HEAD}>Why it fired</h3>
      {rule === null ? (
        <p className="text-muted">Telltale raised it by itself; no rule of the set is behind it.</p>
      ) : (
        <p className="max-w-prose break-words">
          <Text>{toConditionSentence(rule.condition)}</Text>
        </p>
      )}
      <p className="mt-1">
        Risk <strong className="font-semibold">{alert.risk}</strong> of 100:{" "}
        {risk.map(({ why, points }) => `${why} ${points}`).join(" + ")}.
      </p>
      {names.length > 0 && <p className="mt-1">ATT&CK: {names.join(", ")}.</p>}
      {rule !== null && rule.falsePositives.length > 0 && (
        <p className="mt-1 max-w-prose text-muted">
          Known false positives: <Text>{rule.falsePositives.join("; ")}</Text>.
        </p>
      )}
      {precision !== null && <Precision precision={precision} />}
    </section>
  );
}

/** The steps of the runbook, with who did them. */
export function Checklist({
  alert,
  context,
  allowed,
  decide,
}: SectionProps & { allowed: boolean; decide: (alert: Alert, patch: AlertPatch) => Promise<boolean> }) {
  const id = useId();
  const known = context?.rule?.checklist ?? [];
  // Steps that were done stay, also when the rule has them no more.
  const gone = alert.checks.filter(({ step }) => known.every((each) => each.step !== step));
  const steps = [...known, ...gone];
  if (steps.length === 0) return null;
  const done = new Map(alert.checks.map((check) => [check.step, check]));
  return (
    <section aria-label="Checklist" className={SECTION}>
      <h3 className={HEAD}>
        Checklist{" "}
        <span className="font-normal text-muted">
          {formatCount(steps.filter(({ step }) => done.has(step)).length)} of {formatCount(steps.length)} done
        </span>
      </h3>
      <ul className="space-y-1.5">
        {steps.map(({ step, text }) => {
          const check = done.get(step);
          return (
            <li key={step} className="flex gap-2.5">
              <input
                id={`${id}-${step}`}
                type="checkbox"
                checked={check !== undefined}
                disabled={!allowed}
                onChange={(event) => void decide(alert, { check: { step, done: event.target.checked } })}
                className="mt-0.5 size-4 shrink-0 accent-accent"
              />
              <label htmlFor={`${id}-${step}`} className="min-w-0 max-w-prose break-words">
                <MarkdownLine text={text} />
                {check !== undefined && (
                  <span className="block text-muted">
                    <Text>{check.by.name ?? check.by.id}</Text>, <Ago time={check.at} />
                  </span>
                )}
              </label>
            </li>
          );
        })}
      </ul>
    </section>
  );
}

/** What the rule's README says. */
export function Runbook({ context }: Pick<SectionProps, "context">) {
  const text = context?.rule?.text ?? null;
  if (text === null) return null;
  return (
    <section aria-label="Runbook" className={SECTION}>
      <details>
        <summary className="cursor-pointer font-semibold">Runbook</summary>
        <div className="pt-2">
          <Markdown text={text} />
        </div>
      </details>
    </section>
  );
}

/** Past alerts of the same rule, or about the same values. */
export function Similar({ context }: Pick<SectionProps, "context">) {
  if (context === undefined || context.similar.length === 0) return null;
  return (
    <section aria-label="Similar alerts" className={SECTION}>
      <h3 className={HEAD}>Similar alerts</h3>
      <ul>
        {context.similar.map((each) => (
          <li key={each.id}>
            <Link
              from="/alerts"
              to="/alerts"
              search={(before) => ({ ...before, alert: each.id })}
              className="-mx-2 grid grid-cols-[minmax(0,1fr)_auto] gap-x-3 rounded px-2 py-1 hover:bg-raised sm:grid-cols-[5.5rem_minmax(0,1fr)_auto]"
            >
              <span className="hidden sm:block">
                <SeverityWord level={each.level} />
              </span>
              <span className="truncate">
                {!each.sameRule && (
                  <>
                    <Text>{each.title}</Text> ·{" "}
                  </>
                )}
                <span className="font-mono">
                  <Text>{toSubject({ ...each, key: "" })}</Text>
                </span>{" "}
                <span className="text-muted">· {countOf(each.count, "event")}</span>
              </span>
              <span className="text-right whitespace-nowrap text-muted">
                {each.verdict === undefined ? STATUS_WORDS[each.status] : verdictWord(each.verdict)} ·{" "}
                <Ago time={each.lastTime} />
              </span>
            </Link>
          </li>
        ))}
      </ul>
    </section>
  );
}

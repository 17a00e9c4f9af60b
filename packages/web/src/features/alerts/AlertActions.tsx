// SPDX-License-Identifier: Apache-2.0
import { ChevronDown } from "lucide-react";
import { type FormEvent, type KeyboardEvent, useState } from "react";
import type { Alert, AlertPatch, Verdict } from "../../shared/api/types.js";
import { Button, buttonClass, Kbd } from "../../shared/ui/controls.js";
import { Popover } from "../../shared/ui/Popover.js";
import { COMMENT_FIELD, RESOLVE_BUTTON, VERDICT_BUTTON } from "./useAlertKeys.js";
import { VERDICTS } from "./words.js";

interface AlertActionsProps {
  alert: Alert;
  allowed: boolean;
  me: string;
  decide: (alert: Alert, patch: AlertPatch) => Promise<boolean>;
}

/** The five verdicts; their digits choose at once. */
function VerdictList({
  current,
  onPick,
}: {
  current: Verdict | undefined;
  onPick: (verdict: Verdict) => void;
}) {
  const onKey = (event: KeyboardEvent) => {
    const verdict = VERDICTS[Number(event.key) - 1];
    if (verdict !== undefined) {
      event.preventDefault();
      onPick(verdict.id);
      return;
    }
    const by = { ArrowDown: 1, j: 1, ArrowUp: -1, k: -1 }[event.key];
    if (by === undefined) return;
    event.preventDefault();
    const buttons = [...event.currentTarget.querySelectorAll("button")];
    const at = buttons.findIndex((button) => button === document.activeElement);
    buttons[(at + by + buttons.length) % buttons.length]?.focus();
  };
  return (
    <div role="group" aria-label="Verdict" onKeyDown={onKey} className="w-88 max-w-full p-1 text-s">
      {VERDICTS.map((verdict, at) => (
        <button
          key={verdict.id}
          type="button"
          aria-pressed={verdict.id === current}
          onClick={() => onPick(verdict.id)}
          className={`grid w-full grid-cols-[auto_1fr] items-center gap-x-3 rounded px-2 py-1.5 text-left hover:bg-raised ${verdict.id === current ? "bg-accent-soft" : ""}`}
        >
          <Kbd>{String(at + 1)}</Kbd>
          <span>
            <span className="block font-medium">{verdict.word}</span>
            <span className="block text-muted">{verdict.meaning}</span>
          </span>
        </button>
      ))}
    </div>
  );
}

function CommentForm({ alert, decide }: Pick<AlertActionsProps, "alert" | "decide">) {
  const [text, setText] = useState("");
  const [busy, setBusy] = useState(false);
  const submit = async () => {
    const comment = text.trim();
    if (comment === "" || busy) return;
    setBusy(true);
    if (await decide(alert, { comment })) setText("");
    setBusy(false);
  };
  return (
    <form
      onSubmit={(event: FormEvent) => {
        event.preventDefault();
        void submit();
      }}
      className="mt-2 flex items-end gap-2"
    >
      <label className="min-w-0 flex-1">
        <span className="sr-only">Comment</span>
        <textarea
          id={COMMENT_FIELD}
          value={text}
          onChange={(event) => setText(event.target.value)}
          onKeyDown={(event) => {
            if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) void submit();
            if (event.key === "Escape") event.currentTarget.blur();
          }}
          rows={2}
          maxLength={4000}
          placeholder="What did you find? The comment is part of the record."
          className="scroll-slim block w-full resize-y rounded border border-line-strong bg-panel px-2.5 py-1.5 text-s"
        />
      </label>
      <button
        type="submit"
        disabled={busy || text.trim() === ""}
        className={buttonClass("plain")}
        data-tip="Ctrl Enter"
      >
        Comment
      </button>
    </form>
  );
}

interface VerdictPopoverProps {
  id: string;
  label: string;
  keyHint: string;
  look: "primary" | "plain";
  current: Verdict | undefined;
  onPick: (verdict: Verdict) => void;
}

function VerdictPopover({ id, label, keyHint, look, current, onPick }: VerdictPopoverProps) {
  return (
    <Popover
      label={label}
      id={id}
      tip={keyHint}
      buttonClass={buttonClass(look)}
      button={
        <>
          {label} <ChevronDown size={13} aria-hidden="true" />
        </>
      }
    >
      {(close) => (
        <VerdictList
          current={current}
          onPick={(verdict) => {
            onPick(verdict);
            close();
          }}
        />
      )}
    </Popover>
  );
}

/** Take it, judge it, resolve it, say why. Every decision is an event in the log. */
export function AlertActions({ alert, allowed, me, decide }: AlertActionsProps) {
  if (!allowed) {
    return (
      <p className="border-y border-line px-4 py-2 text-s text-muted md:px-6">
        Your role may read alerts but not decide on them.
      </p>
    );
  }
  const set = (patch: AlertPatch) => void decide(alert, patch);
  const { verdict: current } = alert;
  return (
    <div className="border-y border-line px-4 py-3 md:px-6">
      <div className="flex flex-wrap gap-2">
        <Button
          disabled={alert.assignee === me && alert.status !== "new"}
          data-tip="a"
          onClick={() => set({ assignee: me, ...(alert.status === "new" ? { status: "in_progress" } : {}) })}
        >
          Take it
        </Button>
        <VerdictPopover
          id={VERDICT_BUTTON}
          label="Verdict"
          keyHint="v"
          look="plain"
          current={current}
          onPick={(verdict) => set({ verdict })}
        />
        {alert.status === "resolved" ? (
          <Button data-tip="n" onClick={() => set({ status: "new" })}>
            Reopen
          </Button>
        ) : (
          <VerdictPopover
            id={RESOLVE_BUTTON}
            label="Resolve as"
            keyHint="r"
            look="primary"
            current={current}
            onPick={(verdict) => set({ status: "resolved", verdict })}
          />
        )}
      </div>
      <CommentForm alert={alert} decide={decide} />
    </div>
  );
}

// SPDX-License-Identifier: Apache-2.0
import { type FormEvent, useState } from "react";
import type { Alert, AlertPatch } from "../../shared/api/alert-types.js";
import { useMay } from "../../shared/may.js";
import { Button, buttonClass } from "../../shared/ui/controls.js";
import { ExceptionDialog } from "./ExceptionDialog.js";
import { SilencePopover } from "./SilencePopover.js";
import {
  COMMENT_FIELD,
  EXCEPTION_BUTTON,
  RESOLVE_BUTTON,
  SNOOZE_BUTTON,
  VERDICT_BUTTON,
} from "./useAlertKeys.js";
import { VerdictPopover } from "./VerdictList.js";

interface AlertActionsProps {
  alert: Alert;
  allowed: boolean;
  me: string;
  decide: (alert: Alert, patch: AlertPatch) => Promise<boolean>;
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

/** Take it, judge it, resolve it, say why. Every decision is an event in the log. */
export function AlertActions({ alert, allowed, me, decide }: AlertActionsProps) {
  const mayExcept = useMay("exceptions.manage");
  const [excepting, setExcepting] = useState(false);
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
        {alert.status !== "resolved" && <SilencePopover id={SNOOZE_BUTTON} onPick={set} />}
        {mayExcept && (
          <Button id={EXCEPTION_BUTTON} data-tip="e" onClick={() => setExcepting(true)}>
            Except…
          </Button>
        )}
        {alert.status === "suppressed" && (
          <Button data-tip="n" onClick={() => set({ status: "new" })}>
            Wake it
          </Button>
        )}
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
      {excepting && <ExceptionDialog alert={alert} onClose={() => setExcepting(false)} />}
    </div>
  );
}

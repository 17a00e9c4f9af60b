// SPDX-License-Identifier: Apache-2.0
import { useMutation } from "@tanstack/react-query";
import { useId, useState } from "react";
import { api } from "../../shared/api/client.js";
import type { Preview } from "../../shared/api/types.js";
import { countOf } from "../../shared/format.js";
import { Button, Kbd } from "../../shared/ui/controls.js";
import { whyNot } from "../../shared/ui/dialog.js";
import { Panel } from "../../shared/ui/page.js";
import { Text } from "../../shared/ui/Text.js";
import { EXAMPLE, howWords, kindWord, toPreviewBody } from "./words.js";

const BOX =
  "block h-80 w-full min-w-0 overflow-auto p-3 font-mono text-s whitespace-pre-wrap [overflow-wrap:anywhere]";

/** What was hidden, in the order of the event: which rule, what it did, where. */
function Findings({ preview }: { preview: Preview }) {
  if ("text" in preview) {
    if (preview.found.length === 0)
      return <p className="px-4 py-3 text-s">Nothing is hidden in this text.</p>;
    return (
      <ul aria-label="What is hidden" className="text-s">
        {preview.found.map(({ kind, count }) => (
          <li key={kind} className="flex gap-3 border-b border-line px-4 py-2 last:border-b-0">
            <span className="min-w-40 font-medium">{kindWord(kind)}</span>
            <span className="text-muted">{countOf(count, "time")}</span>
          </li>
        ))}
      </ul>
    );
  }
  if (preview.fields.length === 0)
    return <p className="px-4 py-3 text-s">Nothing is hidden in this event.</p>;
  const sure = new Set(preview.sure.map(({ path, kind }) => `${kind} ${path}`));
  return (
    <ul aria-label="What is hidden" className="text-s">
      {preview.fields.map(({ path, how, kind }, at) => (
        <li
          key={`${at}:${path}`}
          className="grid gap-x-4 border-b border-line px-4 py-2 last:border-b-0 sm:grid-cols-[11rem_minmax(0,1fr)]"
        >
          <span className="font-medium">{kindWord(kind)}</span>
          <span className="min-w-0">
            <span className="font-mono break-all">
              <Text>{path}</Text>
            </span>{" "}
            <span className="text-muted">{howWords(how)}</span>
            {sure.has(`${kind} ${path}`) && (
              <span className="text-critical"> · a credential for sure: its owner would be told</span>
            )}
          </span>
        </li>
      ))}
    </ul>
  );
}

/** Line breaks are shape here, not something that a sender wrote: in JSON those are escapes. */
function Lines({ text }: { text: string }) {
  return text.split(/\r?\n/).map((line, at) => (
    <span key={`${at}:${line}`} className="block min-h-5">
      <Text>{line}</Text>
    </span>
  ));
}

interface PanesProps {
  pasted: string;
  onPasted: (text: string) => void;
  onSubmit: () => void;
  preview: Preview | undefined;
  isPending: boolean;
}

/** Side by side: what is sent, and what would be stored. */
function Panes({ pasted, onPasted, onSubmit, preview, isPending }: PanesProps) {
  const inputId = useId();
  return (
    <div className="grid border-b border-line md:grid-cols-2">
      <div className="min-w-0 border-b border-line md:border-r md:border-b-0">
        <label htmlFor={inputId} className="block border-b border-line px-3 py-1.5 text-s text-muted">
          As it is sent
        </label>
        <textarea
          id={inputId}
          value={pasted}
          onChange={(event) => onPasted(event.target.value)}
          onKeyDown={(event) => {
            if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey)) return;
            event.preventDefault();
            onSubmit();
          }}
          spellCheck={false}
          autoComplete="off"
          maxLength={61_440}
          placeholder='{ "action": "authn_login_fail", … }'
          className={`${BOX} resize-none bg-panel -outline-offset-2`}
        />
      </div>
      <div className="min-w-0">
        <p className="border-b border-line px-3 py-1.5 text-s text-muted">As it would be stored</p>
        <pre className={BOX} aria-live="polite" tabIndex={0} aria-label="As it would be stored">
          {preview !== undefined && (
            <Lines text={"text" in preview ? preview.text : JSON.stringify(preview.event, undefined, 2)} />
          )}
          {preview === undefined && isPending && <span className="text-muted">Looking…</span>}
        </pre>
      </div>
    </div>
  );
}

/** Paste an event, see what would be stored. What is pasted stays in this box and in one request that the server does not keep. */
export function TryIt() {
  const [pasted, setPasted] = useState("");
  const [shown, setShown] = useState("");
  const look = useMutation({ mutationFn: (text: string) => api.previewProtection(toPreviewBody(text)) });
  const submit = (text: string): void => {
    if (text.trim() === "") return;
    setShown(text);
    look.mutate(text);
  };
  const preview = shown === pasted ? look.data : undefined;
  return (
    <Panel
      title="Try it"
      note="Paste an event as JSON, or any text. The server answers what it would store and keeps nothing of it. Tokens and aliases are made up for this answer."
    >
      <Panes
        pasted={pasted}
        onPasted={setPasted}
        onSubmit={() => submit(pasted)}
        preview={preview}
        isPending={look.isPending}
      />
      <div className="flex flex-wrap items-center gap-2 border-b border-line px-3 py-2">
        <Button
          look="primary"
          disabled={pasted.trim() === "" || look.isPending}
          onClick={() => submit(pasted)}
        >
          See what is hidden
        </Button>
        <span className="hidden text-s text-muted md:inline">
          <Kbd>Ctrl</Kbd> <Kbd>Enter</Kbd>
        </span>
        <Button
          look="quiet"
          className="ml-auto"
          onClick={() => {
            setPasted(EXAMPLE);
            submit(EXAMPLE);
          }}
        >
          Fill in an example
        </Button>
      </div>
      {look.isError && shown === pasted && (
        <p role="alert" className="px-4 py-3 text-s text-critical">
          {whyNot(look.error)}
        </p>
      )}
      {preview === undefined && !look.isError && (
        <p className="px-4 py-3 text-s text-muted">
          Each value that a rule hides will be listed here, with the rule and its place.
        </p>
      )}
      {preview !== undefined && <Findings preview={preview} />}
    </Panel>
  );
}

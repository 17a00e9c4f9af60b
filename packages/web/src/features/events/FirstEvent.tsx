// SPDX-License-Identifier: Apache-2.0
import { toSentence } from "@telltale/event";
import { useQuery } from "@tanstack/react-query";
import { Check } from "lucide-react";
import { useState } from "react";
import { CopyButton } from "../../shared/ui/controls.js";
import { Text } from "../../shared/ui/Text.js";
import { firstEventQuery } from "./queries.js";
import { toSnippets } from "./snippets.js";

function Waiting() {
  return (
    <p className="flex items-center gap-2.5" role="status">
      <span aria-hidden="true" className="relative flex size-2.5">
        <span className="absolute inset-0 rounded-full bg-accent motion-safe:animate-ping" />
        <span className="size-2.5 rounded-full bg-accent" />
      </span>
      Waiting for the first event…
    </p>
  );
}

/** Until the first event from outside: three ways to send it, and a live sign when it is here. */
export function FirstEvent() {
  const { data } = useQuery(firstEventQuery);
  const [waited, setWaited] = useState(false);
  const [chosen, setChosen] = useState(0);
  if (data === null && !waited) setWaited(true);
  if (data === undefined || (data !== null && !waited)) return null;
  const snippets = toSnippets(window.location.origin, "<ingest key>");
  const snippet = snippets[chosen];
  if (snippet === undefined) return null;
  if (data !== null) {
    return (
      <div
        className="mx-4 mb-3 flex items-center gap-2 rounded-md border border-line bg-panel px-4 py-2 md:mx-6"
        role="status"
      >
        <Check size={16} aria-hidden="true" className="text-success" />
        <span className="min-w-0 truncate">
          The first event is here: <Text>{toSentence(data.event)}</Text>
        </span>
      </div>
    );
  }
  return (
    <section
      aria-labelledby="first-event"
      className="mx-4 mb-3 rounded-md border border-line bg-panel p-4 md:mx-6"
    >
      <div className="flex flex-wrap items-baseline justify-between gap-x-6 gap-y-1">
        <h2 id="first-event" className="font-semibold">
          Send a first event
        </h2>
        <Waiting />
      </div>
      <p className="mt-1 text-s text-muted">
        Create a key with{" "}
        <code className="font-mono text-ink">npx telltale keys create --role ingest --name my-app</code>, then
        pick a way:
      </p>
      <div role="tablist" aria-label="Ways to send" className="mt-3 flex gap-1 border-b border-line">
        {snippets.map((each, at) => (
          <button
            key={each.id}
            type="button"
            role="tab"
            id={`way-${each.id}`}
            aria-selected={at === chosen}
            aria-controls="way"
            tabIndex={at === chosen ? 0 : -1}
            onClick={() => setChosen(at)}
            onKeyDown={(event) => {
              const by = event.key === "ArrowRight" ? 1 : event.key === "ArrowLeft" ? snippets.length - 1 : 0;
              if (by === 0) return;
              const next = (at + by) % snippets.length;
              setChosen(next);
              document.getElementById(`way-${snippets[next]?.id}`)?.focus();
            }}
            className={`-mb-px h-8 border-b-2 px-3 text-s ${at === chosen ? "border-accent font-medium" : "border-transparent text-muted hover:text-ink"}`}
          >
            {each.label}
          </button>
        ))}
      </div>
      <div id="way" role="tabpanel" aria-labelledby={`way-${snippet.id}`} className="relative mt-2">
        <pre
          tabIndex={0}
          className="scroll-slim h-60 overflow-auto rounded bg-canvas p-3 pr-10 font-mono text-s"
        >
          {snippet.text}
        </pre>
        <span className="absolute top-2 right-2">
          <CopyButton text={snippet.text} label="Copy the snippet" />
        </span>
      </div>
    </section>
  );
}

// SPDX-License-Identifier: Apache-2.0
import { toSentence } from "@telltale/event";
import { useQuery } from "@tanstack/react-query";
import { Check } from "lucide-react";
import { type KeyboardEvent, useState } from "react";
import { ApiError, api } from "../../shared/api/client.js";
import { sessionQuery } from "../../shared/api/queries.js";
import type { IndexedEvent } from "../../shared/api/types.js";
import { Button, CopyButton } from "../../shared/ui/controls.js";
import { Text } from "../../shared/ui/Text.js";
import { type Snippet, toSnippets } from "./snippets.js";

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

function Arrived({ item, onClose }: { item: IndexedEvent; onClose: () => void }) {
  return (
    <div className="flex min-w-0 flex-wrap items-center gap-x-3 gap-y-1">
      <p className="flex min-w-0 items-center gap-2" role="status">
        <Check size={16} aria-hidden="true" className="shrink-0 text-success" />
        <span className="min-w-0 truncate">
          <Text>{toSentence(item.event)}</Text>
        </span>
      </p>
      <Button look="primary" onClick={onClose}>
        Show the events
      </Button>
    </div>
  );
}

function Tabs({
  snippets,
  chosen,
  onChoose,
}: {
  snippets: Snippet[];
  chosen: number;
  onChoose: (at: number) => void;
}) {
  const onKey = (event: KeyboardEvent, at: number) => {
    const by = event.key === "ArrowRight" ? 1 : event.key === "ArrowLeft" ? snippets.length - 1 : 0;
    if (by === 0) return;
    const next = (at + by) % snippets.length;
    onChoose(next);
    document.getElementById(`way-${snippets[next]?.id}`)?.focus();
  };
  return (
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
          onClick={() => onChoose(at)}
          onKeyDown={(event) => onKey(event, at)}
          className={`-mb-px h-8 border-b-2 px-3 text-s ${at === chosen ? "border-accent font-medium" : "border-transparent text-muted hover:text-ink"}`}
        >
          {each.label}
        </button>
      ))}
    </div>
  );
}

const KEY_NAME = "my-app";
const KEY_MAKERS = new Set(["owner", "admin"]);

/** The key that the application sends with: made here by those who may, else with the command line. */
function IngestKey({ token, onToken }: { token: string | undefined; onToken: (token: string) => void }) {
  const { data: session } = useQuery(sessionQuery);
  const [problem, setProblem] = useState("");
  const create = async () => {
    try {
      onToken((await api.createIngestKey(KEY_NAME)).token);
    } catch (error) {
      setProblem(error instanceof ApiError ? error.message : "The key could not be made.");
    }
  };
  if (token !== undefined) {
    return (
      <p className="mt-2 flex min-h-14 items-center">
        The key {KEY_NAME} is made and stands in the snippets. It is shown only now: copy it to where your
        secrets live.
      </p>
    );
  }
  return (
    <div className="mt-2 flex min-h-14 flex-wrap items-center gap-x-3 gap-y-1 text-muted">
      {session !== undefined && KEY_MAKERS.has(session.user.role) && (
        <>
          <Button look="primary" onClick={() => void create()}>
            Create an ingest key
          </Button>
          or
        </>
      )}
      <code className="font-mono text-s text-ink">
        npx telltale keys create --role ingest --name {KEY_NAME}
      </code>
      <span role="alert" className="text-critical">
        {problem}
      </span>
    </div>
  );
}

interface FirstEventProps {
  arrived: IndexedEvent | undefined;
  onClose: () => void;
}

/** Until the first event from outside: three ways to send it, and a live sign when it is here. */
export function FirstEvent({ arrived, onClose }: FirstEventProps) {
  const [chosen, setChosen] = useState(0);
  const [token, setToken] = useState<string>();
  const snippets = toSnippets(window.location.origin, token ?? "<ingest key>");
  const snippet = snippets[chosen];
  if (snippet === undefined) return null;
  return (
    <section aria-labelledby="first-event" className="mx-auto max-w-240 px-4 py-4 md:px-6">
      <h1 id="first-event" className="text-l font-semibold">
        {arrived === undefined ? "No application has sent an event yet." : "The first event is here."}
      </h1>
      <div className="flex min-h-12 items-center">
        {arrived === undefined ? <Waiting /> : <Arrived item={arrived} onClose={onClose} />}
      </div>
      <IngestKey token={token} onToken={setToken} />
      <Tabs snippets={snippets} chosen={chosen} onChoose={setChosen} />
      <div id="way" role="tabpanel" aria-labelledby={`way-${snippet.id}`} className="relative mt-2">
        <pre
          tabIndex={0}
          className="scroll-slim h-84 overflow-auto rounded border border-line bg-panel p-3 pr-10 font-mono text-s"
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

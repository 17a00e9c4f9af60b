// SPDX-License-Identifier: Apache-2.0
import { useState } from "react";
import { api } from "../../shared/api/client.js";
import type { ApiKey, KeyRole } from "../../shared/api/types.js";
import { Button, CopyButton } from "../../shared/ui/controls.js";
import { Dialog, Field, FormDialog, INPUT } from "../../shared/ui/dialog.js";
import { Text } from "../../shared/ui/Text.js";
import { toSnippets } from "../events/snippets.js";
import { ROLES } from "./words.js";

const EXPIRIES = [
  ["", "never"],
  ["30", "in 30 days"],
  ["90", "in 90 days"],
  ["365", "in a year"],
] as const;

interface Made {
  key: ApiKey;
  token: string;
}

/** What to do with the new key first, for its role. */
function toSnippet({ key, token }: Made): string {
  const { origin } = window.location;
  if (key.role === "ingest") return toSnippets(origin, token).find(({ id }) => id === "curl")?.text ?? "";
  if (key.role === "backfill")
    return `npx telltale import --format jsonl events.jsonl --url ${origin} --key ${token}`;
  if (key.role === "read") return `npx telltale search "outcome:failure" --url ${origin} --key ${token}`;
  return `npx telltale retain status --url ${origin} --key ${token}`;
}

function ShownOnce({ made, onClose }: { made: Made; onClose: () => void }) {
  const snippet = toSnippet(made);
  return (
    <Dialog title="Copy the key now" onClose={onClose} wide>
      <div className="grid grid-cols-[minmax(0,1fr)] gap-4 p-4">
        <p className="text-s">
          The key <Text>{made.key.name}</Text> is shown only now. Telltale keeps no copy of it: put it where
          your application finds its secrets.
        </p>
        <div className="flex items-start gap-2 rounded border border-line-strong bg-canvas px-3 py-2">
          <code className="min-w-0 flex-1 font-mono text-s break-all" data-testid="token">
            {made.token}
          </code>
          <CopyButton text={made.token} label="Copy the key" />
        </div>
        <div>
          <div className="mb-1 flex items-center justify-between text-s">
            <span className="font-medium">Try it</span>
            <CopyButton text={snippet} label="Copy the command" />
          </div>
          <pre
            tabIndex={0}
            aria-label="Command"
            className="scroll-slim overflow-x-auto rounded border border-line bg-canvas px-3 py-2 font-mono text-s"
          >
            {snippet}
          </pre>
        </div>
        <div className="flex justify-end">
          <Button look="primary" onClick={onClose}>
            I have it
          </Button>
        </div>
      </div>
    </Dialog>
  );
}

function RoleChoice({ role, onPick }: { role: KeyRole; onPick: (role: KeyRole) => void }) {
  return (
    <fieldset>
      <legend className="mb-1 text-s font-medium">What it may do</legend>
      <div className="grid gap-1">
        {ROLES.map((each) => (
          <label
            key={each.id}
            className="flex items-start gap-2 rounded border border-line px-2.5 py-1.5 text-s has-checked:border-accent has-checked:bg-accent-soft"
          >
            <input
              type="radio"
              name="role"
              value={each.id}
              checked={role === each.id}
              onChange={() => onPick(each.id)}
              className="mt-0.75 size-3.5 accent-accent"
            />
            <span>
              <span className="font-medium">{each.word}</span>{" "}
              <span className="text-muted">{each.meaning}</span>
            </span>
          </label>
        ))}
      </div>
    </fieldset>
  );
}

function NameField({ name, onChange }: { name: string; onChange: (name: string) => void }) {
  return (
    <Field label="Name" hint="Where it is used, so that you know it when it must go.">
      {(attributes) => (
        <input
          {...attributes}
          required
          maxLength={100}
          value={name}
          onChange={(event) => onChange(event.target.value)}
          className={INPUT}
        />
      )}
    </Field>
  );
}

/** Makes a key and shows its secret once. */
export function NewKey({ onClose, onMade }: { onClose: () => void; onMade: () => void }) {
  const [name, setName] = useState("");
  const [role, setRole] = useState<KeyRole>("ingest");
  const [app, setApp] = useState("");
  const [days, setDays] = useState("");
  const [made, setMade] = useState<Made>();
  if (made !== undefined) return <ShownOnce made={made} onClose={onClose} />;
  const submit = async () => {
    const bound = app.trim();
    setMade(
      await api.createKey({
        name: name.trim(),
        role,
        ...(bound === "" ? {} : { app: bound }),
        ...(days === "" ? {} : { expiresInDays: Number(days) }),
      }),
    );
    onMade();
  };
  return (
    <FormDialog title="Make a key" submit="Make it" onSubmit={submit} onClose={onClose}>
      <NameField name={name} onChange={setName} />
      <RoleChoice role={role} onPick={setRole} />
      <div className="grid gap-3 sm:grid-cols-2">
        {(role === "ingest" || role === "backfill") && (
          <Field
            label="Only for the application"
            hint="Empty: any. Events that claim another are kept and reported."
          >
            {(attributes) => (
              <input
                {...attributes}
                maxLength={200}
                value={app}
                onChange={(event) => setApp(event.target.value)}
                className={INPUT}
              />
            )}
          </Field>
        )}
        <Field label="Expires">
          {(attributes) => (
            <select
              {...attributes}
              value={days}
              onChange={(event) => setDays(event.target.value)}
              className={INPUT}
            >
              {EXPIRIES.map(([value, word]) => (
                <option key={value} value={value}>
                  {word}
                </option>
              ))}
            </select>
          )}
        </Field>
      </div>
    </FormDialog>
  );
}

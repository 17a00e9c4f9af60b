// SPDX-License-Identifier: Apache-2.0
import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { api } from "../../shared/api/client.js";
import type { ErasurePreview } from "../../shared/api/types.js";
import { countOf } from "../../shared/format.js";
import { Field, FormDialog, INPUT } from "../../shared/ui/dialog.js";

function Preview({ preview: { since, leftPlain, heldBy, copiesGone } }: { preview: ErasurePreview }) {
  return (
    <ul
      aria-label="What would happen"
      className="list-disc space-y-1 rounded border border-line bg-canvas py-2 pr-3 pl-7 text-s"
    >
      <li>
        The person has a key since {since.slice(0, 10)}: it, the alias and the name behind it are destroyed.
      </li>
      {heldBy.length > 0 && <li>{countOf(heldBy.length, "legal hold")} would defer it until released.</li>}
      <li>
        {leftPlain.length === 0
          ? "The policy leaves nothing of the person readable."
          : `What the policy leaves readable stays: ${leftPlain.join(", ")}.`}
      </li>
      <li>
        {copiesGone === null
          ? "Copies of the data directory keep the key; nobody has said for how long."
          : `Done now, the last copy of the key would be gone by ${copiesGone.slice(0, 10)}.`}
      </li>
    </ul>
  );
}

/** Asks for an erasure: first whom, then what it would do and leave, then why. */
export function NewErasure({ onClose, onDone }: { onClose: () => void; onDone: () => void }) {
  const [subject, setSubject] = useState("");
  const [tenant, setTenant] = useState("");
  const name = { subject: subject.trim(), ...(tenant.trim() === "" ? {} : { tenant: tenant.trim() }) };
  const look = useMutation({ mutationFn: api.previewErasure });
  const change = (set: (text: string) => void) => (event: { target: { value: string } }) => {
    set(event.target.value);
    look.reset();
  };
  return (
    <FormDialog
      title="Erase a person"
      explain="The id that the application sends in actor.id. It is not stored: the log names the alias. Somebody else approves."
      submit={look.data === undefined ? "See what would happen" : "Ask for the erasure"}
      {...(look.data === undefined ? {} : { reason: "Request of 12 November, ticket 4711" })}
      onSubmit={async (reason) => {
        if (look.data === undefined) await look.mutateAsync(name);
        else {
          await api.requestErasure({ ...name, reason });
          onDone();
        }
      }}
      onClose={onClose}
    >
      <Field label="Person">
        {(attributes) => (
          <input
            {...attributes}
            required
            maxLength={1024}
            autoComplete="off"
            spellCheck={false}
            value={subject}
            onChange={change(setSubject)}
            className={INPUT}
          />
        )}
      </Field>
      <Field label="Tenant" hint="Where the application sends one.">
        {(attributes) => (
          <input
            {...attributes}
            maxLength={200}
            autoComplete="off"
            value={tenant}
            onChange={change(setTenant)}
            className={INPUT}
          />
        )}
      </Field>
      {look.data !== undefined && <Preview preview={look.data} />}
    </FormDialog>
  );
}

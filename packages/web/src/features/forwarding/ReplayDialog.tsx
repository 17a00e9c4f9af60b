// SPDX-License-Identifier: Apache-2.0
import { useState } from "react";
import { api } from "../../shared/api/client.js";
import type { ForwardTarget } from "../../shared/api/types.js";
import { countOf, formatCount } from "../../shared/format.js";
import { Field, FormDialog, INPUT } from "../../shared/ui/dialog.js";
import { Choice } from "../../shared/ui/page.js";

const WAYS = [
  { id: "time", word: "From a time" },
  { id: "index", word: "From an event" },
] as const;

/** Sends again what was sent already, from a time or from an event on. */
export function ReplayDialog({
  target,
  onClose,
  onDone,
}: {
  target: ForwardTarget;
  onClose: () => void;
  onDone: () => void;
}) {
  const [way, setWay] = useState<"time" | "index">("time");
  const [index, setIndex] = useState("0");
  const [time, setTime] = useState("");
  const submit = async (reason: string) => {
    const start = way === "index" ? { from: Number(index) } : { time: new Date(time).toISOString() };
    await api.replayTarget(target.name, start, reason);
    onDone();
  };
  const again = way === "index" && /^\d+$/.test(index) ? Math.max(0, target.next - Number(index)) : undefined;
  return (
    <FormDialog
      title={`Replay to ${target.name}`}
      explain="Events go out again, in order. The receiver gets the same ones twice and tells them apart by their index."
      submit={again === undefined ? "Replay" : `Replay ${countOf(again, "event")}`}
      reason="Why are they sent again?"
      onSubmit={submit}
      onClose={onClose}
    >
      <Choice label="Where to begin" options={WAYS} value={way} onPick={setWay} />
      {way === "time" ? (
        <Field label="Received from" hint="In your time zone.">
          {(attributes) => (
            <input
              {...attributes}
              type="datetime-local"
              required
              value={time}
              onChange={(event) => setTime(event.target.value)}
              className={INPUT}
            />
          )}
        </Field>
      ) : (
        <Field
          label="Index of the first event"
          hint={`0 to ${formatCount(target.next)}, the next one of this target.`}
        >
          {(attributes) => (
            <input
              {...attributes}
              inputMode="numeric"
              pattern="\d{1,15}"
              required
              value={index}
              onChange={(event) => setIndex(event.target.value)}
              className={INPUT}
            />
          )}
        </Field>
      )}
    </FormDialog>
  );
}

// SPDX-License-Identifier: Apache-2.0
import { useState } from "react";
import { api } from "../../shared/api/client.js";
import type { Hold, HoldScope } from "../../shared/api/types.js";
import { Button } from "../../shared/ui/controls.js";
import { Field, FormDialog, INPUT } from "../../shared/ui/dialog.js";
import { Choice, Empty, Panel } from "../../shared/ui/page.js";
import { ROW } from "../../shared/ui/rows.js";
import { Text } from "../../shared/ui/Text.js";
import { Ago } from "../../shared/ui/Time.js";
import { scopeWords } from "./words.js";

const WAYS = [
  { id: "time", word: "On a time" },
  { id: "events", word: "On events" },
] as const;

function Bounds({
  type,
  labels,
  values,
  onChange,
}: {
  type: "datetime-local" | "number";
  labels: readonly [string, string];
  values: readonly [string, string];
  onChange: (values: readonly [string, string]) => void;
}) {
  return (
    <div className="grid gap-3 sm:grid-cols-2">
      {([0, 1] as const).map((at) => (
        <Field key={at} label={labels[at]}>
          {(attributes) => (
            <input
              {...attributes}
              type={type}
              required
              min={type === "number" ? 0 : undefined}
              value={values[at]}
              onChange={(event) =>
                onChange(at === 0 ? [event.target.value, values[1]] : [values[0], event.target.value])
              }
              className={INPUT}
            />
          )}
        </Field>
      ))}
    </div>
  );
}

function PlaceHold({ onClose, onDone }: { onClose: () => void; onDone: () => void }) {
  const [name, setName] = useState("");
  const [way, setWay] = useState<"time" | "events">("time");
  const [times, setTimes] = useState<readonly [string, string]>(["", ""]);
  const [events, setEvents] = useState<readonly [string, string]>(["", ""]);
  const toScope = (): HoldScope =>
    way === "events"
      ? { first: Number(events[0]), next: Number(events[1]) + 1 }
      : { from: new Date(times[0]).toISOString(), to: new Date(times[1]).toISOString() };
  return (
    <FormDialog
      title="Place a legal hold"
      explain="Nothing under it is removed, whatever the policy says, until it is released. It keeps whole segments."
      submit="Place it"
      reason="Who asked for it, and why?"
      onSubmit={async (reason) => {
        await api.placeHold({ name: name.trim(), reason, scope: toScope() });
        onDone();
      }}
      onClose={onClose}
    >
      <Field label="Matter" hint="As people call it: a case, an incident.">
        {(attributes) => (
          <input
            {...attributes}
            required
            maxLength={100}
            value={name}
            onChange={(event) => setName(event.target.value)}
            className={INPUT}
          />
        )}
      </Field>
      <Choice label="What it is on" options={WAYS} value={way} onPick={setWay} />
      {way === "time" ? (
        <Bounds
          type="datetime-local"
          labels={["Received from", "Received before"]}
          values={times}
          onChange={setTimes}
        />
      ) : (
        <Bounds type="number" labels={["First event", "Last event"]} values={events} onChange={setEvents} />
      )}
    </FormDialog>
  );
}

function HoldRow({ hold, allowed, onRelease }: { hold: Hold; allowed: boolean; onRelease: () => void }) {
  const { released } = hold;
  return (
    <li
      {...ROW}
      className="-outline-offset-2 flex flex-wrap items-start gap-x-4 gap-y-2 border-b border-line px-4 py-2.5 text-s last:border-b-0"
    >
      <div className="min-w-0 flex-1 basis-64">
        <p className="text-m font-medium break-words">
          <Text>{hold.name}</Text>
        </p>
        <p className="break-words">
          <Text>{hold.reason}</Text>
        </p>
        <p className="text-muted">
          {scopeWords(hold)} · placed by <Text>{hold.placedBy}</Text> <Ago time={hold.placed} />
        </p>
        {released !== null && (
          <p className="text-muted">
            released by <Text>{hold.releasedBy ?? "somebody"}</Text> <Ago time={released} />
            {hold.releaseReason !== null && (
              <>
                : <Text>{hold.releaseReason}</Text>
              </>
            )}
          </p>
        )}
      </div>
      {released === null ? (
        <span className="flex items-center gap-3">
          <span className="font-medium">in force</span>
          {allowed && <Button onClick={onRelease}>Release…</Button>}
        </span>
      ) : (
        <span className="text-muted">released</span>
      )}
    </li>
  );
}

interface HoldsProps {
  holds: readonly Hold[];
  allowed: boolean;
  placing: boolean;
  onPlacing: (placing: boolean) => void;
  onChanged: () => void;
}

/** Legal holds: those in force first. */
export function Holds({ holds, allowed, placing, onPlacing, onChanged }: HoldsProps) {
  const [releasing, setReleasing] = useState<Hold>();
  const sorted = holds.toSorted(
    (a, b) => Number(a.released !== null) - Number(b.released !== null) || b.placed.localeCompare(a.placed),
  );
  return (
    <Panel
      title="Legal holds"
      note="Each beats the policy until it is released."
      actions={allowed && <Button onClick={() => onPlacing(true)}>Place a hold…</Button>}
    >
      {holds.length === 0 ? (
        <Empty title="No holds">
          When events matter to a case or an investigation, a hold keeps them past their time. Placing and
          releasing are events of the log.
        </Empty>
      ) : (
        <ul>
          {sorted.map((hold) => (
            <HoldRow key={hold.id} hold={hold} allowed={allowed} onRelease={() => setReleasing(hold)} />
          ))}
        </ul>
      )}
      {placing && allowed && (
        <PlaceHold
          onClose={() => onPlacing(false)}
          onDone={() => {
            onPlacing(false);
            onChanged();
          }}
        />
      )}
      {releasing !== undefined && (
        <FormDialog
          title={`Release ${releasing.name}`}
          explain="What the policy no longer keeps goes with the next run. It cannot be brought back."
          submit="Release it"
          reason="Who decided that it may go, and why?"
          onSubmit={async (reason) => {
            await api.releaseHold(releasing.id, reason);
            setReleasing(undefined);
            onChanged();
          }}
          onClose={() => setReleasing(undefined)}
        />
      )}
    </Panel>
  );
}

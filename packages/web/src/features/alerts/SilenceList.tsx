// SPDX-License-Identifier: Apache-2.0
import type { AlertPatch } from "../../shared/api/alert-types.js";

const HOUR_MS = 3_600_000;
const SNOOZES = [
  { word: "1 hour", ms: HOUR_MS },
  { word: "8 hours", ms: 8 * HOUR_MS },
  { word: "1 day", ms: 24 * HOUR_MS },
  { word: "1 week", ms: 168 * HOUR_MS },
] as const;
const MUTES = [2, 10, 100] as const;

const ITEM = "block w-full rounded px-2 py-1.5 text-left hover:bg-raised";

/** Ways to hear nothing for a while. Each has an end; for what shall never be found there are exceptions. */
export function SilenceList({ onPick }: { onPick: (patch: AlertPatch) => void }) {
  return (
    <div className="w-72 max-w-full p-1 text-s">
      <p className="px-2 pt-1.5 pb-0.5 text-muted" id="snooze-title">
        Snooze for
      </p>
      <div role="group" aria-labelledby="snooze-title">
        {SNOOZES.map(({ word, ms }) => (
          <button
            key={word}
            type="button"
            className={ITEM}
            onClick={() => onPick({ snooze: new Date(Date.now() + ms).toISOString() })}
          >
            {word}
          </button>
        ))}
      </div>
      <p className="border-t border-line px-2 pt-2 pb-0.5 text-muted" id="mute-title">
        Mute until it has
      </p>
      <div role="group" aria-labelledby="mute-title">
        {MUTES.map((mute) => (
          <button key={mute} type="button" className={ITEM} onClick={() => onPick({ mute })}>
            {mute} times the events of now
          </button>
        ))}
      </div>
      <p className="border-t border-line px-2 py-1.5 text-muted">A rise of its level ends either.</p>
    </div>
  );
}

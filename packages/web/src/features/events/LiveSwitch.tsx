// SPDX-License-Identifier: Apache-2.0
import { Pause, Play } from "lucide-react";
import { useStreamState } from "../../shared/api/stream.js";
import { formatCount } from "../../shared/format.js";
import { useHotkeys } from "../../shared/hotkeys.js";
import { buttonClass } from "../../shared/ui/controls.js";
import { useLive } from "./live-store.js";
import { isOpenEnded } from "./time-range.js";
import { useEventsSearch } from "./useEventsPage.js";

/** What is seen is part of what is spoken: whoever talks to the machine says what they read. */
function toName(word: string): string {
  if (word === "Live") return "Live events";
  return word === "Fixed" ? "Fixed: no live events in this range" : `${word}: live events`;
}

/** Live or held; counts what arrived while held. Its width is fixed: counting moves nothing. */
export function LiveSwitch() {
  const [search, change] = useEventsSearch();
  const live = useLive();
  const stream = useStreamState();
  const possible = isOpenEnded(search);
  const paused = search.live === "0";
  const toggle = () => change({ live: paused ? undefined : "0" }, true);
  useHotkeys({ p: toggle }, possible);
  const count = live.waitingCount > 9999 ? "9,999+" : formatCount(live.waitingCount);
  const waiting = live.waitingCount > 0 ? ` ${count}` : "";
  const connected = stream === "open";
  const { word, tip } = !possible
    ? { word: "Fixed", tip: "This range ends in the past: nothing new can appear in it" }
    : paused
      ? { word: `Paused${waiting}`, tip: "Show what arrived and go on (p)" }
      : live.held
        ? { word: `Held${waiting}`, tip: "New events wait while you read further down or have one open" }
        : stream === "down"
          ? {
              word: "Offline",
              tip: "The live connection is down; trying again. Nothing is lost: the log has it",
            }
          : stream === "resting"
            ? {
                word: "Resting",
                tip: "Other tabs hold the live connections; this one goes on when you turn to it. Nothing is lost",
              }
            : { word: "Live", tip: "New events appear as they are sealed. Hold them back (p)" };
  return (
    <button
      type="button"
      disabled={!possible}
      aria-pressed={possible && !paused}
      aria-label={toName(word)}
      data-tip={tip}
      onClick={toggle}
      className={`${buttonClass("plain")} w-22 justify-start md:w-34`}
    >
      {paused || !possible ? (
        <Play size={13} aria-hidden="true" className="hidden text-muted md:block" />
      ) : (
        <Pause
          size={13}
          aria-hidden="true"
          className={`hidden md:block ${connected ? "text-accent" : "text-muted"}`}
        />
      )}
      <span className="min-w-0 flex-1 truncate text-left">{word}</span>
      {possible && !paused && (
        <span
          aria-hidden="true"
          className={`size-2 rounded-full ${connected ? "bg-accent" : "border border-line-strong"}`}
        />
      )}
    </button>
  );
}

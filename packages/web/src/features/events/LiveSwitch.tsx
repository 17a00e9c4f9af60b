// SPDX-License-Identifier: Apache-2.0
import { Pause, Play } from "lucide-react";
import { useStreamState } from "../../shared/api/stream.js";
import { formatCount } from "../../shared/format.js";
import { useHotkeys } from "../../shared/hotkeys.js";
import { buttonClass } from "../../shared/ui/controls.js";
import { useLive } from "./live-store.js";
import { isOpenEnded } from "./time-range.js";
import { useEventsSearch } from "./useEventsPage.js";

/** Live or held; counts what arrived while held. Its width is fixed: counting moves nothing. */
export function LiveSwitch() {
  const [search, change] = useEventsSearch();
  const live = useLive();
  const stream = useStreamState();
  const possible = isOpenEnded(search);
  const paused = search.live === "0";
  const toggle = () => change({ live: paused ? undefined : "0" }, true);
  useHotkeys({ p: toggle }, possible);
  const waiting =
    live.waitingCount > 0 ? ` · ${live.waitingCount > 9999 ? "9,999+" : formatCount(live.waitingCount)}` : "";
  const word = !possible ? "Fixed" : paused ? `Paused${waiting}` : stream === "open" ? "Live" : "Waiting…";
  const tip = !possible
    ? "This range ends in the past: nothing new can appear in it"
    : paused
      ? "Show what arrived and go on (p)"
      : stream === "open"
        ? "New events appear as they are sealed. Hold them back (p)"
        : "The live connection is down; trying again. Nothing is lost: the log has it";
  return (
    <button
      type="button"
      disabled={!possible}
      aria-pressed={possible && !paused}
      aria-label={possible ? "Live events" : "Live events, not in this range"}
      data-tip={tip}
      onClick={toggle}
      className={`${buttonClass("plain")} min-w-28 justify-start`}
    >
      {paused || !possible ? (
        <Play size={13} aria-hidden="true" className="text-muted" />
      ) : (
        <Pause size={13} aria-hidden="true" className={stream === "open" ? "text-accent" : "text-muted"} />
      )}
      <span className="flex-1 text-left">{word}</span>
      {possible && !paused && (
        <span
          aria-hidden="true"
          className={`size-2 rounded-full ${stream === "open" ? "bg-accent" : "border border-line-strong"}`}
        />
      )}
    </button>
  );
}

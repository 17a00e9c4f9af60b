// SPDX-License-Identifier: Apache-2.0
import { ChevronDown } from "lucide-react";
import type { AlertPatch } from "../../shared/api/alert-types.js";
import { buttonClass } from "../../shared/ui/controls.js";
import { Popover } from "../../shared/ui/Popover.js";
import { SilenceList } from "./SilenceList.js";

/** A button that opens the ways to hear nothing for a while. */
export function SilencePopover({ id, onPick }: { id: string; onPick: (patch: AlertPatch) => void }) {
  return (
    <Popover
      label="Snooze or mute"
      id={id}
      tip="s"
      buttonClass={buttonClass("plain")}
      button={
        <>
          Snooze <ChevronDown size={13} aria-hidden="true" />
        </>
      }
    >
      {(close) => (
        <SilenceList
          onPick={(patch) => {
            onPick(patch);
            close();
          }}
        />
      )}
    </Popover>
  );
}

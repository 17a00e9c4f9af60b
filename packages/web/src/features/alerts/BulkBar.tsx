// SPDX-License-Identifier: Apache-2.0
import type { AlertPatch } from "../../shared/api/alert-types.js";
import { countOf, formatCount } from "../../shared/format.js";
import { Button } from "../../shared/ui/controls.js";
import { SilencePopover } from "./SilencePopover.js";
import { BULK_RESOLVE, BULK_SNOOZE, BULK_VERDICT } from "./useAlertKeys.js";
import { VerdictPopover } from "./VerdictList.js";

interface BulkBarProps {
  /** How many are marked. */
  count: number;
  /** How many match; more of them than are loaded can be marked. */
  total: number;
  all: boolean;
  me: string;
  onAll: () => void;
  onClear: () => void;
  onChange: (change: AlertPatch) => void;
}

/** What can be done with all that is marked. One change, all or none; each alert keeps its own entry in its history. */
export function BulkBar({ count, total, all, me, onAll, onClear, onChange }: BulkBarProps) {
  return (
    <section
      aria-label="Marked alerts"
      className="flex flex-wrap items-center gap-1.5 border-t border-line bg-accent-soft px-4 py-2 md:px-6"
    >
      <p className="mr-auto min-w-0 text-s font-medium" aria-live="polite">
        {all ? `All ${formatCount(total)} that match are marked` : `${countOf(count, "alert")} marked`}
      </p>
      {!all && total > count && (
        <Button look="quiet" onClick={onAll}>
          Mark all {formatCount(total)}
        </Button>
      )}
      <Button data-tip="a" onClick={() => onChange({ assignee: me })}>
        Take them
      </Button>
      <VerdictPopover
        id={BULK_VERDICT}
        label="Verdict of all"
        keyHint="v"
        look="plain"
        current={undefined}
        onPick={(verdict) => onChange({ verdict })}
      />
      <SilencePopover id={BULK_SNOOZE} onPick={onChange} />
      <VerdictPopover
        id={BULK_RESOLVE}
        label="Resolve all as"
        keyHint="r"
        look="primary"
        current={undefined}
        onPick={(verdict) => onChange({ status: "resolved", verdict })}
      />
      <Button look="quiet" data-tip="Esc" onClick={onClear}>
        Clear
      </Button>
    </section>
  );
}

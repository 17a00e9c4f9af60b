// SPDX-License-Identifier: Apache-2.0
import { ChevronDown } from "lucide-react";
import type { KeyboardEvent } from "react";
import type { Verdict } from "../../shared/api/alert-types.js";
import { buttonClass, Kbd } from "../../shared/ui/controls.js";
import { Popover } from "../../shared/ui/Popover.js";
import { VERDICTS } from "./words.js";

interface VerdictListProps {
  current: Verdict | undefined;
  onPick: (verdict: Verdict) => void;
}

/** The digit that chooses the verdict of this place: 1 to 9, then 0. */
const toDigit = (at: number): string => String((at + 1) % 10);

/** The verdicts; their digits choose at once. */
function VerdictList({ current, onPick }: VerdictListProps) {
  const onKey = (event: KeyboardEvent) => {
    const verdict = VERDICTS.find((_, at) => toDigit(at) === event.key);
    if (verdict !== undefined) {
      event.preventDefault();
      onPick(verdict.id);
      return;
    }
    const by = { ArrowDown: 1, j: 1, ArrowUp: -1, k: -1 }[event.key];
    if (by === undefined) return;
    event.preventDefault();
    const buttons = [...event.currentTarget.querySelectorAll("button")];
    const at = buttons.findIndex((button) => button === document.activeElement);
    buttons[(at + by + buttons.length) % buttons.length]?.focus();
  };
  return (
    <div role="group" aria-label="Verdict" onKeyDown={onKey} className="w-88 max-w-full p-1 text-s">
      {VERDICTS.map((verdict, at) => (
        <button
          key={verdict.id}
          type="button"
          aria-pressed={verdict.id === current}
          onClick={() => onPick(verdict.id)}
          className={`grid w-full grid-cols-[auto_1fr] items-center gap-x-3 rounded px-2 py-1.5 text-left hover:bg-raised ${verdict.id === current ? "bg-accent-soft" : ""}`}
        >
          <Kbd>{toDigit(at)}</Kbd>
          <span>
            <span className="block font-medium">{verdict.word}</span>
            <span className="block text-muted">{verdict.meaning}</span>
          </span>
        </button>
      ))}
    </div>
  );
}

interface VerdictPopoverProps extends VerdictListProps {
  id: string;
  label: string;
  keyHint: string;
  look: "primary" | "plain";
}

/** A button that opens the verdicts. */
export function VerdictPopover({ id, label, keyHint, look, current, onPick }: VerdictPopoverProps) {
  return (
    <Popover
      label={label}
      id={id}
      tip={keyHint}
      buttonClass={buttonClass(look)}
      button={
        <>
          {label} <ChevronDown size={13} aria-hidden="true" />
        </>
      }
    >
      {(close) => (
        <VerdictList
          current={current}
          onPick={(verdict) => {
            onPick(verdict);
            close();
          }}
        />
      )}
    </Popover>
  );
}

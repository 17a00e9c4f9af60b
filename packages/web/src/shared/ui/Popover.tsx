// SPDX-License-Identifier: Apache-2.0
import { type ReactNode, useId, useRef } from "react";

interface PopoverProps {
  /** The accessible name of the button. */
  label: string;
  button: ReactNode;
  buttonClass?: string;
  tip?: string;
  /** The id of the button, for keys that press it. */
  id?: string;
  align?: "start" | "end";
  children: (close: () => void) => ReactNode;
}

const GAP = 6;

/**
 * A button that opens a panel: the platform's own popover (light dismiss, Escape, focus returns), because
 * libraries that inject `<style>` cannot run under this CSP.
 */
export function Popover({
  label,
  button,
  buttonClass = "",
  tip,
  id: buttonId,
  align = "start",
  children,
}: PopoverProps) {
  const id = useId();
  const anchor = useRef<HTMLButtonElement>(null);
  const panel = useRef<HTMLDivElement>(null);
  const place = () => {
    const from = anchor.current?.getBoundingClientRect();
    const element = panel.current;
    if (from === undefined || element === null) return;
    const width = Math.min(element.offsetWidth, window.innerWidth - 16);
    const wanted = align === "start" ? from.left : from.right - width;
    element.style.left = `${Math.max(8, Math.min(wanted, window.innerWidth - width - 8))}px`;
    const above =
      from.bottom + element.offsetHeight + GAP > window.innerHeight && from.top > window.innerHeight / 2;
    element.style.top = above
      ? `${Math.max(8, from.top - element.offsetHeight - GAP)}px`
      : `${from.bottom + GAP}px`;
    element.style.maxHeight = `${window.innerHeight - (above ? 16 : from.bottom + GAP + 8)}px`;
  };
  const close = () => document.getElementById(id)?.hidePopover();
  return (
    <>
      <button
        ref={anchor}
        id={buttonId}
        type="button"
        popoverTarget={id}
        aria-label={label}
        aria-haspopup="dialog"
        data-tip={tip}
        className={buttonClass}
      >
        {button}
      </button>
      <div
        ref={panel}
        id={id}
        popover="auto"
        role="dialog"
        aria-label={label}
        onToggle={(event) => {
          if (event.newState !== "open") return;
          place();
          panel.current?.querySelector<HTMLElement>("[data-autofocus], button, input, a")?.focus();
        }}
        className="fixed max-w-[calc(100vw-16px)] overflow-auto rounded-md border border-line bg-panel text-ink shadow-float"
      >
        {children(close)}
      </div>
    </>
  );
}

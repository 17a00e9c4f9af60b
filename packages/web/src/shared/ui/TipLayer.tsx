// SPDX-License-Identifier: Apache-2.0
import { useEffect, useRef, useState } from "react";

interface Tip {
  text: string;
  x: number;
  y: number;
  below: boolean;
}

function toTip(target: EventTarget | null): Tip | undefined {
  if (!(target instanceof Element)) return undefined;
  const owner = target.closest<HTMLElement>("[data-tip]");
  const text = owner?.dataset["tip"];
  if (owner === null || text === undefined || text === "") return undefined;
  const box = owner.getBoundingClientRect();
  const below = box.top < 72;
  return { text, x: box.left + box.width / 2, y: below ? box.bottom + 6 : box.top - 6, below };
}

/** One tooltip for the page: any element with `data-tip`. A table of thousands of times needs no thousand tooltips. */
export function TipLayer() {
  const [tip, setTip] = useState<Tip>();
  const box = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const show = (event: Event) => setTip(toTip(event.target));
    const hide = () => setTip(undefined);
    const onKey = (event: KeyboardEvent) => {
      if (event.key === "Escape") hide();
    };
    document.addEventListener("mouseover", show);
    document.addEventListener("focusin", show);
    document.addEventListener("mousedown", hide);
    document.addEventListener("scroll", hide, true);
    document.addEventListener("keydown", onKey);
    return () => {
      document.removeEventListener("mouseover", show);
      document.removeEventListener("focusin", show);
      document.removeEventListener("mousedown", hide);
      document.removeEventListener("scroll", hide, true);
      document.removeEventListener("keydown", onKey);
    };
  }, []);
  useEffect(() => {
    const element = box.current;
    if (element === null || tip === undefined) return;
    // Kept inside the window after its own width is known.
    const half = element.offsetWidth / 2;
    const x = Math.min(Math.max(tip.x, half + 8), window.innerWidth - half - 8);
    element.style.left = `${x}px`;
    element.style.top = `${tip.y}px`;
    element.style.transform = `translate(-50%, ${tip.below ? "0" : "-100%"})`;
    element.showPopover?.();
  }, [tip]);
  if (tip === undefined) return null;
  return (
    <div
      ref={box}
      popover="manual"
      role="tooltip"
      data-tooltip=""
      className="pointer-events-none fixed max-w-80 rounded bg-ink px-2 py-1 text-s whitespace-pre-line text-panel"
    >
      {tip.text}
    </div>
  );
}

// SPDX-License-Identifier: Apache-2.0
import { X } from "lucide-react";
import { useSyncExternalStore } from "react";
import { IconButton } from "./controls.js";

interface Toast {
  id: number;
  text: string;
  tone: "news" | "problem";
}

let toasts: readonly Toast[] = [];
let nextId = 1;
const listeners = new Set<() => void>();

function update(next: readonly Toast[]): void {
  toasts = next;
  for (const listener of listeners) listener();
}

function drop(id: number): void {
  update(toasts.filter((toast) => toast.id !== id));
}

/** Says something in the corner and to screen readers. Problems stay until they are closed. */
export function say(text: string, tone: Toast["tone"] = "news"): void {
  const id = nextId++;
  update([...toasts.slice(-3), { id, text, tone }]);
  if (tone === "news") setTimeout(() => drop(id), 4000);
}

export function ToastLayer() {
  const shown = useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => toasts,
  );
  return (
    <div
      role="status"
      aria-live="polite"
      className="pointer-events-none fixed right-4 bottom-20 z-50 flex max-w-[min(24rem,calc(100vw-2rem))] flex-col gap-2 md:bottom-4"
    >
      {shown.map((toast) => (
        <div
          key={toast.id}
          className={`pointer-events-auto flex items-start gap-2 rounded-md border border-line bg-panel py-2 pr-2 pl-3 text-s shadow-float ${toast.tone === "problem" ? "border-l-4 border-l-critical" : ""}`}
        >
          <p className="min-w-0 flex-1 py-0.5">{toast.text}</p>
          <IconButton label="Close" onClick={() => drop(toast.id)}>
            <X size={14} />
          </IconButton>
        </div>
      ))}
    </div>
  );
}

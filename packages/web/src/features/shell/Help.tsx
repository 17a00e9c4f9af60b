// SPDX-License-Identifier: Apache-2.0
import { X } from "lucide-react";
import { useEffect, useRef } from "react";
import { IconButton, Kbd } from "../../shared/ui/controls.js";
import { PAGES } from "./pages.js";

const GROUPS: readonly { title: string; keys: readonly (readonly [string, string])[] }[] = [
  {
    title: "Everywhere",
    keys: [
      ["/", "search"],
      ...PAGES.map(
        ({ key, label }) =>
          [`g ${key}`, `go to ${label.replace(/^[A-Z](?![A-Z])/, (c) => c.toLowerCase())}`] as const,
      ),
      ["?", "these keys"],
      ["Esc", "close, step back"],
    ],
  },
  {
    title: "Events",
    keys: [
      ["j k", "next, previous event"],
      ["Enter", "open the event"],
      ["← →", "choose a value of the row"],
      ["i e", "include, exclude that value"],
      ["c", "copy that value"],
      ["p", "pause, resume live events"],
    ],
  },
  {
    title: "Other lists",
    keys: [
      ["j k", "next, previous entry"],
      ["Tab", "what can be done with it"],
    ],
  },
  {
    title: "Alerts",
    keys: [
      ["j k", "next, previous alert"],
      ["Enter", "open the alert"],
      ["a", "take it"],
      ["v", "verdict"],
      ["c", "comment"],
      ["r", "resolve"],
      ["s", "snooze or mute"],
      ["e", "except from the rule"],
      ["n", "back to new, wake"],
      ["x", "mark; a v s r then act on all that is marked"],
    ],
  },
  {
    title: "Reviews",
    keys: [
      ["j k", "next, previous review"],
      ["Enter", "open the review"],
      ["c", "comment"],
      ["s", "sign"],
      ["Esc", "back to the list"],
    ],
  },
];

/** Lists every key. The platform's modal dialog keeps the focus inside and gives it back. */
export function Help({ open, onClose }: { open: boolean; onClose: () => void }) {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    if (open) dialog.current?.showModal();
    else dialog.current?.close();
  }, [open]);
  return (
    <dialog
      ref={dialog}
      aria-labelledby="help-title"
      onClose={onClose}
      onClick={(event) => {
        if (event.target === dialog.current) onClose();
      }}
      className="m-auto w-200 max-w-[calc(100vw-2rem)] rounded-lg border border-line bg-panel text-ink shadow-float"
    >
      <div className="p-5">
        <div className="mb-3 flex items-center justify-between">
          <h2 id="help-title" className="text-m font-semibold">
            Keyboard shortcuts
          </h2>
          <IconButton label="Close" onClick={onClose}>
            <X size={16} />
          </IconButton>
        </div>
        <div className="grid gap-6 text-s sm:grid-cols-2">
          {GROUPS.map((group) => (
            <section key={group.title}>
              <h3 className="mb-1 font-medium text-muted">{group.title}</h3>
              <dl className="grid grid-cols-[auto_1fr] items-center gap-x-3 gap-y-1">
                {group.keys.map(([keys, what]) => (
                  <div key={keys} className="contents">
                    <dt className="flex gap-1">
                      {keys.split(" ").map((key) => (
                        <Kbd key={key}>{key}</Kbd>
                      ))}
                    </dt>
                    <dd>{what}</dd>
                  </div>
                ))}
              </dl>
            </section>
          ))}
        </div>
      </div>
    </dialog>
  );
}

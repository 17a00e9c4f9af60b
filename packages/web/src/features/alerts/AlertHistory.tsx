// SPDX-License-Identifier: Apache-2.0
import type { AlertChange } from "../../shared/api/alert-types.js";
import { Text } from "../../shared/ui/Text.js";
import { Ago } from "../../shared/ui/Time.js";
import { toHistorySentence } from "./words.js";

/** Who decided what, and when; newest first. */
export function AlertHistory({ history }: { history: readonly AlertChange[] }) {
  if (history.length === 0) return null;
  return (
    <section aria-label="History" className="border-t border-line px-4 py-3 md:px-6">
      <h3 className="pb-1 text-s font-semibold">History</h3>
      <ol className="space-y-1.5 text-s">
        {history.toReversed().map((change, at) => (
          <li
            key={`${change.at}:${history.length - at}`}
            className="grid grid-cols-[7rem_minmax(0,1fr)] gap-x-3"
          >
            <span className="text-muted">
              <Ago time={change.at} />
            </span>
            <div className="min-w-0">
              <p>
                <Text>{toHistorySentence(change)}</Text>
              </p>
              {change.field === "comment" && change.to !== undefined && (
                <p className="mt-0.5 border-l-2 border-line pl-2 break-words whitespace-pre-wrap">
                  {change.to.split("\n").map((line, number) => (
                    <span key={number} className="block min-h-5">
                      <Text>{line}</Text>
                    </span>
                  ))}
                </p>
              )}
            </div>
          </li>
        ))}
      </ol>
    </section>
  );
}

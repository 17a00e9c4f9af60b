// SPDX-License-Identifier: Apache-2.0
import { Button } from "../../shared/ui/controls.js";
import { hidesReads } from "./own-reads.js";
import { rangeLabel } from "./time-range.js";
import { useEventsSearch } from "./useEventsPage.js";

/** Nothing found: which filter to drop. */
export function NoMatch() {
  const [search, change] = useEventsSearch();
  const filtered = search.q !== undefined;
  return (
    <div className="flex-1 border-t border-line bg-panel px-4 py-10 text-center md:px-6">
      <p className="font-medium">
        {filtered
          ? "Nothing matches this search in this range."
          : `No events: ${rangeLabel(search).toLowerCase()}.`}
      </p>
      <p className="mt-1 text-muted">
        {filtered
          ? "Drop the search, or look further back."
          : "Look further back. New events appear here as they are sealed."}
      </p>
      <div className="mt-4 flex flex-wrap justify-center gap-2">
        {filtered && <Button onClick={() => change({ q: undefined })}>Drop the search</Button>}
        {hidesReads(search) && (
          <Button onClick={() => change({ own: "1" })}>Show Telltale’s own reads</Button>
        )}
        {search.from !== "all" && (
          <Button onClick={() => change({ from: "all", to: undefined })}>Look in the whole log</Button>
        )}
      </div>
    </div>
  );
}

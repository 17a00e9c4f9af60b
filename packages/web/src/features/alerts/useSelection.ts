// SPDX-License-Identifier: Apache-2.0
import { useCallback, useState } from "react";
import type { Picked } from "./useAlerts.js";

export interface Selection {
  readonly ids: ReadonlySet<string>;
  /** Everything that the filter finds, loaded or not. */
  readonly all: boolean;
  readonly toggle: (id: string) => void;
  readonly markAll: () => void;
  readonly clear: () => void;
  /** What the server is told; undefined: nothing is marked. */
  readonly toPicked: (total: number) => Picked | undefined;
}

const NONE: ReadonlySet<string> = new Set();

/** What is marked for a change of many. It belongs to one filter: another filter begins with nothing marked. */
export function useSelection(filterKey: string): Selection {
  const [state, setState] = useState({ filterKey, ids: NONE, all: false });
  const current = state.filterKey === filterKey ? state : { filterKey, ids: NONE, all: false };
  const toggle = useCallback(
    (id: string) =>
      setState((before) => {
        const ids = new Set(before.filterKey === filterKey ? before.ids : NONE);
        if (!ids.delete(id)) ids.add(id);
        return { filterKey, ids, all: false };
      }),
    [filterKey],
  );
  const clear = useCallback(() => setState({ filterKey, ids: NONE, all: false }), [filterKey]);
  const { ids, all } = current;
  return {
    ids,
    all,
    toggle,
    clear,
    markAll: () => setState({ filterKey, ids, all: true }),
    toPicked: (total) => (all ? { all: total } : ids.size === 0 ? undefined : { ids: [...ids] }),
  };
}

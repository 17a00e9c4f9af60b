// SPDX-License-Identifier: Apache-2.0
import { useCallback, useSyncExternalStore } from "react";

/** Whether a media query holds, now and when it changes. */
export function useMedia(query: string): boolean {
  const subscribe = useCallback(
    (listener: () => void) => {
      const list = window.matchMedia(query);
      list.addEventListener("change", listener);
      return () => list.removeEventListener("change", listener);
    },
    [query],
  );
  return useSyncExternalStore(subscribe, () => window.matchMedia(query).matches);
}

/** From here on there is room for a rail and a table; the same width as the `md:` variants. */
export const WIDE = "(min-width: 52rem)";

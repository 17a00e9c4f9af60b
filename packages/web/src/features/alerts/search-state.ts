// SPDX-License-Identifier: Apache-2.0

export const FILTERS = ["open", "new", "in_progress", "resolved", "all"] as const;
export type AlertFilter = (typeof FILTERS)[number];

export interface AlertsSearch {
  /** Absent: `open`, which is new and in progress. */
  status?: AlertFilter;
  /** The alert whose details are shown. */
  alert?: string;
}

/** Reads an address that anybody may have written: what is malformed is left out. */
export function parseAlertsSearch(raw: Record<string, unknown>): AlertsSearch {
  const status = FILTERS.find((each) => each === raw["status"]);
  const alert = raw["alert"];
  return {
    ...(status === undefined || status === "open" ? {} : { status }),
    ...(typeof alert === "string" && /^[\w-]{1,64}$/.test(alert) ? { alert } : {}),
  };
}

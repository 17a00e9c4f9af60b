// SPDX-License-Identifier: Apache-2.0

/** What of the keys page is in its address. */
export interface KeysSearch {
  /** `all`: those that were revoked or have expired, too. */
  show?: "all";
  /** `1`: a key is being made. */
  add?: "1";
}

export function parseKeysSearch(raw: Record<string, unknown>): KeysSearch {
  return {
    ...(raw["show"] === "all" ? { show: "all" as const } : {}),
    ...(String(raw["add"]) === "1" ? { add: "1" as const } : {}),
  };
}

// SPDX-License-Identifier: Apache-2.0

/** What of the storage page is in its address. */
export interface StorageSearch {
  /** `1`: a hold is being placed. */
  hold?: "1";
}

export function parseStorageSearch(raw: Record<string, unknown>): StorageSearch {
  return String(raw["hold"]) === "1" ? { hold: "1" } : {};
}

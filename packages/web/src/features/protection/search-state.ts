// SPDX-License-Identifier: Apache-2.0

/** What of the protection page is in its address. What was pasted is not: an address is kept in places that nobody thinks of. */
export interface ProtectionSearch {
  /** Absent: the last 24 hours. */
  range?: "7d";
}

export function parseProtectionSearch(raw: Record<string, unknown>): ProtectionSearch {
  return raw["range"] === "7d" ? { range: "7d" } : {};
}

// SPDX-License-Identifier: Apache-2.0
import type { ProtectorOptions } from "@telltale/protect";

/** A policy that masks these kinds, and does with all others what is done without one. */
export function maskingPolicy(kinds: Iterable<string>): NonNullable<ProtectorOptions["policy"]> {
  return {
    version: "0000000000000000",
    profile: "plain",
    unknown: "keep",
    kinds: Array.from(kinds, (kind) => [kind, "mask"] as const),
    fields: [],
    tenants: [],
    names: { secret: [], plain: [] },
    patterns: [],
  };
}

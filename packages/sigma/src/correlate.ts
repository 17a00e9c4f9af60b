// SPDX-License-Identifier: Apache-2.0
import type { Correlator, CorrelatorOptions, RuleSet } from "./types.js";
export function createCorrelator(_ruleSet: RuleSet, _options: CorrelatorOptions = {}): Correlator {
  return {
    observe: () => [],
    snapshot: () => "{}",
    restore: () => undefined,
    stats: () => ({ keys: 0, entries: 0, evictions: 0 }),
  };
}

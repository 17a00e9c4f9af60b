// SPDX-License-Identifier: Apache-2.0
// Entry `@telltale/server/offline`: work on the log of a stopped server, without HTTP, index and workers.
export { parseReason, rotateKey } from "./log-key/rotate.js";
export { type OfflineLog, openOffline } from "./offline/open.js";
export {
  readOwnSources,
  readRuleSources,
  RulesError,
  type RuleSource,
  toDocuments,
} from "./pipeline/rules.js";
export { shippedRules } from "./rules-folder.js";
export { Replay, type BacktestReport } from "./rules/replay.js";
export { isRuleFault, selectId, selectText, type SelectedRules } from "./rules/select.js";
export type { BacktestAlert, BacktestDay } from "./rules/tally.js";
export { type Restored, restoreLog, type RestoreOptions } from "./offline/restore.js";

// SPDX-License-Identifier: Apache-2.0
// Entry `@telltale/server/offline`: work on the log of a stopped server, without HTTP, index and workers.
export { parseReason, rotateKey } from "./log-key/rotate.js";
export { type OfflineLog, openOffline } from "./offline/open.js";
export { type Restored, restoreLog, type RestoreOptions } from "./offline/restore.js";

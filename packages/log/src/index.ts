// SPDX-License-Identifier: Apache-2.0
export { LogError } from "./error.js";
export type { LogErrorCode } from "./error.js";
export { nodeFileSystem } from "./fs.js";
export type { FileSystem } from "./fs.js";
export { hashLeaves } from "./hash.js";
export { splitLines } from "./lines.js";
export { lockDirectory } from "./lock.js";
export type { DirectoryLock } from "./lock.js";
export { parseCertificate } from "./prune/certificate.js";
export type { PruneCertificate } from "./prune/certificate.js";
export type { PruneRequest } from "./prune/prune.js";
export { withRange } from "./prune/ranges.js";
export type { IndexRange } from "./prune/ranges.js";
export { openLog } from "./open.js";
export { verifyLog } from "./check.js";
export type {
  Appended,
  Checkpoint,
  ClosedSegment,
  Committed,
  LeafBatch,
  LineBatch,
  Log,
  OpenLogOptions,
  Overridable,
  Recovery,
  Segment,
  Verdict,
  VerifyLogOptions,
} from "./types.js";

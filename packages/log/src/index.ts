// SPDX-License-Identifier: Apache-2.0
export { findArchives, verifyArchive } from "./archive/check.js";
export type { ArchiveVerdict, VerifyArchiveOptions } from "./archive/check.js";
export { ARCHIVE_FORMAT, ARCHIVE_KEYS, MAX_ARCHIVE_MANIFEST } from "./archive/manifest.js";
export { LogError } from "./error.js";
export type { LogErrorCode } from "./error.js";
export { readDirectoryEvidence } from "./evidence/directory.js";
export type { DirectoryEvidence, DirectoryEvidenceOptions } from "./evidence/directory.js";
export { makeEvidence } from "./evidence/make.js";
export type { MakeEvidenceOptions } from "./evidence/make.js";
export { readMirrorEvidence } from "./evidence/mirror.js";
export { isEvidence, openEvidence } from "./evidence/open.js";
export type { OpenEvidence } from "./evidence/open.js";
export type { EvidenceRequest, EvidenceSource } from "./evidence/source.js";
export { nodeFileSystem } from "./fs.js";
export type { FileStat, FileSystem } from "./fs.js";
export { hashLeaves } from "./hash.js";
export { splitLines } from "./lines.js";
export { lockDirectory } from "./lock.js";
export type { DirectoryLock } from "./lock.js";
export { EventComparer, MirrorSide, compareSource } from "./mirror/against.js";
export type { Comparison, Relation } from "./mirror/against.js";
export { readMirror, verifyMirror } from "./mirror/check.js";
export type { MirrorState, VerifyMirrorOptions } from "./mirror/check.js";
export { DirectorySource } from "./mirror/directory.js";
export { keepEvidence } from "./mirror/evidence.js";
export { MirrorError } from "./mirror/error.js";
export type { MirrorErrorCode } from "./mirror/error.js";
export { fetchKeys, toKeys } from "./mirror/keys.js";
export { isMirror } from "./mirror/layout.js";
export type { MirrorPin } from "./mirror/pin.js";
export { pull } from "./mirror/pull.js";
export type { Pulled, PullOptions } from "./mirror/pull.js";
export { describeDamage, readHeld } from "./mirror/read.js";
export type { HeldEvents } from "./mirror/read.js";
export { fingerprintOf } from "./mirror/source.js";
export { verifySource } from "./mirror/verify-source.js";
export type { ReadableSource, VerifySourceOptions } from "./mirror/verify-source.js";
export type { MirrorSource } from "./mirror/source.js";
export { MirrorStore } from "./mirror/store.js";
export type { OpenMirrorOptions } from "./mirror/store.js";
export { parseCertificate } from "./prune/certificate.js";
export type { PruneCertificate } from "./prune/certificate.js";
export type { PruneRequest } from "./prune/prune.js";
export { withRange } from "./prune/ranges.js";
export type { IndexRange } from "./prune/ranges.js";
export { initWitness } from "./witness/init.js";
export { originHash, witnessPaths } from "./witness/layout.js";
export { addWatched } from "./witness/logs.js";
export type { WatchedLog } from "./witness/logs.js";
export { readWitness } from "./witness/read.js";
export type { WitnessedLog } from "./witness/read.js";
export { WitnessStore } from "./witness/store.js";
export type { Answer, OpenWitnessOptions } from "./witness/store.js";
export { WitnessedFile } from "./witness/witnessed-file.js";
export type { PredecessorVerdict } from "./successor/check.js";
export { copyPredecessor, listPredecessors, predecessorDir } from "./successor/copy.js";
export { parseSuccessorEvent } from "./successor/event.js";
export type { SuccessorFacts } from "./successor/event.js";
export { readKept } from "./successor/kept.js";
export { inspectPredecessor } from "./successor/predecessor.js";
export type { Predecessor, PredecessorOptions } from "./successor/predecessor.js";
export { parseAuthorities } from "./timestamp/chain.js";
export type { Authority as TimestampAuthority } from "./timestamp/chain.js";
export { DerError } from "./timestamp/der.js";
export {
  createRequest as createTimestampRequest,
  MAX_RESPONSE_BYTES as MAX_TIMESTAMP_BYTES,
  parseResponse as parseTimestampResponse,
} from "./timestamp/request.js";
export { keepTimestamp, readTimestamps } from "./timestamp/store.js";
export type { TimestampedHead } from "./timestamp/store.js";
export { verifyToken as verifyTimestamp } from "./timestamp/token.js";
export type { VerifiedToken as VerifiedTimestamp } from "./timestamp/token.js";
export { CLOCK_TOLERANCE_MS, openLog } from "./open.js";
export { verifyLog } from "./verify.js";
export type { WitnessTrust } from "./check/witnessed.js";
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

// SPDX-License-Identifier: Apache-2.0
// Entry `@telltale/merkle/evidence`: what a bundle of evidence is, and how it is checked, in Node and in a browser.
export { BufferedAccess } from "./buffered-access.js";
export { compareEvidence, EvidenceSide } from "./compare.js";
export type { ComparedEvidence, EvidenceRelation } from "./compare.js";
export { crc32 } from "./crc32.js";
export { LAYOUT, MAX_EVENTS, MAX_SMALL, proofName, readWhole } from "./files.js";
export type { EvidenceFiles } from "./files.js";
export { keyFingerprint } from "./fingerprint.js";
export { formatManifest, parseManifest } from "./manifest.js";
export type { Manifest, Selection } from "./manifest.js";
export { describeRanges, indicesOf, toRanges } from "./ranges.js";
export type { EvidenceRange } from "./ranges.js";
export { toExportRecord } from "./record.js";
export type {
  CheckedCheckpoint,
  CheckedEvent,
  EvidenceKey,
  EvidenceReport,
  EvidenceVerdict,
} from "./report.js";
export { verifyEvidence } from "./verify.js";
export type { VerifyEvidenceOptions } from "./verify.js";
export { ZipFiles } from "./zip.js";
export type { Inflate, RandomAccess } from "./zip.js";

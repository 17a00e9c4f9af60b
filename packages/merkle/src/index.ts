// SPDX-License-Identifier: Apache-2.0
export { equalBytes, parseBase64, parseDecimal, parseUtf8, toBase64 } from "./bytes.js";
export { formatBundle, MAX_ENTRY_BYTES, parseBundle } from "./bundle.js";
export { formatCheckpoint, parseCheckpoint, parseTreeHead, verifyCheckpoint } from "./checkpoint.js";
export type { TreeHead } from "./checkpoint.js";
export type { MerkleCrypto } from "./crypto.js";
export { firstDifference } from "./difference.js";
export { RightEdge } from "./edge.js";
export type { HashNode, OnTileHash } from "./edge.js";
export { MerkleError } from "./error.js";
export type { MerkleErrorCode } from "./error.js";
export { emptyRoot, HASH_BYTES, leafHash, nodeHash } from "./hash.js";
export {
  cosignedMessage,
  formatCosignature,
  formatNote,
  formatSignatures,
  parseCosignatureTime,
  parseNote,
  verifyNote,
} from "./note.js";
export type { NoteSignature, UnverifiedNote } from "./note.js";
export { formatPolicy, MAX_POLICY_BYTES, isQuorum, parsePolicy, policyOfAll } from "./policy.js";
export type { PolicyLog, PolicyWitness, QuorumRule, WitnessPolicy } from "./policy.js";
export { consistencyProof, inclusionProof, treeRoot } from "./proof.js";
export type { ReadNode } from "./proof.js";
export { rangeProof, verifyRange } from "./range.js";
export type { LeafRange } from "./range.js";
export {
  formatKeyHistory,
  keysFrom,
  MAX_KEY_CHANGES,
  MAX_KEY_HISTORY_BYTES,
  parseKeyChangeEvent,
  parseKeyHistory,
  verifyKeyChanges,
} from "./key-history.js";
export type { KeyChange, KeyChangeEvent, KeyHistory } from "./key-history.js";
export { rangeOfOne, speaksFor, verifyCheckpointBy } from "./key-ranges.js";
export type { KeyRange } from "./key-ranges.js";
export { formatReceipt, parseReceipt, verifyReceipt } from "./receipt.js";
export type { UnverifiedReceipt } from "./receipt.js";
export { formatTilePath, parseTilePath, partialWidth, TILE_WIDTH } from "./tile.js";
export type { TileAddress } from "./tile.js";
export { TrustedTiles } from "./trusted-tiles.js";
export type { ReadTile } from "./trusted-tiles.js";
export {
  provesContradiction,
  verifyConsistency,
  verifyInclusion,
  verifySubtreeConsistency,
  verifySubtreeInclusion,
} from "./verify.js";
export type {
  ConsistencyClaim,
  InclusionClaim,
  SubtreeConsistencyClaim,
  SubtreeInclusionClaim,
} from "./verify.js";
export { ED25519, ED25519_COSIGNATURE, formatVkey, isKeyName, parseVkey, toKeyId } from "./vkey.js";
export type { VerifierKey } from "./vkey.js";
export {
  formatAddCheckpoint,
  MAX_WITNESS_BYTES,
  parseAddCheckpoint,
  parseCosignature,
  parseSizeAnswer,
} from "./witness.js";
export type { AddCheckpoint, Cosignature } from "./witness.js";
export { verifyWitnessed } from "./witnessed.js";
export type { Witnessed } from "./witnessed.js";

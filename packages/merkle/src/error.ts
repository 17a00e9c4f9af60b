// SPDX-License-Identifier: Apache-2.0

/** What a `MerkleError` can mean. Closed: a caller may switch over it. */
export type MerkleErrorCode =
  | "bad_base64"
  | "bad_bundle"
  | "bad_checkpoint"
  | "bad_evidence"
  | "bad_hash"
  | "bad_key"
  | "bad_key_history"
  | "bad_note"
  | "bad_number"
  | "bad_policy"
  | "bad_proof"
  | "bad_range"
  | "bad_receipt"
  | "bad_request"
  | "bad_tile"
  | "bad_utf8"
  | "key_out_of_range"
  | "key_unknown"
  | "proof_mismatch"
  | "signature_invalid"
  | "signature_missing"
  | "wrong_origin";

/** The one error of this package: `bad_*` means malformed input, the others that a claim does not hold. */
export class MerkleError extends Error {
  readonly code: MerkleErrorCode;

  constructor(code: MerkleErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "MerkleError";
    this.code = code;
  }
}

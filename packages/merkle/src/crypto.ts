// SPDX-License-Identifier: Apache-2.0

/** The two primitives everything here is built on; see `@telltale/merkle/node` and `@telltale/merkle/noble`. */
export interface MerkleCrypto {
  /** SHA-256 of `data`, 32 bytes. */
  sha256(data: Uint8Array): Uint8Array;
  /** Ed25519 (RFC 8032) over `message`; false, never an exception, when it does not hold. */
  verifyEd25519(publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean;
}

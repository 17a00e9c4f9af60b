// SPDX-License-Identifier: Apache-2.0
export type { MerkleCrypto } from "./crypto.js";
export { MerkleError } from "./error.js";
export type { MerkleErrorCode } from "./error.js";

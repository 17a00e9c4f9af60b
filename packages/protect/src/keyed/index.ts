// SPDX-License-Identifier: Apache-2.0
export { type ActKeys, createActs } from "./create-acts.js";
export { encryptValue, openEncrypted } from "./encrypt.js";
export { OpenError, type OpenErrorCode } from "./open-error.js";
export { createSealedReader, generateSealKeys, openSealed, type SealKeys } from "./sealed.js";
export { createThrowawayActs } from "./throwaway.js";
export { normalizeForToken, tokenOf } from "./token.js";

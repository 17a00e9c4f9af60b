// SPDX-License-Identifier: Apache-2.0
export type { ProtectedField } from "./path.js";
export {
  createProtector,
  type ProtectedText,
  type Protector,
  type ProtectorOptions,
  protectText,
  type UserPatterns,
} from "./protector.js";

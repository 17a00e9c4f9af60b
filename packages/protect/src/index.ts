// SPDX-License-Identifier: Apache-2.0
export {
  type Acts,
  type DataKey,
  type EncryptContext,
  isAlias,
  type SubjectRecord,
  type Subjects,
} from "./act/acts.js";
export {
  isMarker,
  type KeyedMarker,
  markEncrypted,
  markersOf,
  markSealed,
  markToken,
  parseMarker,
  type Span,
} from "./act/marker.js";
export type { CredentialSeen } from "./act/treatment.js";
export { createKeyLines, type KeyLine, type KeyLines } from "./find/private-key/across.js";
export {
  buildProtector,
  type Preview,
  type ProtectContext,
  type ProtectedText,
  type Protector,
  type UserPatterns,
} from "./core.js";
export type { ProtectedField } from "./path.js";
export type { CompiledPolicy, FieldAct, FieldRule, KindAct, PolicyRules } from "./policy/compiled.js";
export { createProtector, type ProtectorOptions, protectText } from "./protector.js";

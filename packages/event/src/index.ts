// SPDX-License-Identifier: Apache-2.0
export { canonicalJson } from "./canonical.js";
export { escapeDeceptive, neutralize } from "./characters.js";
export { toEcs } from "./ecs.js";
export { EventError, type EventErrorCode } from "./error.js";
export { normalizeEvent, type NormalizeContext, type Normalized } from "./normalize.js";
export { toOcsf } from "./ocsf.js";
export { addProtected } from "./protected.js";
export { isCanonical } from "./scan.js";
export {
  type Actor,
  type Change,
  type Client,
  EVENT_SHAPE,
  type Fields,
  type FieldShape,
  type Level,
  LIMITS,
  type Money,
  type Outcome,
  type Protected,
  type ProtectedField,
  type RequestInfo,
  type SecurityEvent,
  type SentEvent,
  type Source,
  type Target,
} from "./shape.js";
export { formatLine, toSentence } from "./text.js";
export { isTime, parseTime } from "./time.js";
export { isUuid, uuidV7, uuidV8 } from "./uuid.js";
export {
  findAction,
  isReservedAction,
  VOCABULARY,
  type VocabularyAction,
  type VocabularyEntry,
  type VocabularyFamilies,
} from "./vocabulary.js";

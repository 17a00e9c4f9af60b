// SPDX-License-Identifier: Apache-2.0
export type { SentEvent, VocabularyAction } from "@telltale/event";
export type { AuditOptions } from "./audit.js";
export type { TelltaleContext } from "./context.js";
export type { DecisionOptions, Decisions, Verdict } from "./decisions/decisions.js";
export type { Decision, DecisionSubject } from "./decisions/known.js";
export type { DecisionKind } from "./decisions/told.js";
export { TelltaleError, type TelltaleErrorCode } from "./error.js";
export type { ActorInput, EventDetails, EventInput, HelperInput, Helpers } from "./helper-types.js";
export type { TelltaleOptions } from "./options.js";
export { createTelltale, type Telltale, type TelltaleStats } from "./telltale.js";

// SPDX-License-Identifier: Apache-2.0
export { SigmaError } from "./errors.js";
export type { Place, SigmaErrorCode } from "./errors.js";
export { parseSigma } from "./parse.js";
export type { ParseOptions } from "./parse.js";
export { RESPOND_FIELDS } from "./respond.js";
export { compileRules } from "./compile.js";
export { createCorrelator } from "./correlate.js";
export type {
  CompiledCorrelation,
  CompiledRule,
  Correlator,
  CorrelatorOptions,
  CorrelatorStats,
  Finding,
  Observation,
  RuleSet,
  SigmaCorrelation,
  SigmaDocument,
  SigmaLevel,
  SigmaMetadata,
  SigmaRespond,
  SigmaRule,
} from "./types.js";

// SPDX-License-Identifier: Apache-2.0
export { SigmaError } from "./errors.js";
export type { Place, SigmaErrorCode } from "./errors.js";
export { parseSigma } from "./parse.js";
export type { ParseOptions } from "./parse.js";
export { compileRules } from "./compile.js";
export { createCorrelator } from "./correlate.js";
export type {
  AggregateBound,
  Bound,
  CompiledCorrelation,
  CompiledRule,
  CorrelationExtension,
  CorrelationType,
  Correlator,
  CorrelatorOptions,
  CorrelatorStats,
  Finding,
  Observation,
  RuleCondition,
  RuleSet,
  SigmaCorrelation,
  SigmaDocument,
  SigmaLevel,
  SigmaMetadata,
  SigmaRule,
  WindowAggregate,
} from "./types.js";

// SPDX-License-Identifier: Apache-2.0
export { SigmaError } from "./errors.js";
export type { Place, SigmaErrorCode } from "./errors.js";
export { parseSigma } from "./parse.js";
export type { ParseOptions } from "./parse.js";
export type { FilterCondition } from "./filter.js";
export { applyPipeline } from "./pipeline/apply.js";
export { parsePipeline } from "./pipeline/parse.js";
export type { Pipeline } from "./pipeline/pipeline.js";
export { compileRules } from "./compile.js";
export type { CompileOptions } from "./compile.js";
export { createCorrelator } from "./correlate.js";
export type {
  AggregateBound,
  Bound,
  CompiledCorrelation,
  CompiledException,
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
  SigmaFilter,
  SigmaLevel,
  SigmaMetadata,
  SigmaRule,
  WindowAggregate,
} from "./types.js";

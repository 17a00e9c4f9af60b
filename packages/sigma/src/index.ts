// SPDX-License-Identifier: Apache-2.0
export { SigmaError } from "./errors.js";
export type { Place, SigmaErrorCode } from "./errors.js";
export { parseSigma } from "./parse.js";
export type { ParseOptions } from "./parse.js";
export type { FilterCondition } from "./filter.js";
export { explainRule } from "./explain/explain.js";
export type { ExplainedNode, Explanation } from "./explain/explain.js";
export { renderExplanation } from "./explain/render.js";
export { applyPipeline } from "./pipeline/apply.js";
export { parsePipeline } from "./pipeline/parse.js";
export type { Pipeline } from "./pipeline/pipeline.js";
export { RESPOND_FIELDS } from "./respond.js";
export { compileRules } from "./compile.js";
export type { CompileOptions } from "./compile.js";
export { createCorrelator } from "./correlate.js";
export { explainCorrelation } from "./explain-correlation.js";
export type { CorrelationExplanation, ExplainedEvent, GroupExplanation } from "./explain-correlation.js";
export { correlationInWords } from "./words.js";
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
  SigmaRespond,
  SigmaRule,
  WindowAggregate,
} from "./types.js";
export { toSql } from "./sql/to-sql.js";
export type { SqlOptions, SqlPlan } from "./sql/to-sql.js";
export { duckDb } from "./sql/duckdb.js";
export type { SqlDialect } from "./sql/dialect.js";
export type { CorrelationQuery } from "./sql/correlations.js";
export type { RuleQuery } from "./sql/rules.js";
export type { EachColumn, JsonColumn, SqlColumn, SqlSource, ValueColumn } from "./sql/source.js";

// SPDX-License-Identifier: Apache-2.0
export { SigmaError } from "./errors.js";
export type { Place, SigmaErrorCode } from "./errors.js";
export { parseSigma } from "./parse.js";
export type { ParseOptions } from "./parse.js";
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
  SigmaRule,
} from "./types.js";
export { toSql } from "./sql/to-sql.js";
export type { SqlOptions, SqlPlan } from "./sql/to-sql.js";
export { clickHouse } from "./sql/clickhouse.js";
export { duckDb } from "./sql/duckdb.js";
export type { SqlDialect } from "./sql/dialect.js";
export type { CorrelationQuery } from "./sql/correlations.js";
export type { RuleQuery } from "./sql/rules.js";
export type { EachColumn, JsonColumn, SqlColumn, SqlSource, ValueColumn } from "./sql/source.js";

// SPDX-License-Identifier: Apache-2.0
// Entry `@telltale/server/sources`: reading other programs' logs, without the rest of the server.
export { findSource, SOURCES } from "./pipeline/normalize/sources/registry.js";
export { SourceError } from "./pipeline/normalize/sources/source.js";
export type {
  LineParser,
  LineSource,
  ParsedLine,
  SourceErrorCode,
  SourceEvent,
  SourceOptions,
} from "./pipeline/normalize/sources/source.js";

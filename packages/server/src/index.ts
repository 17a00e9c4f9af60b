// SPDX-License-Identifier: Apache-2.0
export { ConfigError } from "./config/config-error.js";
export { DEFAULTS, parseConfig } from "./config/config.js";
export type { Config, LoadedConfig } from "./config/config.js";
export { findUnknownEnv, readEnv } from "./config/env.js";
export type { RawConfig } from "./config/env.js";
export { startServer } from "./server.js";
export type { RunningServer, StartOptions } from "./server.js";
export { readVersion } from "./version.js";

// SPDX-License-Identifier: Apache-2.0
export { FaultFs } from "./fault-fs.js";
export type { Fault, FaultCall, FaultMode } from "./fault-fs.js";
export { tempDir } from "./temp.js";
export type { TempDir } from "./temp.js";
export { TestLog, toBatch } from "./test-log.js";
export type { TestLogOptions } from "./test-log.js";
export { Random } from "./random.js";
export { Traffic, type TrafficOptions } from "./traffic.js";
export { ChainSender, type ChainSenderOptions } from "./chain-sender.js";

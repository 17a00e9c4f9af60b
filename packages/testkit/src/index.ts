// SPDX-License-Identifier: Apache-2.0
export { FaultFs } from "./fault-fs.js";
export type { Fault, FaultCall, FaultMode } from "./fault-fs.js";
export { ModelDisk } from "./disk/model-disk.js";
export type { DiskPlan } from "./disk/model-disk.js";
export type { CutStyle } from "./disk/model-file.js";
export { certificateOf, Ledger, readLines, toBatch } from "./ledger.js";
export type { Fate } from "./ledger.js";
export { runPowerCuts } from "./power-cut.js";
export type { PowerCutReport } from "./power-cut.js";
export { tempDir } from "./temp.js";
export type { TempDir } from "./temp.js";
export { TestLog } from "./test-log.js";
export type { TestLogOptions } from "./test-log.js";
export { Random } from "./random.js";
export { Traffic, type TrafficOptions } from "./traffic.js";
export { ChainSender, type ChainSenderOptions } from "./chain-sender.js";

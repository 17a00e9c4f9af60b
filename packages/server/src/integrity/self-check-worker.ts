// SPDX-License-Identifier: Apache-2.0
import { parentPort, workerData } from "node:worker_threads";
import { verifyLog } from "@telltale/log";

const options = workerData as { dataDir: string; vkey: string; headDir?: string };
const verdict = await verifyLog(options);
parentPort?.postMessage(verdict);

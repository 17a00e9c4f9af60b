// SPDX-License-Identifier: Apache-2.0
import { parentPort, workerData } from "node:worker_threads";
import { verifyLog } from "@telltale/log";

const { dataDir, vkey } = workerData as { dataDir: string; vkey: string };
const verdict = await verifyLog({ dataDir, vkey });
parentPort?.postMessage(verdict);

// SPDX-License-Identifier: Apache-2.0
import type { SecurityEvent } from "@telltale/event";
import { LogError } from "@telltale/log";

/** What reading evidence needs of the log. */
export interface EvidenceLog {
  readonly size: number;
  read(from: number, to: number): Promise<{ bytes: Buffer; ends: Uint32Array }>;
}

/** One event as it is sealed. Undefined for one that retention has removed. */
export async function readSealed(
  log: Pick<EvidenceLog, "read">,
  index: number,
): Promise<SecurityEvent | undefined> {
  try {
    const { bytes, ends } = await log.read(index, index + 1);
    return JSON.parse(bytes.toString("utf8", 0, (ends[0] ?? 1) - 1)) as SecurityEvent;
  } catch (error) {
    if (error instanceof LogError && error.code === "pruned") return undefined;
    throw error;
  }
}

// SPDX-License-Identifier: Apache-2.0
import type { SentEvent } from "@telltale/event";
import type { SelfEvent } from "../self-log.js";
import type { WitnessSettings } from "../witness/settings.js";
import { EvidenceExports, type EvidenceExportsParts } from "./exports.js";

export interface OpenExportsParts extends Omit<EvidenceExportsParts, "sealAt" | "policy" | "now"> {
  pipeline: { ingestInternal(events: readonly SentEvent[]): Promise<{ first: number | null }> };
  selfLog: { complete(event: SelfEvent): SentEvent };
  settings: WitnessSettings | undefined;
}

/** The exports of a running server. */
export function openExports({ pipeline, selfLog, settings, ...parts }: OpenExportsParts): EvidenceExports {
  return new EvidenceExports({
    ...parts,
    policy: settings?.policy,
    sealAt: async (event) => (await pipeline.ingestInternal([selfLog.complete(event)])).first,
    now: Date.now,
  });
}

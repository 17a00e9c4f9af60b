// SPDX-License-Identifier: Apache-2.0
import { LogError, makeEvidence } from "@telltale/log";
import type { WitnessPolicy } from "@telltale/merkle";
import { type Selection, toExportRecord } from "@telltale/merkle/evidence";
import { nodeCrypto } from "@telltale/merkle/node";
import { ApiError } from "../errors.js";
import type { WitnessReader } from "../routes/deps.js";
import type { SelfEvent } from "../self-log.js";
import { type ExportedLog, toEvidenceSource } from "./log-source.js";
import { selectEvents, type SelectParts, type Selected, type Wanted } from "./select.js";

export interface EvidenceExportsParts extends SelectParts {
  log: ExportedLog;
  witnesses: WitnessReader | undefined;
  /** Whom this server is configured to believe. */
  policy: WitnessPolicy | undefined;
  /** Seals an event and says where; null when it stands nowhere. */
  sealAt(event: SelfEvent): Promise<number | null>;
  /** ms since 1970. */
  now: () => number;
  version: string;
}

export interface ExportRequest {
  wanted: Wanted;
  /** The newest so many. */
  limit: number;
  /** Who asks, from where. */
  by: Pick<SelfEvent, "actor" | "client">;
}

/** A bundle that is about to be read. */
export interface Export {
  /** Events in it, the record of the export among them. */
  events: number;
  /** More was found than the limit allowed. */
  limited: boolean;
  pieces: AsyncGenerator<Buffer>;
  /** Call when it was read or nobody wants it any more. */
  readonly done: () => void;
}

/** Proofs cost the thread that also takes events in: two people may have theirs at once. */
const MAX_RUNNING = 2;

const toTime = (ms: number): string => new Date(ms).toISOString();

function toSelection(wanted: Wanted): Selection {
  if (wanted.kind === "alert") return { alert: wanted.id };
  if (wanted.kind === "index") return { index: wanted.index };
  const { query, from, to } = wanted;
  return {
    query,
    ...(from === undefined ? {} : { from: toTime(from) }),
    ...(to === undefined ? {} : { to: toTime(to) }),
  };
}

/**
 * Bundles of evidence out of the running log. Each is an event of the log itself (`log_exported`) before its first byte leaves: it
 * says who took what, and the bundle holds it, so that nothing can be taken out of the bundle unseen.
 */
export class EvidenceExports {
  readonly #parts: EvidenceExportsParts;
  #running = 0;

  constructor(parts: EvidenceExportsParts) {
    this.#parts = parts;
  }

  /** ApiError `not_found` (nothing to export), `pruned` (all of it is gone), `overloaded`; SearchError and QueryError pass. */
  async begin(request: ExportRequest): Promise<Export> {
    if (this.#running >= MAX_RUNNING) throw new ApiError("overloaded", { retryAfter: 5 });
    this.#running++;
    let isOpen = true;
    const done = (): void => {
      if (isOpen) this.#running--;
      isOpen = false;
    };
    try {
      return { ...(await this.#make(request)), done };
    } catch (error) {
      done();
      throw error;
    }
  }

  async #make({ wanted, limit, by }: ExportRequest): Promise<Omit<Export, "done">> {
    const { log, witnesses, policy, now, version } = this.#parts;
    const selected = await selectEvents(this.#parts, wanted, limit);
    const isKept = (index: number): boolean => log.firstKept(index) === index;
    const kept = selected.indices.filter(isKept);
    if (selected.indices.length === 0) {
      throw new ApiError("not_found", { message: "Nothing was found: there is no evidence to export." });
    }
    if (kept.length === 0) throw new ApiError("pruned");
    const record = await this.#record(kept, selected, wanted, by);
    const indices = record === null ? kept : [...kept, record];
    const source = toEvidenceSource(log, witnesses, policy);
    const pieces = await makeEvidence(source, {
      log: "main",
      selection: toSelection(wanted),
      indices,
      missing: selected.indices.filter((index) => !isKept(index)),
      limited: selected.limited,
      complete: selected.complete,
      ...(record === null ? {} : { record }),
      made: toTime(now()),
      by: `telltale ${version}`,
    }).catch((error: unknown) => {
      // Retention took an event in the meantime.
      if (error instanceof LogError && error.code === "pruned")
        throw new ApiError("pruned", { cause: error });
      throw error;
    });
    return { events: indices.length, limited: selected.limited, pieces };
  }

  /** Durable before anything is handed out. */
  #record(
    kept: readonly number[],
    { limited }: Selected,
    wanted: Wanted,
    by: ExportRequest["by"],
  ): Promise<number | null> {
    const target = wanted.kind === "alert" ? { type: "alert", id: wanted.id } : { type: "log", id: "main" };
    return this.#parts.sealAt({
      action: "log_exported",
      outcome: "success",
      message: "Events were exported as evidence",
      targets: [target],
      ...by,
      data: { ...toSelection(wanted), ...toExportRecord(nodeCrypto, kept), ...(limited ? { limited } : {}) },
    });
  }
}

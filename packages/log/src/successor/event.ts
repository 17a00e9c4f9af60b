// SPDX-License-Identifier: Apache-2.0

/** What the first event of a successor log binds: where the old log stood, as far as anybody knows, and what of it is kept. */
export interface SuccessorFacts {
  /** Of the old log, with a key that leads to its newest one. */
  origin: string;
  vkey: string;
  /** The newest signed checkpoint of the old log that was known; null when there was none. */
  checkpoint: string | null;
  /** The first events of the old log that are kept, and the RFC 6962 root of exactly these, in hex. */
  kept: { size: number; root: string };
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/**
 * The facts in a line, when it is the event of a successor log: `log_successor_started` of Telltale itself (`via` is stamped by
 * the server, so no sender can claim it). Hostile input: never throws.
 */
export function parseSuccessorEvent(line: Uint8Array): SuccessorFacts | undefined {
  let event: unknown;
  try {
    event = JSON.parse(Buffer.from(line).toString("utf8"));
  } catch {
    return undefined;
  }
  if (!isRecord(event) || event.via !== "telltale" || event.action !== "log_successor_started")
    return undefined;
  const { data } = event;
  if (!isRecord(data) || !isRecord(data.kept)) return undefined;
  const { origin, vkey, checkpoint, kept } = data;
  if (typeof origin !== "string" || typeof vkey !== "string") return undefined;
  if (checkpoint !== null && typeof checkpoint !== "string") return undefined;
  if (typeof kept.size !== "number" || !Number.isSafeInteger(kept.size) || kept.size < 0) return undefined;
  if (typeof kept.root !== "string" || !/^[0-9a-f]{64}$/.test(kept.root)) return undefined;
  return { origin, vkey, checkpoint, kept: { size: kept.size, root: kept.root } };
}

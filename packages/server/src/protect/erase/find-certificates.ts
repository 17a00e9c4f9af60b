// SPDX-License-Identifier: Apache-2.0
import type { SecurityEvent } from "@telltale/event";
import { z } from "zod";
import { SELF_VIA } from "../../pipeline/stages.js";

/** What a certificate in the log says was destroyed. */
export interface Destroyed {
  readonly alias: string;
  /** Ids of data keys. */
  readonly keys: readonly string[];
  readonly at: string;
}

const NEEDLE = Buffer.from('"action":"log_erased"');
const NEWLINE = 10;

const certificate = z.object({
  targets: z.array(z.object({ type: z.literal("subject"), id: z.string() })).min(1),
  data: z.object({ keyIds: z.array(z.string()), destroyed: z.string() }),
});

/** The certificates of erasures in lines of the log. */
export function findCertificates(lines: Buffer): Destroyed[] {
  const found: Destroyed[] = [];
  for (let at = lines.indexOf(NEEDLE); at !== -1; ) {
    const start = lines.lastIndexOf(NEWLINE, at) + 1;
    const newline = lines.indexOf(NEWLINE, at);
    const end = newline === -1 ? lines.length : newline;
    const destroyed = parseCertificate(lines.toString("utf8", start, end));
    if (destroyed !== undefined) found.push(destroyed);
    at = lines.indexOf(NEEDLE, end);
  }
  return found;
}

function parseCertificate(line: string): Destroyed | undefined {
  let event: SecurityEvent;
  try {
    event = JSON.parse(line) as SecurityEvent;
  } catch {
    return undefined; // damaged: whoever reads the log says so
  }
  // The needle may stand in a text of a sender. What `via` says was written by the server.
  if (event.via !== SELF_VIA || event.action !== "log_erased") return undefined;
  const parsed = certificate.safeParse(event);
  if (!parsed.success) return undefined;
  const { targets, data } = parsed.data;
  return { alias: targets[0]!.id, keys: data.keyIds, at: data.destroyed };
}

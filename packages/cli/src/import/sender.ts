// SPDX-License-Identifier: Apache-2.0
import { type IngestAnswer, toIngestAnswer } from "../client/answers.js";
import type { Client } from "../client/client.js";
import { requestPatiently } from "../client/retry.js";
import { CliFailure } from "../failure.js";
import type { CliIo } from "../io.js";

/** Events of one request and the file's line of each. */
export interface Batch {
  lines: number[];
  events: string[];
  bytes: number;
}

/** Sends one batch until the server has acknowledged it. Throws CliFailure. */
export type Sender = (batch: Batch) => Promise<IngestAnswer>;

/** Well below the server's bound for a body. */
export const MAX_BATCH_BYTES = 4 * 1024 * 1024;

const PATIENCE = { tries: 12, maxPauseMs: 15_000 };
const ANSWER_MS = 120_000;

export function createSender(io: CliIo, client: Client): Sender {
  const state = { answered: false };
  return async (batch) => {
    const body = `${batch.events.join("\n")}\n`;
    // True now: nothing of the batch, or, in a later try, perhaps all of it is in the log. If we die here the batch
    // may be in the log unheard of. The next import of the file repairs it: every event has the same id again.
    const send = (): Promise<Response> =>
      client.request("/v1/events", {
        method: "POST",
        headers: { "content-type": "application/x-ndjson" },
        body,
        // Ctrl-C lets the batch under way finish, so that the summary is true.
        signal: AbortSignal.timeout(ANSWER_MS),
      });
    const response = await requestPatiently(io, client, send, PATIENCE, state);
    if (!response.ok) throw await client.toFailure(response);
    const answer = toIngestAnswer(await response.json().catch(() => undefined));
    if (answer !== undefined) return answer;
    throw new CliFailure(
      "unreachable",
      `${client.url} did not answer as a Telltale server does`,
      "Check the address",
    );
  };
}

// SPDX-License-Identifier: Apache-2.0
import type { BacktestReport } from "@telltale/server/offline";
import { createClient } from "../client/client.js";
import { CliFailure } from "../failure.js";
import type { CliIo } from "../io.js";
import type { ClientOptions } from "../options.js";
import { toBacktestAnswer } from "./answer.js";

export interface BacktestQuestion {
  /** The text of a rule, or the id of one in force. */
  readonly rule?: string;
  readonly id?: string;
  /** RFC 3339. */
  readonly since: string;
  readonly until?: string;
}

/** Longer lines no server sends: a report names at most 120 alerts. */
const MAX_LINE = 16 * 1_048_576;

/** Asks a server. Throws CliFailure for everything but a report. */
export async function backtestOnServer(
  io: CliIo,
  options: ClientOptions,
  question: BacktestQuestion,
  onProgress: (done: number, total: number) => void,
): Promise<BacktestReport> {
  const client = createClient(io, options, "read");
  const response = await client.request("/v1/rules/backtest", {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(question),
  });
  if (!response.ok) throw await client.toFailure(response);
  const broken = (cause?: unknown): CliFailure =>
    io.signal.aborted
      ? new CliFailure("interrupted", "stopped")
      : new CliFailure("unreachable", `the answer of ${client.url} was cut or is no backtest`, undefined, {
          cause,
        });
  if (response.body === null) throw broken();
  try {
    for await (const line of toLines(response.body as AsyncIterable<Uint8Array>)) {
      const answer = toBacktestAnswer(line);
      if (answer === undefined) break;
      if (answer.kind === "report") return answer.report;
      onProgress(answer.done, answer.total);
    }
  } catch (cause) {
    throw broken(cause);
  }
  throw broken();
}

async function* toLines(body: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let rest = "";
  for await (const piece of body) {
    rest += decoder.decode(piece, { stream: true });
    const lines = rest.split("\n");
    rest = lines.pop() ?? "";
    if (rest.length > MAX_LINE) throw new Error("a line without an end");
    yield* lines;
  }
}

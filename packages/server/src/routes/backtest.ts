// SPDX-License-Identifier: Apache-2.0
import { Readable } from "node:stream";
import { z } from "zod";
import { ApiError } from "../errors.js";
import type { Backtests } from "../rules/backtests.js";
import { isRuleFault, type SelectedRules } from "../rules/select.js";
import type { Api } from "./define.js";
import type { ReadAudit } from "./read-audit.js";
import { parseTime } from "./time.js";

export interface BacktestRouteParts {
  backtests: Pick<Backtests, "select" | "begin">;
  audit: ReadAudit;
  now: () => number;
}

const DEFAULT_SINCE = "-90d";

const body = z
  .strictObject({
    rule: z.string().min(1).max(60_000).optional(),
    id: z.string().min(1).max(256).optional(),
    since: z.string().max(40).default(DEFAULT_SINCE),
    until: z.string().max(40).optional(),
  })
  .refine(({ rule, id }) => (rule === undefined) !== (id === undefined), "name either `rule` or `id`");

/** The rules that are asked for. What is wrong with them is told with line and key. */
function select(
  backtests: Pick<Backtests, "select">,
  asked: { rule?: string | undefined; id?: string | undefined },
): SelectedRules {
  try {
    return backtests.select(asked.rule === undefined ? { id: asked.id ?? "" } : { rule: asked.rule });
  } catch (error) {
    if (!isRuleFault(error)) throw error;
    if (error.code === "no_such_rule") throw new ApiError("not_found", { message: error.message });
    throw new ApiError("bad_request", { message: error.message.slice(0, 500) });
  }
}

/** What rules would have found: tells how far it is, one JSON object a line, and ends with the report. */
export function registerBacktest(api: Api, { backtests, audit, now }: BacktestRouteParts): void {
  api.route(
    {
      method: "POST",
      url: "/v1/rules/backtest",
      access: "alerts.read",
      summary:
        "What a rule (its YAML, or the id of one in force) would have found since a time: lines of JSON, `progress` and at last `report`",
      body,
      answer: "application/x-ndjson",
      errors: ["not_found", "overloaded"],
    },
    ({ body, request, reply }) => {
      const since = parseTime("since", body.since, now()) as number;
      const until = parseTime("until", body.until, now()) ?? now();
      if (since >= until) throw new ApiError("bad_request", { message: "since: must be before until." });
      const rules = select(backtests, body);
      const backtest = backtests.begin(rules, since, until);
      if (backtest === undefined)
        throw new ApiError("overloaded", { message: "Another backtest is running.", retryAfter: 10 });
      audit.searched(request, "backtest", [...rules.wanted].join(" ").slice(0, 500));
      const lines = Readable.from(toLines(backtest.news));
      // Also when the reader hangs up, which a generator would not notice before its next piece.
      lines.once("close", backtest.done);
      void reply.type("application/x-ndjson").header("x-accel-buffering", "no").send(lines);
      return undefined;
    },
  );
}

async function* toLines(news: AsyncIterable<object>): AsyncGenerator<string> {
  for await (const each of news) yield `${JSON.stringify(each)}\n`;
}

// SPDX-License-Identifier: Apache-2.0
import type { RuleSource } from "../pipeline/rules.js";
import { type BacktestLimits, type BacktestNews, type BacktestParts, runBacktest } from "./backtest.js";
import { selectId, selectText, type SelectedRules } from "./select.js";

export interface BacktestsOptions extends BacktestParts {
  /** The rules in force. */
  readonly rules: () => readonly RuleSource[];
  readonly limits?: BacktestLimits;
}

/** A backtest under way. It begins with the first piece of news that is asked for. */
export interface Backtest {
  readonly rules: SelectedRules;
  readonly news: AsyncGenerator<BacktestNews>;
  /** Ends it and gives the place free. To be called in any case; more than once does no harm. */
  readonly done: () => void;
}

/** Runs one backtest at a time: each takes half a thread. */
export class Backtests {
  readonly #options: BacktestsOptions;
  #running: AbortController | undefined;

  constructor(options: BacktestsOptions) {
    this.#options = options;
  }

  /** The rules that are asked for. Throws SigmaError and SelectError. */
  select(asked: { readonly rule: string } | { readonly id: string }): SelectedRules {
    const inForce = this.#options.rules();
    return "rule" in asked ? selectText(asked.rule, "rule", inForce) : selectId(asked.id, inForce);
  }

  /** Undefined while another one runs. */
  begin(rules: SelectedRules, since: number, until: number): Backtest | undefined {
    if (this.#running !== undefined) return undefined;
    const controller = new AbortController();
    this.#running = controller;
    return {
      rules,
      news: runBacktest(this.#options, { rules, since, until }, controller.signal, this.#options.limits),
      done: () => {
        controller.abort();
        if (this.#running === controller) this.#running = undefined;
      },
    };
  }

  close(): void {
    this.#running?.abort();
  }
}

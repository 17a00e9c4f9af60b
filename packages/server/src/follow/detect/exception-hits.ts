// SPDX-License-Identifier: Apache-2.0
import { compileRules, type RuleSet } from "@telltale/sigma";
import type { ExceptionHits } from "../../alert/exceptions/source.js";

/**
 * Counts which exception kept which event from matching its rule. Hints of the ingest workers do not say that, so events are
 * asked here, and only those rules that have exceptions: without any, nothing is parsed or asked. A replay counts again.
 */
export class ExceptionCounter {
  /** The rules that have exceptions, as they are without them: with the index of a rule set. */
  readonly #bare: RuleSet | undefined;
  readonly #excepted: readonly RuleSet["rules"][number][];
  readonly #hits = new Map<string, number>();

  constructor(rules: RuleSet) {
    this.#excepted = rules.rules.filter(({ exceptions }) => exceptions.length > 0);
    if (this.#excepted.length > 0) this.#bare = compileRules(this.#excepted.map(({ document }) => document));
  }

  /** False: nothing would be counted. */
  get counts(): boolean {
    return this.#bare !== undefined;
  }

  add(event: object): void {
    for (const match of this.#bare?.match(event) ?? []) {
      const id = this.#excepted[match]?.excepted(event)?.id;
      if (id !== undefined) this.#hits.set(id, (this.#hits.get(id) ?? 0) + 1);
    }
  }

  /** Tells what came together since the last time. */
  flush(to: ExceptionHits): void {
    for (const [id, count] of this.#hits) to.countHits(id, count);
    this.#hits.clear();
  }
}

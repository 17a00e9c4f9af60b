// SPDX-License-Identifier: Apache-2.0
import type { CheckedLine } from "./findings.js";

/** A value that would be hidden, and where. */
export interface Place {
  readonly line: number;
  readonly place: string;
  readonly how: string;
  readonly sure: boolean;
}

/** What one rule would hide. */
export interface RuleFindings {
  readonly kind: string;
  count: number;
  /** Lines with at least one. */
  lines: number;
  /** The first ones. */
  readonly places: Place[];
}

export interface ProtectSummary {
  lines: number;
  events: number;
  /** Lines that were too long to be looked at. */
  skipped: number;
  found: number;
  /** The most frequent first. */
  rules: RuleFindings[];
}

/** Adds up what was found in the lines of a file; keeps a bounded number of places of each rule. */
export class Summarizer {
  readonly #rules = new Map<string, RuleFindings>();
  readonly #most: number;
  #lines = 0;
  #events = 0;
  #skipped = 0;
  #found = 0;

  constructor(mostPlaces: number) {
    this.#most = mostPlaces;
  }

  get found(): number {
    return this.#found;
  }

  get lines(): number {
    return this.#lines;
  }

  skip(): void {
    this.#lines++;
    this.#skipped++;
  }

  add(line: number, { isEvent, findings }: CheckedLine): void {
    this.#lines++;
    if (isEvent) this.#events++;
    const seen = new Set<string>();
    for (const { kind, place, how, sure } of findings) {
      this.#found++;
      let rule = this.#rules.get(kind);
      if (rule === undefined) {
        rule = { kind, count: 0, lines: 0, places: [] };
        this.#rules.set(kind, rule);
      }
      rule.count++;
      if (!seen.has(kind)) rule.lines++;
      seen.add(kind);
      if (rule.places.length < this.#most) rule.places.push({ line, place, how, sure });
    }
  }

  finish(): ProtectSummary {
    const rules = [...this.#rules.values()].toSorted(
      (a, b) => b.count - a.count || a.kind.localeCompare(b.kind),
    );
    return {
      lines: this.#lines,
      events: this.#events,
      skipped: this.#skipped,
      found: this.#found,
      rules,
    };
  }
}

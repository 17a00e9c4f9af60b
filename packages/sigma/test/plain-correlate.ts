// SPDX-License-Identifier: Apache-2.0

/**
 * The correlations, slow and obvious: every event is kept for ever, every window is counted out from all of them, nothing is
 * taken over from one window to the next. The correlator must agree with it.
 */
export interface Seen {
  readonly index: number;
  readonly time: number;
  readonly arrival: number;
  /** Letters of the rules that match. */
  readonly kind: string;
  readonly user: string;
  readonly item: string;
  readonly n: unknown;
}

export interface Verdict {
  readonly value: number;
  readonly holds: boolean;
}

/** One correlation in plain words. */
export type Plain = {
  /** Letters of its rules, in order. */
  readonly rules: string;
  readonly span: number;
  /** Whether an event of its rules counts at all. */
  readonly counts?: (event: Seen) => boolean;
} & (
  | {
      /** Judged when an event comes: what a window of these events says. */
      readonly judge: (window: readonly Seen[]) => Verdict;
      /** Of the windows around a late event the latest that holds, not the fullest. */
      readonly seeksTruth?: boolean;
    }
  | {
      /** Judged when the window that an event opened is over. */
      readonly after: (all: readonly Seen[], opener: Seen) => Verdict;
      readonly opens: (event: Seen) => boolean;
      /** How long after its event the window is over. */
      readonly ahead: number;
    }
);

export interface Hit {
  readonly user: string;
  readonly trigger: number;
  readonly value: number;
}

interface Waiting {
  readonly opener: Seen;
  readonly deadline: number;
}

export class PlainCorrelator {
  readonly #plain: Plain;
  readonly #lateness: number;
  readonly #seen: Seen[] = [];
  #waiting: Waiting[] = [];
  #watermark = Number.NEGATIVE_INFINITY;

  constructor(plain: Plain, lateness: number) {
    this.#plain = plain;
    this.#lateness = lateness;
  }

  observe(event: Seen): Hit[] {
    const plain = this.#plain;
    const matches = Array.from(plain.rules).some((rule) => event.kind.includes(rule));
    if (!matches || plain.counts?.(event) === false) return [];
    this.#seen.push(event);
    const group = this.#groupOf(event.user);
    if ("judge" in plain) return this.#judgeArrival(plain, group, event);
    if (!plain.opens(event)) return [];
    const known = Math.min(Math.max(event.time, event.arrival), event.arrival + this.#lateness);
    const earlier = this.#waiting.filter(({ opener }) => opener.user === event.user);
    const deadline = Math.max(known + plain.ahead, ...earlier.map((one) => one.deadline));
    this.#waiting.push({ opener: event, deadline });
    return [];
  }

  #groupOf(user: string): Seen[] {
    return this.#seen.filter((one) => one.user === user);
  }

  #judgeArrival(plain: Extract<Plain, { judge: unknown }>, group: readonly Seen[], event: Seen): Hit[] {
    const { span } = plain;
    const ends = [...new Set(group.map(({ time }) => time))].sort((a, b) => a - b);
    const around = ends.filter((end) => end >= event.time && end - span < event.time);
    const verdicts = around.map((end) =>
      plain.judge(group.filter(({ time }) => time > end - span && time <= end)),
    );
    const best =
      plain.seeksTruth === true
        ? verdicts.findLast(({ holds }) => holds)
        : verdicts.findLast(({ value }) => value === Math.max(...verdicts.map((one) => one.value)));
    return best?.holds === true ? [{ user: event.user, trigger: event.index, value: best.value }] : [];
  }

  advance(time: number): Hit[] {
    const plain = this.#plain;
    this.#watermark = Math.max(this.#watermark, time);
    if ("judge" in plain) return [];
    const due = this.#waiting.filter(({ deadline }) => deadline <= this.#watermark);
    this.#waiting = this.#waiting.filter(({ deadline }) => deadline > this.#watermark);
    due.sort((a, b) => a.deadline - b.deadline || a.opener.index - b.opener.index);
    return due.flatMap(({ opener }) => {
      const { value, holds } = plain.after(this.#groupOf(opener.user), opener);
      return holds ? [{ user: opener.user, trigger: opener.index, value }] : [];
    });
  }
}

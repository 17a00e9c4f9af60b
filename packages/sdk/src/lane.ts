// SPDX-License-Identifier: Apache-2.0
import type { SentEvent } from "@telltale/event";
import { SourceChain } from "./chain.js";
import type { Report } from "./error.js";
import { makeBoot } from "./ids.js";
import { LOSS_WORDS, Losses, type LossReason } from "./losses.js";
import type { Settings } from "./options.js";
import type { OnLost } from "./queue.js";
import { numberEvent, type Recorder } from "./recorder.js";
import { Sender } from "./sender.js";
import type { Transport } from "./transport.js";
import type { Outbox, Waiting, Watch } from "./waiting.js";
import type { Witness } from "./witness/witness.js";

/** What the lanes of one process share. */
export interface LaneParts {
  settings: Settings;
  transport: Transport;
  recorder: Recorder;
  witness: Witness;
  report: Report;
  /** The server has acknowledged something. */
  onDelivered: () => void;
}

/** What an outbox needs of its lane. */
export interface OutboxParts {
  boot: string;
  onLost: OnLost;
  /** Events are lost of which only the number is known. */
  onMissing: (reason: LossReason, count: number) => void;
  /** Events can be taken. `now`: they are not to wait for others. */
  onReady: (now: boolean) => void;
}

/** Events of one kind on their way to the server: one chain, one place to wait, one request at a time. */
export class Lane {
  readonly counts = { delivered: 0, duplicates: 0, rejected: 0, retries: 0 };
  readonly outbox: Outbox;
  readonly #parts: LaneParts;
  readonly #chain: SourceChain;
  readonly #losses = new Losses();
  readonly #sender: Sender;
  /** The server has taken something since losses were told. */
  #isHeard = false;

  constructor(parts: LaneParts, createOutbox: (parts: OutboxParts) => Outbox) {
    this.#parts = parts;
    const { settings, transport, witness, report } = parts;
    this.#chain = new SourceChain(settings.key, makeBoot());
    this.outbox = createOutbox({
      boot: this.#chain.boot,
      onLost: (reason, entries) => this.#lose(reason, entries),
      onMissing: (reason, count) => this.loseMany(reason, count),
      onReady: (now) => this.#sender.notify(now),
    });
    this.#sender = new Sender(this.outbox, transport, settings, {
      delivered: (count, duplicates) => {
        this.counts.delivered += count;
        this.counts.duplicates += duplicates;
        this.#isHeard = true;
        parts.onDelivered();
      },
      rejected: (count) => (this.counts.rejected += count),
      released: () => {
        if (this.#isHeard) this.#tellLosses();
      },
      retried: () => this.counts.retries++,
      lose: (reason, entries) => this.#lose(reason, entries),
      ask: () => witness.ask(),
      report,
    });
  }

  /** Events that got a number. */
  get seq(): number {
    return this.#chain.seq;
  }

  /** Events lost so far. */
  get lost(): number {
    return this.#losses.total;
  }

  /** Numbers an event and lets it wait. `now`: it does not wait for others. */
  push(event: SentEvent, now: boolean, watch?: Watch): void {
    this.outbox.push(numberEvent(event, this.#chain, { watch }), now);
    // What has to be written first is told of by the outbox.
    if (!this.outbox.isDurable) this.#sender.notify(now);
  }

  /** Events are lost of which there is nothing here: they had no number yet, or cannot be read any more. */
  loseMany(reason: LossReason, count: number): void {
    this.#losses.add(reason, count);
    this.#reportLoss(reason);
  }

  #lose(reason: LossReason, entries: readonly Waiting[]): void {
    if (entries.length === 0) return;
    for (const { losses, watch } of entries) {
      watch?.lost(reason);
      // A report of losses is lost itself: what it said is to be told again.
      if (losses !== undefined) this.#losses.putBack(losses);
    }
    this.#losses.add(reason, entries.length);
    this.#reportLoss(reason);
  }

  #reportLoss(reason: LossReason): void {
    const { total } = this.#losses;
    this.#parts.report(
      "events_lost",
      () => `${total} ${total === 1 ? "event" : "events"} lost so far, the last: ${LOSS_WORDS[reason]}`,
    );
  }

  /** Loss is an event: as soon as something has arrived, the server hears what has not. */
  #tellLosses(): void {
    // Not while there is hardly room: the report would push out what it reports on.
    if (!this.outbox.hasRoom) return;
    const lost = this.#losses.take();
    if (lost === undefined) return;
    this.#isHeard = false;
    const data = { count: lost.count, reasons: lost.counts, since: new Date(lost.since).toISOString() };
    const event = this.#parts.recorder.record(
      "sdk_events_lost",
      { actor: { type: "system" }, data },
      undefined,
    );
    this.outbox.push(numberEvent(event, this.#chain, { losses: lost.counts }), true);
    if (!this.outbox.isDurable) this.#sender.notify(true);
  }

  /** Sends at once what waits; true when everything numbered so far has been settled before time is over. */
  async settle(ms: number, options?: { untilRefused: boolean }): Promise<boolean> {
    return this.#sender.settle(this.seq, ms, options);
  }

  /** Gives up what is on its way; resolves when nothing is under way any more. */
  async stop(): Promise<void> {
    await this.#sender.stop();
    this.#chain.destroy();
  }
}

// SPDX-License-Identifier: Apache-2.0
import { createHash, createHmac, randomBytes } from "node:crypto";
import { canonicalJson, uuidV7, type SentEvent } from "@telltale/event";

export interface ChainSenderOptions {
  /** An API key, `tt_<id>_<secret>`, or the 32 bytes of its secret's SHA-256. */
  key: string | Uint8Array;
  /** Default: random. */
  boot?: string;
  app?: string;
  instance?: string;
}

/** The hash of a key's secret, as the server keeps it. */
function hashOf(key: string | Uint8Array): Uint8Array {
  if (typeof key !== "string") return key;
  return createHash("sha256")
    .update(key.slice(key.lastIndexOf("_") + 1))
    .digest();
}

/**
 * A source that numbers and chains its events, written from the description of the source chain and slowly: what it makes is
 * what a server has to accept. Each line is kept as it is; a test loses, repeats, moves or changes lines.
 */
export class ChainSender {
  readonly boot: string;
  readonly #source: { app: string; instance?: string };
  #key: Buffer;
  #prev: string;
  #seq = 0;

  constructor({
    key,
    boot = randomBytes(24).toString("base64url"),
    app = "shop-api",
    instance,
  }: ChainSenderOptions) {
    this.boot = boot;
    this.#source = instance === undefined ? { app } : { app, instance };
    this.#key = createHmac("sha256", hashOf(key)).update(boot, "utf8").digest();
    this.#prev = tagOf(this.#key, "");
  }

  /** The number of the last event. */
  get seq(): number {
    return this.#seq;
  }

  /** The canonical bytes of the next event, without a newline. */
  next(fields: Partial<SentEvent> = {}): string {
    this.#seq++;
    this.#key = createHash("sha256").update(this.#key).digest();
    const event: SentEvent = {
      v: 1,
      id: uuidV7(Date.now(), randomBytes(10)),
      time: new Date().toISOString(),
      source: this.#source,
      action: "order_placed",
      outcome: "success",
      level: "info",
      ...fields,
    };
    event.source = {
      ...this.#source,
      ...fields.source,
      boot: this.boot,
      seq: this.#seq,
      prev: this.#prev,
    };
    const line = canonicalJson(event);
    this.#prev = tagOf(this.#key, line);
    return line;
  }

  /** The next `count` events. */
  take(count: number, fields: Partial<SentEvent> = {}): string[] {
    return Array.from({ length: count }, () => this.next(fields));
  }

  /** Another process that goes on from here with the same boot, such as a copy of a virtual machine. */
  clone(): ChainSender {
    const other = new ChainSender({ key: new Uint8Array(32), boot: this.boot });
    other.#adopt(this);
    return other;
  }

  #adopt(from: ChainSender): void {
    this.#key = from.#key;
    this.#prev = from.#prev;
    this.#seq = from.#seq;
    Object.assign(this.#source, from.#source);
  }
}

function tagOf(key: Buffer, bytes: string): string {
  return createHmac("sha256", key).update(bytes, "utf8").digest("hex").slice(0, 32);
}

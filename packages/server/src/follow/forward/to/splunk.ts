// SPDX-License-Identifier: Apache-2.0
import type { LookupFunction } from "node:net";
import { randomUUID } from "node:crypto";
import { hostname } from "node:os";
import { toOcsf } from "@telltale/event";
import type { SecretRef } from "../secret-ref.js";
import type { TargetKind } from "../target-kinds.js";
import { ALL_TAKEN, TargetError, type DeliveryResult, type Outgoing, type Target } from "../target.js";
import { readTls, type TlsSettings } from "../tls.js";
import { encodeBatch, gzipFast, HttpPeer, toObject, toStatusError, type HttpAnswer } from "./http.js";

export interface SplunkOptions {
  readonly name: string;
  /** Of the server; the paths of the collector are added to it. */
  readonly url: URL;
  readonly token: SecretRef;
  readonly tls: TlsSettings;
  /** Resolves names; default the system's. */
  readonly lookup?: LookupFunction;
  /** Default: the one of the token. */
  readonly index?: string;
  /** Waits until the indexers have it (Splunk Enterprise); the token must have acknowledgement on. */
  readonly ack: boolean;
  readonly gzip: boolean;
  readonly timeoutMs?: number;
  /** How long events may take to be indexed before they are sent again. */
  readonly ackTimeoutMs?: number;
  /** First pause between two questions about an acknowledgement; doubles up to ten times as long. */
  readonly ackPollMs?: number;
}

/** Splunk's add-on for OCSF maps this to the Common Information Model. */
export const SOURCETYPE = "telltale:ocsf:json";

const ANSWER_BYTES = 64 * 1024;

/** What one event is to the collector: an envelope with the event in OCSF. Objects follow each other without a separator. */
export function toHecEvent({ address, event }: Outgoing, index: string | undefined): string {
  const time = Date.parse(event.time);
  return JSON.stringify({
    // Seconds; a time that cannot be read is left to the collector.
    ...(Number.isNaN(time) ? {} : { time: time / 1000 }),
    // In each envelope: some receivers carry them over from the one before.
    host: event.source.instance ?? hostname(),
    source: event.source.app,
    sourcetype: SOURCETYPE,
    ...(index === undefined ? {} : { index }),
    event: toOcsf(event, address),
  });
}

type Fault = "event" | "busy" | "no_access" | "misconfigured";

/**
 * The codes of the HTTP Event Collector (Splunk, "Troubleshoot HTTP Event Collector", table of status codes). `event`: an
 * event of the batch is at fault. Only that makes dead letters: a wrong token or index stops the target and loses nothing.
 */
const CODES: ReadonlyMap<number, readonly [Fault, string]> = new Map([
  [1, ["no_access", "the token is disabled"]],
  [2, ["no_access", "a token is required"]],
  [3, ["no_access", "the authorization is invalid"]],
  [4, ["no_access", "the token is invalid"]],
  [5, ["misconfigured", "the events did not arrive (no data)"]],
  [6, ["event", "invalid data format"]],
  [7, ["misconfigured", "the token may not write to this index"]],
  [8, ["busy", "internal server error"]],
  [9, ["busy", "the server is busy"]],
  [10, ["misconfigured", "the token wants acknowledgement: set ack: true"]],
  [11, ["misconfigured", "the data channel is invalid"]],
  [12, ["event", "the event field is required"]],
  [13, ["event", "the event field is blank"]],
  [14, ["misconfigured", "acknowledgement is disabled for this token: set ack: false"]],
  [15, ["event", "error in the indexed fields"]],
  [16, ["misconfigured", "authorization in the query is not enabled"]],
  [18, ["busy", "the queues are full"]],
  [19, ["busy", "the acknowledgement service is unavailable"]],
  [20, ["busy", "the queues are full and the acknowledgement service is unavailable"]],
  [21, ["no_access", "the token is invalid"]],
  [22, ["no_access", "the token is disabled"]],
  [23, ["busy", "the server is shutting down"]],
  [26, ["busy", "the queues are at capacity"]],
  [27, ["busy", "the acknowledgement channel is at capacity"]],
] as const);
/** Success, and success with a word of warning that capacity is near. */
const SUCCESS = new Set([0, 24, 25]);

/** Splunk, or whatever has an HTTP Event Collector (an OpenTelemetry Collector, Vector, Cribl). */
class SplunkTarget implements Target {
  readonly name: string;
  readonly kind = "splunk";
  readonly #options: SplunkOptions;
  readonly #peer: HttpPeer;
  /** Acknowledgements belong to a channel; each start has its own. */
  readonly #channel = randomUUID();

  constructor(options: SplunkOptions) {
    this.name = options.name;
    this.#options = options;
    this.#peer = new HttpPeer({
      url: options.url,
      tls: options.tls,
      timeoutMs: options.timeoutMs ?? 30_000,
      maxAnswerBytes: ANSWER_BYTES,
      lookup: options.lookup,
    });
  }

  async deliver(batch: readonly Outgoing[], signal: AbortSignal): Promise<DeliveryResult> {
    const { ack, gzip, index } = this.#options;
    const plain = await encodeBatch(batch, (each) => toHecEvent(each, index));
    const body = gzip ? await gzipFast(plain) : plain;
    const headers = {
      ...this.#headers(),
      ...(gzip ? { "content-encoding": "gzip" } : {}),
    };
    const answer = await this.#peer.ask(
      { method: "POST", path: "/services/collector/event", headers, body },
      signal,
    );
    const said = toObject(answer.text);
    const code = said?.["code"];
    if (answer.status === 200 && typeof code === "number" && SUCCESS.has(code)) {
      if (ack) await this.#awaitAck(said?.["ackId"], signal);
      return ALL_TAKEN;
    }
    return toResult(answer, said, batch.length);
  }

  async close(): Promise<void> {
    this.#peer.close();
  }

  #headers(): Record<string, string> {
    return {
      authorization: `Splunk ${this.#options.token.read().reveal()}`,
      "content-type": "application/json",
      ...(this.#options.ack ? { "x-splunk-request-channel": this.#channel } : {}),
    };
  }

  /** Asks until the indexers have the batch. A 200 alone says only that it looks valid. */
  async #awaitAck(ackId: unknown, signal: AbortSignal): Promise<void> {
    if (typeof ackId !== "number" || !Number.isSafeInteger(ackId)) {
      throw new TargetError("misconfigured", "acknowledgement is off for this token: set ack: false");
    }
    const { ackTimeoutMs = 180_000, ackPollMs = 500 } = this.#options;
    const until = Date.now() + ackTimeoutMs;
    for (let pause = ackPollMs; Date.now() < until; pause = Math.min(pause * 2, ackPollMs * 10)) {
      await sleep(pause, signal);
      const answer = await this.#peer.ask(
        {
          method: "POST",
          path: `/services/collector/ack?channel=${this.#channel}`,
          headers: this.#headers(),
          body: Buffer.from(JSON.stringify({ acks: [ackId] })),
        },
        signal,
      );
      const acks = toObject(answer.text)?.["acks"];
      if (answer.status !== 200 || typeof acks !== "object" || acks === null) {
        throw (
          toStatusError(answer) ??
          new TargetError("bad_answer", "the answer about the acknowledgement is none")
        );
      }
      if (new Map(Object.entries(acks)).get(String(ackId)) === true) return;
    }
    throw new TargetError("timeout", `not indexed within ${ackTimeoutMs / 1000} s`);
  }
}

/** Waits; a stop ends the wait early, and the next question then fails. */
async function sleep(ms: number, signal: AbortSignal): Promise<void> {
  await new Promise<void>((resolve) => {
    const timer = setTimeout(done, ms);
    function done(): void {
      clearTimeout(timer);
      signal.removeEventListener("abort", done);
      resolve();
    }
    signal.addEventListener("abort", done);
  });
}

function toResult(
  answer: HttpAnswer,
  said: Readonly<Record<string, unknown>> | undefined,
  sent: number,
): DeliveryResult {
  const code = said?.["code"];
  const known = typeof code === "number" ? CODES.get(code) : undefined;
  if (known === undefined) {
    // A page of some proxy with status 200 is no success.
    throw toStatusError(answer) ?? new TargetError("bad_answer", "the answer is not one of a collector");
  }
  const [fault, text] = known;
  const message = `HEC code ${String(code)}: ${text}`;
  if (fault !== "event") {
    const { retryAfterMs } = answer;
    throw new TargetError(fault, message, retryAfterMs === undefined ? {} : { afterMs: retryAfterMs });
  }
  const bad = said?.["invalid-event-number"];
  if (typeof bad !== "number" || !Number.isInteger(bad) || bad < 0 || bad >= sent) {
    throw new TargetError("bad_content", message);
  }
  // Nothing says whether the events before it were taken. They go again: twice is better than never.
  const again = Array.from({ length: sent }, (_, i) => i).filter((i) => i !== bad);
  return { refused: [{ position: bad, reason: message }], again, why: message, afterMs: 0 };
}

export function createSplunk(options: SplunkOptions): Target {
  return new SplunkTarget(options);
}

export const splunk: TargetKind = {
  // An acknowledgement takes many seconds and one batch is on its way at a time: then it should be a large one.
  batch: (section) =>
    section.flag("ack")
      ? { events: 10_000, bytes: 8 * 1024 * 1024, waitMs: 1000 }
      : { events: 500, bytes: 1024 * 1024, waitMs: 1000 },
  read(section, name) {
    const url = section.url("url", { encrypted: "https", plain: "http" });
    const index = section.optionalText("index");
    const options: SplunkOptions = {
      name,
      url,
      token: section.secret("token"),
      tls: readTls(section, url.hostname),
      ...section.reach,
      ack: section.flag("ack"),
      gzip: section.oneOf("compression", ["gzip", "none"], "gzip") === "gzip",
      timeoutMs: section.integer("timeoutMs", { min: 1000, max: 600_000, fallback: 30_000 }),
      ackTimeoutMs: section.integer("ackTimeoutMs", { min: 1000, max: 3_600_000, fallback: 180_000 }),
      ...(index === undefined ? {} : { index }),
    };
    return () => createSplunk(options);
  },
};

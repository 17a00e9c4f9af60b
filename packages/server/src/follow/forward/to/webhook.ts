// SPDX-License-Identifier: Apache-2.0
import type { LookupFunction } from "node:net";
import { DELIVERY_HEADER, SIGNATURE_HEADER, signWebhook } from "../../../alert/notify/webhook.js";
import type { SecretRef } from "../secret-ref.js";
import type { TargetKind } from "../target-kinds.js";
import { ALL_TAKEN, type DeliveryResult, type Outgoing, type Target } from "../target.js";
import { readTls, type TlsSettings } from "../tls.js";
import { encodeBatch, HttpPeer, toStatusError } from "./http.js";

export interface WebhookTargetOptions {
  readonly name: string;
  readonly url: URL;
  /** Signs each request: see `isWebhookSignature`. */
  readonly secret: SecretRef;
  readonly tls: TlsSettings;
  /** Resolves names; default the system's. */
  readonly lookup?: LookupFunction;
  readonly timeoutMs?: number;
  readonly now?: () => number;
}

const ANSWER_BYTES = 64 * 1024;

/**
 * `{"v":1,"target":…,"events":[{"address":"main:12","event":{…}},…]}`: the events as they are sealed. The signature and the
 * header with the delivery's id are those of the alert webhook; the id is the same for every attempt of the same batch.
 * 2xx takes the batch; 400 and 422 refuse its content, 413 its size; other answers are about the receiver, not the events.
 */
class WebhookTarget implements Target {
  readonly name: string;
  readonly kind = "webhook";
  readonly #options: WebhookTargetOptions;
  readonly #peer: HttpPeer;

  constructor(options: WebhookTargetOptions) {
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
    const events = await encodeBatch(batch, (each) => `,${toItem(each)}`);
    const head = `{"v":1,"target":${JSON.stringify(this.name)},"events":[`;
    const body = `${head}${events.toString().slice(1)}]}`;
    const seconds = Math.floor((this.#options.now ?? Date.now)() / 1000);
    const answer = await this.#peer.ask(
      {
        method: "POST",
        path: "",
        headers: {
          "content-type": "application/json",
          [DELIVERY_HEADER]: `${batch[0]?.address ?? ""}-${batch.at(-1)?.index ?? ""}`,
          [SIGNATURE_HEADER]: signWebhook(this.#options.secret.read().reveal(), seconds, body),
        },
        body: Buffer.from(body),
      },
      signal,
    );
    const error = toStatusError(answer);
    if (error !== undefined) throw error;
    return ALL_TAKEN;
  }

  async close(): Promise<void> {
    this.#peer.close();
  }
}

function toItem({ address, event }: Outgoing): string {
  return JSON.stringify({ address, event });
}

export function createWebhookTarget(options: WebhookTargetOptions): Target {
  return new WebhookTarget(options);
}

export const webhook: TargetKind = {
  batch: () => ({ events: 500, bytes: 1024 * 1024, waitMs: 1000 }),
  read(section, name) {
    const url = section.url("url", { encrypted: "https", plain: "http" });
    const options: WebhookTargetOptions = {
      name,
      url,
      secret: section.secret("secret"),
      tls: readTls(section, url.hostname),
      ...section.reach,
      timeoutMs: section.integer("timeoutMs", { min: 1000, max: 600_000, fallback: 30_000 }),
    };
    return () => createWebhookTarget(options);
  },
};

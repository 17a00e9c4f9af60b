// SPDX-License-Identifier: Apache-2.0
import { createHmac, timingSafeEqual } from "node:crypto";
import type { Channel } from "./channel.js";
import type { PostTarget } from "./http-post.js";
import { post, toFailure } from "./http-post.js";
import { parseNotice } from "./notice.js";
import type { TemplateForm } from "./template.js";
import { fillTemplate } from "./template.js";

/** `t=<seconds>,v1=<hex>`: HMAC-SHA-256 with the shared secret over `<seconds>.<body>`. */
export const SIGNATURE_HEADER = "telltale-signature";
/** The same for every attempt of one message. */
export const DELIVERY_HEADER = "telltale-delivery";

/** What a body made of a template is sent as. */
export const TEMPLATE_TYPES = {
  json: "application/json",
  text: "text/plain; charset=utf-8",
  form: "application/x-www-form-urlencoded",
} as const satisfies Record<TemplateForm, string>;

export interface WebhookOptions extends PostTarget {
  /** Default `webhook`. */
  name?: string;
  /** Signs each body; asked for at each delivery, so a secret renewed in its file is taken. */
  secret: () => string;
  /** Makes the body; without it the notice itself is sent. */
  template?: { text: string; form: TemplateForm };
  now?: () => number;
}

/** Signs a body as the receiver checks it; `seconds` since 1970. */
export function signWebhook(secret: string, seconds: number, body: string): string {
  const mac = createHmac("sha256", secret).update(`${seconds}.`).update(body).digest("hex");
  return `t=${seconds},v1=${mac}`;
}

/**
 * What a receiver does: true when the header was made with the secret for exactly this body, not more than
 * `toleranceSeconds` ago or ahead.
 */
export function isWebhookSignature(input: {
  secret: string;
  header: string;
  body: string;
  nowSeconds: number;
  toleranceSeconds?: number;
}): boolean {
  const parts = /^t=(\d{1,12}),v1=([0-9a-f]{64})$/.exec(input.header);
  if (parts === null) return false;
  const seconds = Number(parts[1]);
  if (Math.abs(input.nowSeconds - seconds) > (input.toleranceSeconds ?? 300)) return false;
  const expected = Buffer.from(signWebhook(input.secret, seconds, input.body));
  return timingSafeEqual(expected, Buffer.from(input.header));
}

/** A channel that posts to one address and proves by a signature that it comes from here. */
export function createWebhook(options: WebhookOptions): Channel {
  const { name = "webhook", secret, template, now = Date.now } = options;
  return {
    name,
    async send({ id, body: notice }, signal) {
      const body =
        template === undefined ? notice : fillTemplate(template.text, template.form, parseNotice(notice));
      const headers = {
        "content-type": TEMPLATE_TYPES[template?.form ?? "json"],
        [DELIVERY_HEADER]: id,
        [SIGNATURE_HEADER]: signWebhook(secret(), Math.floor(now() / 1_000), body),
      };
      const answer = await post(options, headers, body, signal);
      const failure = toFailure(answer);
      if (failure !== undefined) throw failure;
      return `answered ${answer.status}`;
    },
  };
}

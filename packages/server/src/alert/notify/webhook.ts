// SPDX-License-Identifier: Apache-2.0
import { createHmac, timingSafeEqual } from "node:crypto";
import { lookup as dnsLookup } from "node:dns";
import { request as httpRequest } from "node:http";
import { request as httpsRequest } from "node:https";
import { isIP } from "node:net";
import { isPublicAddress, toCheckedLookup } from "./address.js";
import type { Channel } from "./channel.js";
import { DeliveryError } from "./channel.js";

/** `t=<seconds>,v1=<hex>`: HMAC-SHA-256 with the shared secret over `<seconds>.<body>`. */
export const SIGNATURE_HEADER = "telltale-signature";
/** The same for every attempt of one message. */
export const DELIVERY_HEADER = "telltale-delivery";

export interface WebhookOptions {
  url: URL;
  secret: string;
  /** Lets the URL lead to loopback and private networks, and lets it be http. */
  allowPrivate?: boolean;
  /** For one attempt from the look-up of the name to the last byte of the answer; default 10 s. */
  timeoutMs?: number;
  now?: () => number;
  /** Resolves names; default the system's. */
  lookup?: typeof dnsLookup;
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

const refusePrivate = (): Error => new DeliveryError("the name leads to a private address");

function toOutcome(status: number): DeliveryError | undefined {
  if (status >= 200 && status < 300) return undefined;
  // A redirect is never followed: it could lead inside. Other 3xx and 4xx mean that the receiver will not take it,
  // except those that pass by themselves: slow down, or a receiver that is being deployed.
  const isFinal = status >= 300 && status < 500 && ![404, 408, 409, 425, 429].includes(status);
  return new DeliveryError(`the receiver answered ${status}`, { isFinal });
}

/** A channel that posts JSON to one address and proves by a signature that it comes from here. */
export function createWebhook(options: WebhookOptions): Channel {
  const {
    url,
    secret,
    allowPrivate = false,
    timeoutMs = 10_000,
    now = Date.now,
    lookup = dnsLookup,
  } = options;
  const host = url.hostname.replace(/^\[|\]$/g, "");

  function send(delivery: { id: string; body: string }, signal: AbortSignal): Promise<number> {
    const body = Buffer.from(delivery.body);
    return new Promise((resolve, reject) => {
      const request = (url.protocol === "https:" ? httpsRequest : httpRequest)(url, {
        method: "POST",
        agent: false,
        signal,
        ...(allowPrivate ? { lookup } : { lookup: toCheckedLookup(lookup, refusePrivate) }),
        headers: {
          "content-type": "application/json",
          "content-length": body.length,
          "user-agent": "telltale",
          [DELIVERY_HEADER]: delivery.id,
          [SIGNATURE_HEADER]: signWebhook(secret, Math.floor(now() / 1_000), delivery.body),
        },
      });
      request.on("error", reject);
      request.on("response", (response) => {
        resolve(response.statusCode ?? 0);
        // The status is all that counts; an endless answer is not read (CVE-2026-39882).
        response.destroy();
      });
      request.end(body);
    });
  }

  return {
    name: "webhook",
    async send(delivery, signal) {
      // Node asks no look-up for an address written as such, so it is checked here.
      if (!allowPrivate && isIP(host) !== 0 && !isPublicAddress(host)) {
        throw new DeliveryError("the address is private", { isFinal: true });
      }
      let status: number;
      try {
        status = await send(delivery, AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]));
      } catch (cause) {
        if (cause instanceof DeliveryError) throw cause;
        // The code (ECONNREFUSED, …) says enough; the message of a socket error may quote the URL.
        const code = (cause as { code?: unknown }).code;
        throw new DeliveryError(typeof code === "string" ? code : "the request failed", { cause });
      }
      const outcome = toOutcome(status);
      if (outcome !== undefined) throw outcome;
    },
  };
}

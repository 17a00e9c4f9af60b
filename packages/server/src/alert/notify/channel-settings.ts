// SPDX-License-Identifier: Apache-2.0
import type { SecretRef } from "../../follow/forward/secret-ref.js";
import type { Section } from "../../follow/forward/section.js";
import { TargetError } from "../../follow/forward/target.js";
import { DeliveryError } from "./channel.js";
import type { PostTarget } from "./http-post.js";
import type { Reach } from "./reach.js";

/** Refuses at the start what would be refused at each delivery. Throws ConfigError. */
export function verifyReach(section: Section, key: string, reach: Reach, hostname: string): void {
  const why = reach.refusal(hostname);
  if (why !== undefined) section.fail(key, why);
}

/** `url` and `timeoutMs` of a channel that is a web address. Throws ConfigError. */
export function readPostTarget(section: Section, reach: Reach, fallback?: string): PostTarget {
  const url =
    fallback !== undefined && !section.has("url")
      ? new URL(fallback)
      : section.url("url", { encrypted: "https", plain: "http" });
  verifyReach(section, "url", reach, url.hostname);
  return {
    url,
    reach,
    timeoutMs: section.integer("timeoutMs", { min: 500, max: 60_000, fallback: 10_000 }),
  };
}

/** The secret as it is now: a token renewed in its file is taken without a restart. Throws DeliveryError. */
export function readSecret(reference: SecretRef): string {
  try {
    return reference.read().reveal();
  } catch (cause) {
    throw new DeliveryError(cause instanceof TargetError ? cause.message : "a secret cannot be read", {
      cause,
    });
  }
}

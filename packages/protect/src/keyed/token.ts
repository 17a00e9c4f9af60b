// SPDX-License-Identifier: Apache-2.0
import { createHmac } from "node:crypto";
import { markToken } from "../act/marker.js";

const TOKEN_BYTES = 16;

/**
 * A value as it is compared: two spellings of one e-mail address, telephone number or account are one value. Everything else only by
 * its Unicode form (NFC).
 */
export function normalizeForToken(kind: string, value: string): string {
  switch (kind) {
    case "email":
      return value.trim().normalize("NFKC").toLowerCase();
    case "phone":
      return value.normalize("NFKC").replace(/[^0-9+]/g, "");
    case "iban":
      return value
        .normalize("NFKC")
        .replace(/[^0-9A-Za-z]/g, "")
        .toUpperCase();
    case "ip":
      return value.trim().toLowerCase();
    default:
      return value.normalize("NFC");
  }
}

/**
 * The token of a value: HMAC-SHA-256 under the key of an epoch over tenant, kind and the normalized value, cut to 128 bits. Gives the
 * whole marker. Without the key nobody can try values, and tokens of two tenants, kinds or epochs have nothing in common.
 */
export function tokenOf(
  key: Uint8Array,
  epoch: number,
  { tenant, kind, value }: { tenant: string | undefined; kind: string; value: string },
): string {
  const text = `${tenant ?? ""}\0${kind}\0${normalizeForToken(kind, value)}`;
  const digest = createHmac("sha256", key).update(text, "utf8").digest();
  return markToken(kind, epoch, digest.subarray(0, TOKEN_BYTES).toString("base64url"));
}

// SPDX-License-Identifier: Apache-2.0
import { crc32 } from "../checksum.js";
import { prefixDetector } from "../detector.js";

const SERVICE_ACCOUNT = /^(glsa_[A-Za-z0-9]{32})_([0-9a-f]{8})$/;

/**
 * Grafana service account tokens, cloud access policy tokens and the older API keys, which are JSON in base64.
 * Sure when the checksum of a service account token holds: CRC-32 of all before it, least significant byte first.
 */
export const grafana = prefixDetector({
  name: "grafana_token",
  literals: ["glsa_", "glc_eyJ", "eyJrIjoi"],
  pattern:
    /glsa_[A-Za-z0-9]{32}_[0-9a-fA-F]{8}|glc_eyJ[A-Za-z0-9+/=]{24,512}|(?<![A-Za-z0-9])eyJrIjoi[A-Za-z0-9+/=_-]{40,512}/g,
  cut: /(?:glsa_[A-Za-z0-9]{8,32}(?:_[0-9a-f]{0,7})?|glc_eyJ[A-Za-z0-9+/]{8,23})$/,
  isSure(token) {
    const parts = SERVICE_ACCOUNT.exec(token);
    if (parts === null) return !token.startsWith("glsa_");
    return littleEndian(crc32(parts[1]!)) === parts[2]!;
  },
});

function littleEndian(value: number): string {
  return [0, 8, 16, 24].map((shift) => ((value >>> shift) & 0xff).toString(16).padStart(2, "0")).join("");
}

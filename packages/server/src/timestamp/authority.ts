// SPDX-License-Identifier: Apache-2.0
import {
  createTimestampRequest,
  MAX_TIMESTAMP_BYTES,
  parseTimestampResponse,
  verifyTimestamp,
} from "@telltale/log";
import type { TimestampAuthority, VerifiedTimestamp } from "@telltale/log";

/** Who is asked, and what its answers are checked with. */
export interface TsaSettings {
  url: URL;
  /** Certificates to which a chain must lead; without them only the token itself is checked. */
  authorities: readonly TimestampAuthority[] | undefined;
}

const PATIENCE_MS = 15_000;

async function readBounded(response: Response): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  if (response.body === null) return Buffer.alloc(0);
  for await (const chunk of response.body as AsyncIterable<Uint8Array>) {
    bytes += chunk.length;
    if (bytes > MAX_TIMESTAMP_BYTES) throw new Error("the answer is too long");
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

/**
 * A timestamp over HTTP (RFC 3161 section 3.4), checked: it is of this data, answers this question, and leads to a trusted
 * certificate where some are given. Throws when there is none of that kind.
 */
export async function askAuthority(
  { url, authorities }: TsaSettings,
  data: Buffer,
  patienceMs = PATIENCE_MS,
): Promise<{ token: Buffer; verified: VerifiedTimestamp }> {
  const { der, nonce } = createTimestampRequest(data);
  const response = await fetch(url, {
    method: "POST",
    redirect: "error",
    headers: { "content-type": "application/timestamp-query", accept: "application/timestamp-reply" },
    body: new Uint8Array(der),
    signal: AbortSignal.timeout(patienceMs),
  });
  const body = await readBounded(response);
  if (!response.ok) throw new Error(`the timestamp authority answered ${response.status}`);
  const token = parseTimestampResponse(body);
  return { token, verified: verifyTimestamp({ token, data, nonce, ...(authorities && { authorities }) }) };
}

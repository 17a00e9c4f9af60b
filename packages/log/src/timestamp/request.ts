// SPDX-License-Identifier: Apache-2.0
import { createHash, randomBytes } from "node:crypto";
import { DerError, DerReader, encode, TAG } from "./der.js";

/** DER of AlgorithmIdentifier { sha256, NULL }. */
const SHA256 = Buffer.from("300d06096086480165030402010500", "hex");

export const MAX_RESPONSE_BYTES = 64 * 1024;

/** A question to a timestamp authority (RFC 3161 section 2.4.1): SHA-256 of the data, a nonce, and its certificate, please. */
export interface TimestampRequest {
  der: Buffer;
  /** The answer must bear it: so it is an answer to this question and of now. */
  nonce: Buffer;
}

export function createRequest(data: Uint8Array): TimestampRequest {
  const nonce = randomBytes(16);
  nonce[0] = ((nonce[0] ?? 0) & 0x3f) | 0x40; // positive, in its shortest form
  const imprint = encode(
    TAG.sequence,
    SHA256,
    encode(TAG.octets, createHash("sha256").update(data).digest()),
  );
  const version = encode(TAG.integer, Buffer.of(1));
  const wantsCertificate = encode(TAG.boolean, Buffer.of(0xff));
  return { der: encode(TAG.sequence, version, imprint, encode(TAG.integer, nonce), wantsCertificate), nonce };
}

/**
 * The token in a response (section 2.4.2). Throws DerError when the authority refused or the response is none; what the token
 * says is not looked at.
 */
export function parseResponse(bytes: Buffer): Buffer {
  if (bytes.length > MAX_RESPONSE_BYTES) throw new DerError("the response is too long");
  const response = new DerReader(DerReader.only(bytes, TAG.sequence).content);
  const status = response.sequence().unsigned();
  // 0: granted; 1: granted with modifications, which the imprint and nonce are then checked for.
  if (status.length !== 1 || (status[0] ?? 9) > 1) throw new DerError("the authority refused the request");
  const token = response.take(TAG.sequence);
  response.end();
  return token.whole;
}

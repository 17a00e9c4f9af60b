// SPDX-License-Identifier: Apache-2.0
import { concatBytes, parseBase64, toBase64, toUtf8 } from "./bytes.js";
import type { MerkleCrypto } from "./crypto.js";
import { MerkleError } from "./error.js";

/** Signature types of signed-note that this package verifies. */
export const ED25519 = 0x01;
export const ED25519_COSIGNATURE = 0x04;

/** A verifier's key (signed-note): a name, an algorithm and a public key. `keyId` is a hint, not a safeguard. */
export interface VerifierKey {
  name: string;
  keyId: number;
  type: number;
  publicKey: Uint8Array;
}

/** Key names and origins: at most 255 bytes, no Unicode space, no "+", no control character. */
export function isKeyName(name: string): boolean {
  return name.length > 0 && toUtf8(name).length <= 255 && !/[\s+\p{Cc}\p{Cs}\u0085]/u.test(name);
}

/** The first four bytes of SHA-256(name || 0x0A || type || public key), big-endian. */
export function toKeyId(crypto: MerkleCrypto, name: string, type: number, publicKey: Uint8Array): number {
  const hash = crypto.sha256(concatBytes(toUtf8(name), Uint8Array.of(0x0a, type), publicKey));
  return new DataView(hash.buffer, hash.byteOffset).getUint32(0);
}

/** `<name>+<8 hex digits>+<base64(type || public key)>`. */
export function formatVkey(key: VerifierKey): string {
  const id = key.keyId.toString(16).padStart(8, "0");
  return `${key.name}+${id}+${toBase64(concatBytes(Uint8Array.of(key.type), key.publicKey))}`;
}

function bad(why: string): never {
  throw new MerkleError("bad_key", `not a verifier key: ${why}`);
}

/** Parse a vkey; refuses a key ID that does not belong to the key and keys under which anything verifies. */
export function parseVkey(crypto: MerkleCrypto, text: string): VerifierKey {
  if (text.length > 1024) bad("longer than 1,024 characters");
  const parts = text.split("+");
  const [name = "", id = ""] = parts;
  // The base64 of the key may itself contain "+": only the first two separate.
  const encoded = parts.slice(2).join("+");
  if (!isKeyName(name)) bad("no valid name");
  if (!/^[0-9a-f]{8}$/.test(id)) bad("the key ID is not 8 hex digits");
  const key = parseBase64(encoded);
  const [type = 0] = key;
  if (type !== ED25519 && type !== ED25519_COSIGNATURE) bad(`unknown signature type ${type}`);
  const publicKey = key.slice(1);
  if (publicKey.length !== 32) bad(`the public key has ${publicKey.length} bytes, expected 32`);
  if (isWeakKey(publicKey)) bad("the public key is of small order or not canonical");
  const keyId = toKeyId(crypto, name, type, publicKey);
  if (keyId !== Number.parseInt(id, 16)) bad("the key ID does not belong to the key");
  return { name, keyId, type, publicKey };
}

const P = 2n ** 255n - 19n;
/** The y coordinates of the eight points of small order: under such a key one signature fits many messages. */
const SMALL_ORDER_Y = new Set([
  0n,
  1n,
  P - 1n,
  2707385501144840649318225287225658788936804267575313519463743609750303402022n,
  55188659117513257062467267217118295137698188065244968500265048394206261417927n,
]);

/** True for an Ed25519 key of small order or with y >= p (RFC 8032 section 5.1.3 forbids the latter). */
function isWeakKey(publicKey: Uint8Array): boolean {
  let y = 0n;
  for (let i = 31; i >= 0; i--) y = (y << 8n) | BigInt(publicKey[i] as number);
  y &= (1n << 255n) - 1n;
  return y >= P || SMALL_ORDER_Y.has(y);
}

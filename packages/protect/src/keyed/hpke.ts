// SPDX-License-Identifier: Apache-2.0
import {
  createCipheriv,
  createDecipheriv,
  createHmac,
  createPublicKey,
  diffieHellman,
  generateKeyPairSync,
  type KeyObject,
} from "node:crypto";

/** RFC 9180, section 7.3: the AEADs that are offered. */
export const AEADS = {
  aes128: { id: 1, cipher: "aes-128-gcm", keyBytes: 16 },
  aes256: { id: 2, cipher: "aes-256-gcm", keyBytes: 32 },
} as const;
export type Aead = (typeof AEADS)[keyof typeof AEADS];

const KEM = 0x0020; // DHKEM(X25519, HKDF-SHA256)
const KDF = 0x0001; // HKDF-SHA256
const HASH_BYTES = 32;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
export const ENCAPSULATED_BYTES = 32;

const EMPTY = Buffer.alloc(0);
const KEM_SUITE = Buffer.concat([Buffer.from("KEM"), u16(KEM)]);

/** The secrets of a context: RFC 9180, section 5.1. */
export interface Context {
  readonly aead: Aead;
  readonly key: Buffer;
  readonly baseNonce: Buffer;
}

function u16(value: number): Buffer {
  return Buffer.from([value >> 8, value & 0xff]);
}

function hmac(key: Uint8Array, ...parts: readonly Uint8Array[]): Buffer {
  const mac = createHmac("sha256", key);
  for (const part of parts) mac.update(part);
  return mac.digest();
}

/** Section 4. */
function labeledExtract(suite: Buffer, salt: Uint8Array, label: string, ikm: Uint8Array): Buffer {
  return hmac(salt, Buffer.from("HPKE-v1"), suite, Buffer.from(label), ikm);
}

/** Section 4; at most 32 bytes, which are the first block of HKDF-Expand. */
function labeledExpand(suite: Buffer, prk: Buffer, label: string, info: Buffer, length: number): Buffer {
  if (length > HASH_BYTES) throw new RangeError(`expected at most ${HASH_BYTES} bytes, got ${length}`);
  const labeled = [u16(length), Buffer.from("HPKE-v1"), suite, Buffer.from(label), info];
  return hmac(prk, ...labeled, Buffer.from([1])).subarray(0, length);
}

/** The 32 bytes of an X25519 public key. */
export function toRawPublicKey(key: KeyObject): Buffer {
  const { crv, x } = key.export({ format: "jwk" });
  if (crv !== "X25519" || x === undefined) throw new TypeError("expected an X25519 key");
  return Buffer.from(x, "base64url");
}

function fromRawPublicKey(raw: Uint8Array): KeyObject {
  const x = Buffer.from(raw).toString("base64url");
  return createPublicKey({ key: { kty: "OKP", crv: "X25519", x }, format: "jwk" });
}

/** Section 4.1, Encap and Decap: what both sides know. Refuses a key of small order, with which anybody would know it. */
function sharedSecret(mine: KeyObject, theirs: KeyObject, encapsulated: Buffer, recipient: Buffer): Buffer {
  const dh = diffieHellman({ privateKey: mine, publicKey: theirs });
  if (dh.every((byte) => byte === 0)) throw new RangeError("the public key is not usable");
  const prk = labeledExtract(KEM_SUITE, EMPTY, "eae_prk", dh);
  return labeledExpand(KEM_SUITE, prk, "shared_secret", Buffer.concat([encapsulated, recipient]), HASH_BYTES);
}

/** Section 5.1, KeySchedule in base mode. */
function keySchedule(aead: Aead, shared: Buffer, info: Buffer): Context {
  const suite = Buffer.concat([Buffer.from("HPKE"), u16(KEM), u16(KDF), u16(aead.id)]);
  const context = Buffer.concat([
    Buffer.from([0]),
    labeledExtract(suite, EMPTY, "psk_id_hash", EMPTY),
    labeledExtract(suite, EMPTY, "info_hash", info),
  ]);
  const secret = labeledExtract(suite, shared, "secret", EMPTY);
  return {
    aead,
    key: labeledExpand(suite, secret, "key", context, aead.keyBytes),
    baseNonce: labeledExpand(suite, secret, "base_nonce", context, NONCE_BYTES),
  };
}

/** SetupBaseS. `ephemeral` is made here unless a test brings its own. */
export function setupSender(
  aead: Aead,
  recipient: KeyObject,
  info: Buffer,
  ephemeral: KeyObject = generateKeyPairSync("x25519").privateKey,
): { encapsulated: Buffer; context: Context } {
  const encapsulated = toRawPublicKey(ephemeral);
  const shared = sharedSecret(ephemeral, recipient, encapsulated, toRawPublicKey(recipient));
  return { encapsulated, context: keySchedule(aead, shared, info) };
}

/** SetupBaseR. */
export function setupRecipient(
  aead: Aead,
  encapsulated: Buffer,
  recipient: KeyObject,
  info: Buffer,
): Context {
  const shared = sharedSecret(
    recipient,
    fromRawPublicKey(encapsulated),
    encapsulated,
    toRawPublicKey(recipient),
  );
  return keySchedule(aead, shared, info);
}

/** Section 5.2, ComputeNonce. */
function nonceOf({ baseNonce }: Context, sequence: number): Buffer {
  const nonce = Buffer.from(baseNonce);
  const number = Buffer.alloc(8);
  number.writeBigUInt64BE(BigInt(sequence));
  for (let i = 0; i < number.length; i++) nonce[NONCE_BYTES - 8 + i]! ^= number[i]!;
  return nonce;
}

/** Ciphertext and tag. A sequence number MUST NOT be used twice in one context. */
export function sealIn(context: Context, sequence: number, additional: Buffer, plain: Buffer): Buffer {
  const { cipher: name } = context.aead;
  const cipher = createCipheriv(name, context.key, nonceOf(context, sequence)).setAAD(additional);
  return Buffer.concat([cipher.update(plain), cipher.final(), cipher.getAuthTag()]);
}

/** Throws when ciphertext, tag or additional data were changed. */
export function openIn(context: Context, sequence: number, additional: Buffer, sealed: Buffer): Buffer {
  const end = sealed.length - TAG_BYTES;
  if (end < 0) throw new RangeError("the ciphertext is too short");
  const nonce = nonceOf(context, sequence);
  const decipher = createDecipheriv(context.aead.cipher, context.key, nonce, { authTagLength: TAG_BYTES })
    .setAAD(additional)
    .setAuthTag(sealed.subarray(end));
  return Buffer.concat([decipher.update(sealed.subarray(0, end)), decipher.final()]);
}

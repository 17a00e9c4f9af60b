// SPDX-License-Identifier: Apache-2.0
import { createCipheriv, createDecipheriv, hkdfSync, randomFillSync, timingSafeEqual } from "node:crypto";
import type { DataKey } from "../act/acts.js";
import { markEncrypted, parseMarker } from "../act/marker.js";
import { decodeBody, OpenError } from "./open-error.js";

const VERSION = 1;
const KEY_BYTES = 32;
const NONCE = 12;
const TAG = 16;
const COMMITMENT = 32;
const OVERHEAD = 1 + NONCE + TAG + COMMITMENT;

const KEY_ID = /^[\w-]{22}$/;

interface Derived {
  readonly key: Buffer;
  readonly commitment: Buffer;
}

/** Forgotten together with the key that it belongs to. */
const derivedOf = new WeakMap<Uint8Array, Derived>();

function derive(key: Uint8Array): Derived {
  const known = derivedOf.get(key);
  if (known !== undefined) return known;
  if (key.length !== KEY_BYTES)
    throw new RangeError(`expected a key of ${KEY_BYTES} bytes, got ${key.length}`);
  const derived = {
    key: Buffer.from(hkdfSync("sha256", key, "", "telltale encrypt v1", KEY_BYTES)),
    commitment: Buffer.from(hkdfSync("sha256", key, "", "telltale commit v1", COMMITMENT)),
  };
  derivedOf.set(key, derived);
  return derived;
}

/** Kind and key are bound to the value: a marker cannot be passed off as one of another kind. */
function additionalData(kind: string, keyId: string): Buffer {
  return Buffer.from(`${kind}\0${keyId}`, "utf8");
}

/**
 * Encrypts a value: AES-256-GCM under a key derived from the data key (HKDF-SHA-256), with a random nonce (NIST SP 800-38D: up to 2³²
 * values for one key). Gives the whole marker, whose body is version, nonce, ciphertext, tag and a commitment to the key; without the commitment
 * one ciphertext could open to two texts under two keys.
 */
export function encryptValue(kind: string, value: string, { id, key }: DataKey): string {
  // A marker that is not taken for one would be encrypted again, and could not be opened.
  if (!KEY_ID.test(id)) throw new RangeError("expected a key id of 22 base64url characters");
  const { key: secret, commitment } = derive(key);
  const plain = Buffer.from(value, "utf8");
  const body = Buffer.alloc(OVERHEAD + plain.length);
  body[0] = VERSION;
  const nonce = randomFillSync(body.subarray(1, 1 + NONCE));
  const cipher = createCipheriv("aes-256-gcm", secret, nonce).setAAD(additionalData(kind, id));
  let at = 1 + NONCE;
  at += cipher.update(plain).copy(body, at);
  cipher.final();
  at += cipher.getAuthTag().copy(body, at);
  commitment.copy(body, at);
  return markEncrypted(kind, id, body.toString("base64url"));
}

/**
 * The value behind an `[encrypted:…]` marker. `keyOf` gives the 32 bytes of a data key, or undefined where there is none (any more).
 * Throws {@link OpenError}.
 */
export function openEncrypted(marker: string, keyOf: (keyId: string) => Uint8Array | undefined): string {
  const parsed = parseMarker(marker);
  if (parsed?.type !== "encrypted") throw new OpenError("not_a_marker", "this is no encrypted value");
  const body = decodeBody(parsed.body, OVERHEAD);
  const key = keyOf(parsed.keyId);
  if (key === undefined) throw new OpenError("unknown_key", "there is no key for this value");
  const { key: secret, commitment } = derive(key);
  const end = body.length - COMMITMENT;
  if (!timingSafeEqual(body.subarray(end), commitment))
    throw new OpenError("wrong_key", "the value was encrypted under another key, or changed");
  const decipher = createDecipheriv("aes-256-gcm", secret, body.subarray(1, 1 + NONCE), {
    authTagLength: TAG,
  })
    .setAAD(additionalData(parsed.kind, parsed.keyId))
    .setAuthTag(body.subarray(end - TAG, end));
  try {
    return Buffer.concat([decipher.update(body.subarray(1 + NONCE, end - TAG)), decipher.final()]).toString(
      "utf8",
    );
  } catch {
    throw new OpenError("damaged", "the hidden value was changed");
  }
}

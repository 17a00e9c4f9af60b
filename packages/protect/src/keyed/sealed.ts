// SPDX-License-Identifier: Apache-2.0
import {
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  randomBytes,
} from "node:crypto";
import { markSealed, parseMarker } from "../act/marker.js";
import {
  AEADS,
  type Context,
  ENCAPSULATED_BYTES,
  openIn,
  sealIn,
  setupRecipient,
  setupSender,
} from "./hpke.js";
import { decodeBody, OpenError } from "./open-error.js";

const VERSION = 1;
const SEQUENCE_BYTES = 8;
const HEAD = 1 + ENCAPSULATED_BYTES + SEQUENCE_BYTES;
const TAG = 16;
const ID_BYTES = 16;
const AEAD = AEADS.aes256;

/** How long one context is used: what a stolen machine can still give away. */
const SLICE_MS = 10 * 60 * 1000;
const MOST_VALUES = 1 << 20;
const MOST_CONTEXTS = 64;

/** A key pair for write-only fields. The private half belongs on another machine than the log. */
export interface SealKeys {
  /** PEM, SubjectPublicKeyInfo. */
  readonly publicKey: string;
  /** PEM, PKCS #8. */
  readonly privateKey: string;
}

export function generateSealKeys(): SealKeys {
  const { publicKey, privateKey } = generateKeyPairSync("x25519");
  return {
    publicKey: publicKey.export({ format: "pem", type: "spki" }) as string,
    privateKey: privateKey.export({ format: "pem", type: "pkcs8" }) as string,
  };
}

interface Slice {
  readonly id: string;
  readonly encapsulated: Buffer;
  readonly context: Context;
  readonly until: number;
  next: number;
}

function toInfo(segmentId: string): Buffer {
  return Buffer.from(`telltale sealed v1\0${segmentId}`);
}

function toAdditional(kind: string, segmentId: string): Buffer {
  return Buffer.from(`${kind}\0${segmentId}`);
}

/**
 * Seals values to a public key: HPKE (RFC 9180) in base mode, X25519, HKDF-SHA-256, AES-256-GCM. One context serves ten minutes or a
 * million values and is then dropped, so this machine can open nothing that is older. Each marker holds what its reader needs.
 * `now` gives milliseconds. Throws TypeError when `publicKey` is no X25519 key in PEM.
 */
export function createSealer(publicKey: string, now: () => number): (kind: string, value: string) => string {
  const recipient = asX25519(() => createPublicKey(publicKey));
  let slice: Slice | undefined;
  return (kind, value) => {
    const at = now();
    // A clock that was set back must not keep a context alive.
    if (
      slice === undefined ||
      at >= slice.until ||
      at < slice.until - SLICE_MS ||
      slice.next >= MOST_VALUES
    ) {
      const id = randomBytes(ID_BYTES).toString("base64url");
      slice = { id, ...setupSender(AEAD, recipient, toInfo(id)), until: at + SLICE_MS, next: 0 };
    }
    const { id, encapsulated, context } = slice;
    const sequence = slice.next++;
    const head = Buffer.alloc(HEAD);
    head[0] = VERSION;
    encapsulated.copy(head, 1);
    head.writeBigUInt64BE(BigInt(sequence), 1 + ENCAPSULATED_BYTES);
    const sealed = sealIn(context, sequence, toAdditional(kind, id), Buffer.from(value, "utf8"));
    return markSealed(kind, id, Buffer.concat([head, sealed]).toString("base64url"));
  };
}

/** Opens many `[sealed:…]` markers with a private key (PEM). The function throws {@link OpenError}. */
export function createSealedReader(privateKey: string): (marker: string) => string {
  const recipient = asX25519(() => createPrivateKey(privateKey));
  const contexts = new Map<string, Context>();
  return (marker) => {
    const parsed = parseMarker(marker);
    if (parsed?.type !== "sealed") throw new OpenError("not_a_marker", "this is no sealed value");
    const { kind, segmentId } = parsed;
    const body = decodeBody(parsed.body, HEAD + TAG);
    const encapsulated = body.subarray(1, 1 + ENCAPSULATED_BYTES);
    const sequence = body.readBigUInt64BE(1 + ENCAPSULATED_BYTES);
    if (sequence >= MOST_VALUES) throw new OpenError("damaged", "the hidden value was changed");
    try {
      const name = `${segmentId}${encapsulated.toString("base64url")}`;
      let context = contexts.get(name);
      if (context === undefined) {
        context = setupRecipient(AEAD, encapsulated, recipient, toInfo(segmentId));
        if (contexts.size >= MOST_CONTEXTS) contexts.clear();
        contexts.set(name, context);
      }
      const sealed = body.subarray(HEAD);
      return openIn(context, Number(sequence), toAdditional(kind, segmentId), sealed).toString("utf8");
    } catch {
      // With a key of another pair every tag is wrong: the two cannot be told apart.
      throw new OpenError("wrong_key", "the value was sealed to another key, or changed");
    }
  };
}

/** The value behind a `[sealed:…]` marker. `privateKey` is PEM. Throws {@link OpenError}. */
export function openSealed(marker: string, privateKey: string): string {
  return createSealedReader(privateKey)(marker);
}

function asX25519(read: () => KeyObject): KeyObject {
  let key: KeyObject;
  try {
    key = read();
  } catch {
    // The cause quotes nothing useful, and may quote the key.
    throw new TypeError("expected a key in PEM");
  }
  if (key.asymmetricKeyType !== "x25519") throw new TypeError("expected an X25519 key");
  return key;
}

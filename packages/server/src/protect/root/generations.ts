// SPDX-License-Identifier: Apache-2.0
import { createHash, randomBytes } from "node:crypto";
import { KEY_BYTES, openBytes, sealBytes } from "./cipher.js";
import { contextBytes, type KeyContext } from "./context.js";
import { type GeneratedKey, RootKeyError } from "./root-key.js";

/** One generation of a root key that this process holds. */
export interface Generation {
  /** 16 hex digits of SHA-256 over the key: the same wherever the key is given. */
  readonly id: string;
  readonly key: Buffer;
}

export function toGeneration(key: Buffer): Generation {
  if (key.length !== KEY_BYTES) throw new RootKeyError("refused", `a root key has ${KEY_BYTES} bytes`);
  const id = createHash("sha256").update("telltale root key id v1\0").update(key).digest("hex").slice(0, 16);
  return { id, key };
}

const WRAPPED = /^local:([0-9a-f]{16}):([A-Za-z0-9_-]{80})$/;

/** Wraps with the first generation. Text: `local:<generation>:<base64url of nonce, key and tag>`. */
export function wrapLocally([current]: readonly Generation[], key: Uint8Array, context: KeyContext): string {
  if (current === undefined) throw new RootKeyError("refused", "there is no root key");
  return `local:${current.id}:${sealBytes(current.key, key, contextBytes(context)).toString("base64url")}`;
}

/** Unwraps with the generation that the text names. */
export function unwrapLocally(
  generations: readonly Generation[],
  wrapped: string,
  context: KeyContext,
): Buffer {
  if (!wrapped.startsWith("local:"))
    throw new RootKeyError("refused", "a key in state.db was wrapped by another kind of root key");
  const match = WRAPPED.exec(wrapped);
  if (match === null) throw new RootKeyError("damaged", "a wrapped key in state.db was changed");
  const generation = generations.find(({ id }) => id === match[1]);
  if (generation === undefined) {
    throw new RootKeyError(
      "refused",
      `keys in state.db were wrapped by the root key ${match[1]!}, which is not here: give it back, or restore it from a backup`,
    );
  }
  const key = openBytes(generation.key, Buffer.from(match[2]!, "base64url"), contextBytes(context));
  if (key === undefined) throw new RootKeyError("damaged", "a wrapped key in state.db was changed");
  return key;
}

export function generateLocally(generations: readonly Generation[], context: KeyContext): GeneratedKey {
  const key = randomBytes(KEY_BYTES);
  return { key, wrapped: wrapLocally(generations, key, context) };
}

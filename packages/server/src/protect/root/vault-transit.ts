// SPDX-License-Identifier: Apache-2.0
import { randomBytes } from "node:crypto";
import { z } from "zod";
import { ask, toRootKeyError } from "./ask.js";
import { KEY_BYTES } from "./cipher.js";
import { contextBytes, type KeyContext } from "./context.js";
import { type GeneratedKey, type RootKey, type RootKeyDescription, RootKeyError } from "./root-key.js";

export interface VaultTransitOptions {
  /** `https://vault.example:8200/v1/transit/keys/telltale` without `/v1` and `keys`: origin, mount and key. */
  readonly origin: URL;
  readonly mount: string;
  readonly key: string;
  /** Asked before each call, so that an agent can renew it. */
  readonly token: () => string;
}

const ciphertextAnswer = z.object({ data: z.object({ ciphertext: z.string().regex(/^vault:v\d+:/) }) });
const plaintextAnswer = z.object({ data: z.object({ plaintext: z.base64() }) });
const errorAnswer = z.object({ errors: z.array(z.string()) });

/**
 * The transit engine of HashiCorp Vault and OpenBao by its HTTP API, with a key of type `aes256-gcm96` or `chacha20-poly1305`. The context is the
 * `associated_data` of the AEAD (Vault 1.13 and later). `rewrap` takes no associated data, so a new wrapping key is made
 * instead of a wrapped one being lifted.
 */
export class VaultTransit implements RootKey {
  readonly #options: VaultTransitOptions;

  constructor(options: VaultTransitOptions) {
    this.#options = options;
  }

  async generate(context: KeyContext): Promise<GeneratedKey> {
    const key = randomBytes(KEY_BYTES);
    return { key, wrapped: await this.wrap(key, context) };
  }

  async wrap(key: Uint8Array, context: KeyContext): Promise<string> {
    const { data } = await this.#call("encrypt", ciphertextAnswer, {
      plaintext: Buffer.from(key).toString("base64"),
      associated_data: contextBytes(context).toString("base64"),
    });
    return data.ciphertext;
  }

  async unwrap(wrapped: string, context: KeyContext): Promise<Buffer> {
    if (!wrapped.startsWith("vault:"))
      throw new RootKeyError("refused", "a key in state.db was wrapped by another kind of root key");
    const { data } = await this.#call("decrypt", plaintextAnswer, {
      ciphertext: wrapped,
      associated_data: contextBytes(context).toString("base64"),
    });
    const key = Buffer.from(data.plaintext, "base64");
    if (key.length !== KEY_BYTES) throw new RootKeyError("damaged", "Vault gave a key of another length");
    return key;
  }

  async rotate(): Promise<RootKeyDescription> {
    await this.#call("keys", z.unknown(), {}, "/rotate");
    return this.describe();
  }

  /** The version that wraps is read off a wrapped key: that needs no right to read the key's settings. */
  async describe(): Promise<RootKeyDescription> {
    const probe: KeyContext = { tenant: "", class: "root", purpose: "describe" };
    const generation = (await this.wrap(Buffer.alloc(KEY_BYTES), probe)).split(":")[1];
    const { origin, mount, key } = this.#options;
    return {
      provider: "vault-transit",
      name: `${origin.origin}/${mount}/${key}`,
      generation,
      generations: undefined,
    };
  }

  async #call<T>(verb: string, shape: z.ZodType<T>, input: object, end = ""): Promise<T> {
    const { origin, mount, key, token } = this.#options;
    const url = new URL(`/v1/${mount}/${verb}/${encodeURIComponent(key)}${end}`, origin);
    const headers = {
      "content-type": "application/json",
      "x-vault-token": token(),
      "x-vault-request": "true",
    };
    const { status, answer } = await ask({ url, headers, body: JSON.stringify(input) });
    if (status !== 200 && status !== 204) throw toVaultError(url.host, status, answer, verb);
    const parsed = shape.safeParse(answer);
    // The cause would quote the answer, which holds a key.
    if (!parsed.success)
      throw new RootKeyError("unavailable", `${url.host} did not answer as a transit engine does`);
    return parsed.data;
  }
}

function toVaultError(host: string, status: number, answer: unknown, verb: string): RootKeyError {
  const parsed = errorAnswer.safeParse(answer);
  const why = parsed.success ? parsed.data.errors.join("; ") : "";
  // Decryption that fails is a 400 like every other mistake of the caller; the message says which.
  if (verb === "decrypt" && status === 400 && /authentication failed|invalid ciphertext/.test(why))
    return new RootKeyError("damaged", `${host} does not open a key of state.db (${why.slice(0, 200)})`);
  return toRootKeyError(host, status, why);
}

// SPDX-License-Identifier: Apache-2.0
import { z } from "zod";
import { ask, toRootKeyError } from "./ask.js";
import { KEY_BYTES } from "./cipher.js";
import type { KeyContext } from "./context.js";
import { type GeneratedKey, type RootKey, type RootKeyDescription, RootKeyError } from "./root-key.js";
import { type AwsCredentials, signV4, toAmzDate } from "./sigv4.js";

export interface AwsKmsOptions {
  /** ARN of a symmetric key, or of an alias. */
  readonly keyId: string;
  readonly region: string;
  /** Default `https://kms.<region>.amazonaws.com/`. */
  readonly endpoint?: URL | undefined;
  /** Asked before each call, so that credentials that end soon can be renewed. */
  readonly credentials: () => AwsCredentials;
  readonly now?: () => number;
}

const TARGET = "TrentService";
const PREFIX = "aws:";

const encryptAnswer = z.object({ CiphertextBlob: z.base64() });
const decryptAnswer = z.object({ Plaintext: z.base64() });
const generateAnswer = z.object({ CiphertextBlob: z.base64(), Plaintext: z.base64() });
const describeAnswer = z.object({
  KeyMetadata: z.object({ KeyId: z.string(), KeyState: z.string() }),
});
const errorAnswer = z.object({ __type: z.string() });

/** Errors of AWS KMS with status 400 that pass by themselves. */
const PASSING = new Set(["ThrottlingException", "LimitExceededException", "KMSInternalException"]);

/**
 * AWS KMS by its JSON API (https://docs.aws.amazon.com/kms/latest/APIReference/), signed with Signature Version 4. The context is the
 * EncryptionContext: it is authenticated, and it stands in CloudTrail, so it holds no name of a person.
 */
export class AwsKms implements RootKey {
  readonly #options: AwsKmsOptions;
  readonly #url: URL;

  constructor(options: AwsKmsOptions) {
    this.#options = options;
    this.#url = options.endpoint ?? new URL(`https://kms.${options.region}.amazonaws.com/`);
  }

  async generate(context: KeyContext): Promise<GeneratedKey> {
    const { CiphertextBlob, Plaintext } = await this.#call("GenerateDataKey", generateAnswer, {
      KeyId: this.#options.keyId,
      KeySpec: "AES_256",
      EncryptionContext: toEncryptionContext(context),
    });
    return { key: toKey(Plaintext), wrapped: `${PREFIX}${CiphertextBlob}` };
  }

  async wrap(key: Uint8Array, context: KeyContext): Promise<string> {
    const { CiphertextBlob } = await this.#call("Encrypt", encryptAnswer, {
      KeyId: this.#options.keyId,
      Plaintext: Buffer.from(key).toString("base64"),
      EncryptionContext: toEncryptionContext(context),
    });
    return `${PREFIX}${CiphertextBlob}`;
  }

  async unwrap(wrapped: string, context: KeyContext): Promise<Buffer> {
    if (!wrapped.startsWith(PREFIX)) {
      throw new RootKeyError("refused", "a key in state.db was wrapped by another kind of root key");
    }
    // KeyId is given so that a ciphertext of somebody else's key does not open: AWS says to always name it.
    const { Plaintext } = await this.#call("Decrypt", decryptAnswer, {
      KeyId: this.#options.keyId,
      CiphertextBlob: wrapped.slice(PREFIX.length),
      EncryptionContext: toEncryptionContext(context),
    });
    return toKey(Plaintext);
  }

  /** New key material for the same KMS key; needs `kms:RotateKeyOnDemand`. AWS keeps the old material for what it wrapped. */
  async rotate(): Promise<RootKeyDescription> {
    await this.#call("RotateKeyOnDemand", z.object({}), { KeyId: this.#options.keyId });
    return this.describe();
  }

  async describe(): Promise<RootKeyDescription> {
    const { KeyMetadata } = await this.#call("DescribeKey", describeAnswer, { KeyId: this.#options.keyId });
    if (KeyMetadata.KeyState !== "Enabled") {
      throw new RootKeyError("refused", `the KMS key ${this.#options.keyId} is ${KeyMetadata.KeyState}`);
    }
    return {
      provider: "aws-kms",
      name: this.#options.keyId,
      generation: undefined,
      generations: undefined,
    };
  }

  async #call<T>(action: string, shape: z.ZodType<T>, input: Record<string, unknown>): Promise<T> {
    const { credentials, region, now = Date.now } = this.#options;
    const who = credentials();
    const date = toAmzDate(now());
    const body = JSON.stringify(input);
    const headers: Record<string, string> = {
      "content-type": "application/x-amz-json-1.1",
      host: this.#url.host,
      "x-amz-date": date,
      "x-amz-target": `${TARGET}.${action}`,
      ...(who.sessionToken === undefined ? {} : { "x-amz-security-token": who.sessionToken }),
    };
    const authorization = signV4(
      { method: "POST", path: "/", query: "", headers, body },
      { region, service: "kms", date },
      who,
    );
    const { host: _host, ...sent } = headers; // fetch writes it itself, from the same address
    const { status, answer } = await ask({ url: this.#url, headers: { ...sent, authorization }, body });
    if (status !== 200) throw this.#toError(status, answer);
    const parsed = shape.safeParse(answer);
    // The cause would quote the answer, which holds a key.
    if (!parsed.success)
      throw new RootKeyError("unavailable", `${this.#url.host} did not answer as AWS KMS does`);
    return parsed.data;
  }

  #toError(status: number, answer: unknown): RootKeyError {
    const parsed = errorAnswer.safeParse(answer);
    const type = parsed.success ? (parsed.data.__type.split("#").at(-1) ?? "") : "";
    if (type === "InvalidCiphertextException" || type === "IncorrectKeyException")
      return new RootKeyError("damaged", `AWS KMS does not open a key of state.db (${type})`);
    return toRootKeyError(this.#url.host, PASSING.has(type) ? 503 : status, type);
  }
}

function toEncryptionContext({ tenant, class: klass, purpose }: KeyContext): Record<string, string> {
  // AWS refuses empty values.
  return { application: "telltale", class: klass, purpose, ...(tenant === "" ? {} : { tenant }) };
}

function toKey(base64: string): Buffer {
  const key = Buffer.from(base64, "base64");
  if (key.length !== KEY_BYTES) throw new RootKeyError("damaged", "AWS KMS gave a key of another length");
  return key;
}

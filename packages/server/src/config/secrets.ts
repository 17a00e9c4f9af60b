// SPDX-License-Identifier: Apache-2.0
import { createPrivateKey, X509Certificate } from "node:crypto";
import { inspect } from "node:util";
import { parseGivenKeys } from "../protect/root/given-key.js";
import { ConfigError } from "./config-error.js";
import type { RawConfig } from "./env.js";

/** A text that shows itself to nobody but the one who asks for it. */
export class Secret {
  readonly #value: string;
  constructor(value: string) {
    this.#value = value;
  }
  /** The value. Use it where it is needed and keep it nowhere. */
  reveal(): string {
    return this.#value;
  }
  toString(): string {
    return "[secret]";
  }
  toJSON(): string {
    return "[secret]";
  }
  [inspect.custom](): string {
    return "[secret]";
  }
}

/** All secrets of the configuration, apart from the settings so that those can be printed. No default exists. */
export interface Secrets {
  readonly tls: { readonly cert: string; readonly key: Secret } | undefined;
  readonly webhook: Secret | undefined;
  /** Root keys in base64, the newest first; undefined: the file of the data directory, or a KMS. */
  readonly protectKeys: readonly Secret[] | undefined;
}

const MIN_SECRET = 16;
// What stands in documentation and examples ends up in production: never take it.
const PLACEHOLDER =
  /change.?me|password|secret|example|default|placeholder|your[-_ ]|xxxx|1234567|insert|todo/i;

/** Refuses a shared secret that could be guessed. Throws ConfigError; the message never holds the value. */
export function parseSharedSecret(setting: string, value: string): Secret {
  const problem =
    value.length < MIN_SECRET
      ? `has ${value.length} characters, at least ${MIN_SECRET} are needed`
      : new Set(value).size < 8
        ? "repeats the same few characters"
        : PLACEHOLDER.test(value)
          ? "looks like a placeholder"
          : undefined;
  if (problem === undefined) return new Secret(value);
  throw new ConfigError("bad_secret", `${setting} ${problem}. Make one with: openssl rand -base64 32`);
}

function parseTls(raw: RawConfig, readFile: (path: string) => string): Secrets["tls"] {
  const { tlsCert, tlsKey } = raw;
  if (tlsCert === undefined && tlsKey === undefined) return undefined;
  if (tlsCert === undefined || tlsKey === undefined) {
    throw new ConfigError(
      "tls_incomplete",
      "TLS needs both TELLTALE_TLS_CERT and TELLTALE_TLS_KEY (PEM files).",
    );
  }
  const cert = readOrFail("TELLTALE_TLS_CERT", tlsCert, readFile);
  const key = readOrFail("TELLTALE_TLS_KEY", tlsKey, readFile);
  let matches: boolean;
  try {
    matches = new X509Certificate(cert).checkPrivateKey(createPrivateKey(key));
  } catch (cause) {
    throw new ConfigError(
      "bad_tls",
      "TELLTALE_TLS_CERT or TELLTALE_TLS_KEY is not a PEM certificate and an unencrypted PEM private key.",
      cause,
    );
  }
  if (!matches)
    throw new ConfigError("bad_tls", "TELLTALE_TLS_KEY is not the private key of TELLTALE_TLS_CERT.");
  return { cert, key: new Secret(key) };
}

function readOrFail(setting: string, path: string, readFile: (path: string) => string): string {
  try {
    return readFile(path);
  } catch (cause) {
    const code = (cause as { code?: unknown }).code;
    throw new ConfigError("unreadable_file", `${setting}: ${path} cannot be read (${String(code)}).`, cause);
  }
}

function parseWebhookSecret(raw: RawConfig, readFile: (path: string) => string): Secret | undefined {
  if (raw.webhookSecret !== undefined && raw.webhookSecretFile !== undefined) {
    throw new ConfigError(
      "bad_secret",
      "Set TELLTALE_WEBHOOK_SECRET or TELLTALE_WEBHOOK_SECRET_FILE, not both.",
    );
  }
  if (raw.webhookSecretFile !== undefined) {
    const text = readOrFail("TELLTALE_WEBHOOK_SECRET_FILE", raw.webhookSecretFile, readFile);
    return parseSharedSecret("TELLTALE_WEBHOOK_SECRET_FILE", text.trim());
  }
  return raw.webhookSecret === undefined
    ? undefined
    : parseSharedSecret("TELLTALE_WEBHOOK_SECRET", raw.webhookSecret);
}

function parseProtectKeys(text: string | undefined): readonly Secret[] | undefined {
  if (text === undefined) return undefined;
  const keys = parseGivenKeys(text);
  if (keys !== undefined) return keys.map((key) => new Secret(key.toString("base64")));
  throw new ConfigError(
    "bad_secret",
    "TELLTALE_PROTECT_KEY must be 32 random bytes in base64, or several with commas between, the newest first. Make one with: openssl rand -base64 32",
  );
}

/** Reads and checks every secret; refuses to start on a bad one. Throws ConfigError. */
export function parseSecrets(raw: RawConfig, readFile: (path: string) => string): Secrets {
  const webhook = parseWebhookSecret(raw, readFile);
  if (raw.webhookUrl !== undefined && webhook === undefined) {
    throw new ConfigError(
      "bad_secret",
      "TELLTALE_WEBHOOK_URL needs TELLTALE_WEBHOOK_SECRET, so that the receiver can tell our messages from others. Make one with: openssl rand -base64 32",
    );
  }
  return { tls: parseTls(raw, readFile), webhook, protectKeys: parseProtectKeys(raw.protectKey) };
}

// SPDX-License-Identifier: Apache-2.0
import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import type { KmsSettings } from "../settings.js";
import { AwsKms } from "./aws-kms.js";
import { FileKey } from "./file-key.js";
import { GivenKey } from "./given-key.js";
import { MovedKey } from "./moved-key.js";
import { type RootKey, RootKeyError } from "./root-key.js";
import type { AwsCredentials } from "./sigv4.js";
import { VaultTransit } from "./vault-transit.js";

export interface OpenRootKeyOptions {
  readonly dataDir: string;
  readonly kms: KmsSettings | undefined;
  /** Keys of `TELLTALE_PROTECT_KEY`, the newest first. */
  readonly given: readonly Buffer[] | undefined;
  /** Where a KMS finds the credentials of this server. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** False when state.db holds keys already. */
  readonly mayCreate: boolean;
  readonly now: () => number;
}

/**
 * The root key that the settings name: a KMS, else the environment, else the file. Where another than the file is named and there is a file, what
 * the file wrapped still opens. Throws RootKeyError.
 */
export function openRootKey(options: OpenRootKeyOptions): RootKey {
  const { dataDir, mayCreate, now } = options;
  const file = path.join(dataDir, "keys", "protect.key");
  const named = openNamed(options);
  if (named === undefined) return FileKey.open({ file, mayCreate, now });
  return existsSync(file) ? new MovedKey(named, FileKey.open({ file, mayCreate: false, now })) : named;
}

function openNamed({ kms, given, env, now }: OpenRootKeyOptions): RootKey | undefined {
  if (kms?.kind === "aws") {
    const { keyId, region, endpoint } = kms;
    return new AwsKms({ keyId, region, endpoint, credentials: () => awsCredentials(env), now });
  }
  if (kms?.kind === "vault") {
    const { origin, mount, key } = kms;
    return new VaultTransit({ origin, mount, key, token: () => vaultToken(env) });
  }
  return given === undefined ? undefined : new GivenKey(given, "TELLTALE_PROTECT_KEY");
}

function awsCredentials(env: OpenRootKeyOptions["env"]): AwsCredentials {
  const { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey } = env;
  if (accessKeyId === undefined || secretAccessKey === undefined) {
    throw new RootKeyError(
      "refused",
      "AWS KMS needs AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY (and AWS_SESSION_TOKEN of temporary credentials)",
    );
  }
  return { accessKeyId, secretAccessKey, sessionToken: env["AWS_SESSION_TOKEN"] };
}

/** The token of the environment, or of a file that an agent keeps fresh. */
function vaultToken(env: OpenRootKeyOptions["env"]): string {
  const { VAULT_TOKEN: token, VAULT_TOKEN_FILE: file } = env;
  if (token !== undefined && token !== "") return token;
  if (file === undefined) throw new RootKeyError("refused", "Vault needs VAULT_TOKEN or VAULT_TOKEN_FILE");
  try {
    return readFileSync(file, "utf8").trim();
  } catch (error) {
    throw new RootKeyError("refused", `VAULT_TOKEN_FILE: ${file} cannot be read`, error);
  }
}

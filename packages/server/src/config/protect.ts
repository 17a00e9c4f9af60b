// SPDX-License-Identifier: Apache-2.0
import { createPublicKey } from "node:crypto";
import { resolve } from "node:path";
import { parseKms, type KmsSettings, type ProtectSettings } from "../protect/settings.js";
import { ConfigError } from "./config-error.js";
import { ENV_NAMES, type RawConfig, type SettingName } from "./env.js";

/** The settings of the protection of events. Throws ConfigError. */
export function parseProtectSettings(raw: RawConfig, readFile: (path: string) => string): ProtectSettings {
  return {
    policyFile: raw.protect === undefined ? undefined : resolve(raw.protect),
    kms: toKms(raw),
    cacheHours: toWhole(raw, "protectCacheHours", 1, 168) ?? 12,
    sealTo: toPublicKey(raw, readFile),
    backupDays: toWhole(raw, "backupDays", 0, 3650),
  };
}

function toWhole(raw: RawConfig, name: SettingName, min: number, max: number): number | undefined {
  const text = raw[name];
  if (text === undefined) return undefined;
  const value = /^\d{1,9}$/.test(text) ? Number(text) : Number.NaN;
  if (value >= min && value <= max) return value;
  throw new ConfigError("bad_value", `${ENV_NAMES[name]} must be a whole number from ${min} to ${max}.`);
}

function toKms({ protectKms, protectKmsEndpoint, protectKey }: RawConfig): KmsSettings | undefined {
  if (protectKms === undefined) return undefined;
  if (protectKey !== undefined) {
    throw new ConfigError("bad_value", "Set TELLTALE_PROTECT_KMS or TELLTALE_PROTECT_KEY, not both.");
  }
  const endpoint =
    protectKmsEndpoint === undefined || !URL.canParse(protectKmsEndpoint)
      ? undefined
      : new URL(protectKmsEndpoint);
  const kms = parseKms(protectKms, endpoint);
  if (kms !== undefined && (protectKmsEndpoint === undefined || endpoint !== undefined)) return kms;
  throw new ConfigError(
    "bad_value",
    "TELLTALE_PROTECT_KMS must be aws:<ARN of a key> or vault:https://<host>/<mount>/<key>; plain http is only for this machine, and TELLTALE_PROTECT_KMS_ENDPOINT is an address for AWS.",
  );
}

function toPublicKey(raw: RawConfig, readFile: (path: string) => string): string | undefined {
  if (raw.protectPublicKey === undefined) return undefined;
  const file = resolve(raw.protectPublicKey);
  try {
    const pem = readFile(file);
    const isPublic = pem.includes("BEGIN PUBLIC KEY");
    if (isPublic && createPublicKey(pem).asymmetricKeyType === "x25519") return pem;
  } catch (cause) {
    throw new ConfigError("unreadable_file", `${ENV_NAMES.protectPublicKey}: ${file} cannot be read.`, cause);
  }
  throw new ConfigError(
    "bad_value",
    `${ENV_NAMES.protectPublicKey}: ${file} is no X25519 public key in PEM. The private key must not be on this machine.`,
  );
}

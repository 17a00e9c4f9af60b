// SPDX-License-Identifier: Apache-2.0
import { isSafeAddress } from "./root/ask.js";

/** A KMS that holds the root key. */
export type KmsSettings =
  | {
      readonly kind: "aws";
      readonly keyId: string;
      readonly region: string;
      readonly endpoint: URL | undefined;
    }
  | { readonly kind: "vault"; readonly origin: URL; readonly mount: string; readonly key: string };

/** Where the protection of events takes its keys and its policy from. */
export interface ProtectSettings {
  /** Absolute path of the policy; undefined: `protect.yaml` in the data, where there is one. */
  readonly policyFile: string | undefined;
  readonly kms: KmsSettings | undefined;
  /** Hours that keys are used without word from the KMS. */
  readonly cacheHours: number;
  /** Public key of write-only fields (X25519, PEM); undefined: their values are removed. */
  readonly sealTo: string | undefined;
  /** Days after which no copy of the data directory is left; undefined: nobody said. */
  readonly backupDays: number | undefined;
}

const AWS = /^aws:(arn:aws[a-z-]*:kms:([a-z0-9-]{1,40}):\d{12}:(?:key|alias)\/[A-Za-z0-9/_-]{1,256})$/;

/** A KMS as an operator writes it: `aws:<ARN>` or `vault:https://host:8200/<mount>/<key>`. Undefined when it is none. */
export function parseKms(text: string, endpoint: URL | undefined): KmsSettings | undefined {
  const aws = AWS.exec(text);
  if (aws !== null) {
    if (endpoint !== undefined && !isSafeAddress(endpoint)) return undefined;
    return { kind: "aws", keyId: aws[1]!, region: aws[2]!, endpoint };
  }
  if (!text.startsWith("vault:") || endpoint !== undefined) return undefined;
  const address = text.slice("vault:".length);
  if (!URL.canParse(address)) return undefined;
  const url = new URL(address);
  const match = /^\/([A-Za-z0-9_-]+(?:\/[A-Za-z0-9_-]+)*)\/([A-Za-z0-9_.-]{1,128})$/.exec(url.pathname);
  const isPlain = url.username === "" && url.password === "" && url.search === "" && url.hash === "";
  if (match === null || !isPlain || !isSafeAddress(url)) return undefined;
  return { kind: "vault", origin: new URL(url.origin), mount: match[1]!, key: match[2]! };
}

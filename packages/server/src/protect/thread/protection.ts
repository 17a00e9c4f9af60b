// SPDX-License-Identifier: Apache-2.0
import { type CompiledPolicy, createProtector, type Protector } from "@telltale/protect";
import { toProtectorOptions } from "@telltale/protect/policy";
import { KeyLineWatch } from "../../pipeline/protect/key-lines.js";
import { CredentialWatch } from "./credential-watch.js";
import { ThreadKeys } from "./thread-keys.js";

/** What decides how a thread protects events. It crosses threads, so it is plain data. */
export interface ProtectionPlan {
  /** Undefined: the default policy. */
  readonly policy: CompiledPolicy | undefined;
  /** Public key of write-only fields (X25519, PEM). */
  readonly sealTo: string | undefined;
}

/** What a thread protects events with. */
export interface ThreadProtection {
  readonly protector: Protector;
  readonly keys: ThreadKeys;
  readonly credentials: CredentialWatch;
  readonly keyLines: KeyLineWatch;
}

/** Everything that a thread needs to protect events; its keys come as news. */
export function createThreadProtection({ policy, sealTo }: ProtectionPlan): ThreadProtection {
  const keys = new ThreadKeys({ sealTo });
  const credentials = new CredentialWatch(() => keys.fingerprintKey);
  const protector = createProtector({
    ...(policy === undefined ? {} : toProtectorOptions(policy)),
    acts: keys.acts,
    subjects: keys,
    onCredential: credentials.see,
  });
  return { protector, keys, credentials, keyLines: new KeyLineWatch() };
}

/**
 * For what Telltale says of itself. People who work with the log answer for what they do under their own names, so its profile is
 * always the plain one; everything else is as the policy says.
 */
export function createOwnProtector(policy: CompiledPolicy | undefined, { acts }: ThreadKeys): Protector {
  if (policy === undefined) return createProtector({ acts });
  const own: CompiledPolicy = { ...policy, profile: "plain", tenants: [] };
  return createProtector({ ...toProtectorOptions(own), acts });
}

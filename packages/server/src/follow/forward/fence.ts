// SPDX-License-Identifier: Apache-2.0
import { lookup as dnsLookup } from "node:dns";
import { realpathSync } from "node:fs";
import type { LookupFunction } from "node:net";
import path from "node:path";
import { toCheckedLookup } from "../../alert/notify/address.js";
import { SECRET_PREFIX } from "../../config/env.js";
import type { SecretSources } from "./secret-ref.js";
import { TargetError } from "./target.js";

/**
 * What a target may reach that was configured over the API. Whoever may do that is an administrator of Telltale and need
 * not be one of the machine it runs on: no other secret of the process, no other file and no host behind its firewall is
 * theirs to read or to ask.
 */
export interface Fence {
  readonly secrets: SecretSources;
  /** Refuses names that lead to private addresses; undefined where the operator allows those. */
  readonly lookup: LookupFunction | undefined;
  /** The only folder in which files are written. */
  readonly filesDir: string;
}

export interface FenceOptions {
  /** The machine's own sources. */
  readonly sources: SecretSources;
  /** Absolute; files with secrets and certificates are read from here alone. Undefined: from nowhere. */
  readonly secretsDir: string | undefined;
  readonly allowPrivate: boolean;
  readonly filesDir: string;
  /** Default: the system's. */
  readonly lookup?: typeof dnsLookup;
}

const refusePrivate = (): Error =>
  new TargetError(
    "misconfigured",
    "the name leads to a private address, and TELLTALE_FORWARD_ALLOW_PRIVATE is not set",
  );

export function createFence(options: FenceOptions): Fence {
  const { sources, secretsDir, allowPrivate, filesDir, lookup = dnsLookup } = options;
  return {
    secrets: fenceSecrets(sources, secretsDir),
    lookup: allowPrivate ? undefined : toCheckedLookup(lookup, refusePrivate),
    filesDir,
  };
}

function fenceSecrets(sources: SecretSources, dir: string | undefined): SecretSources {
  const env = Object.entries(sources.env).filter(([name]) => name.startsWith(SECRET_PREFIX));
  return {
    env: Object.fromEntries(env),
    refusal(reference) {
      if (reference.startsWith("env:")) {
        const isOpen = reference.startsWith(`env:${SECRET_PREFIX}`);
        return isOpen ? undefined : `may not be used here: only variables that begin with ${SECRET_PREFIX}`;
      }
      if (dir === undefined)
        return "may not be used here: TELLTALE_SECRETS_DIR names no directory of secrets";
      return isInside(dir, path.resolve(reference.slice("file:".length)))
        ? undefined
        : "may not be used here: only files inside the directory that TELLTALE_SECRETS_DIR names";
    },
    readFile(file, maxBytes) {
      // Also of what a link inside the directory leads to. The directory is the operator's: who can change its links between
      // the two lines can read what they lead to.
      const real = realpathSync(file);
      if (dir === undefined || !isInside(realpathSync(dir), real))
        throw Object.assign(new Error("outside"), { code: "EOUTSIDE" });
      return sources.readFile(real, maxBytes);
    },
  };
}

function isInside(dir: string, file: string): boolean {
  const relative = path.relative(dir, file);
  return relative !== "" && !relative.startsWith("..") && !path.isAbsolute(relative);
}

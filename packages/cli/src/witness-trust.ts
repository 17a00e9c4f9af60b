// SPDX-License-Identifier: Apache-2.0
import { readFileSync } from "node:fs";
import type { WitnessTrust } from "@telltale/log";
import type { PolicyWitness } from "@telltale/merkle";
import { CliFailure } from "./failure.js";

/** Witnesses are asked every ten seconds; this is long enough for a few that were missed. */
const FRESH_MS = 60_000;

/** Whom `--policy` and `--witness-key` say to believe; nobody when neither is given. Throws CliFailure `usage`, `noInput`. */
export async function readTrust(
  { policy: file, witnessKey }: { policy?: string; witnessKey?: string[] },
  now: number,
): Promise<{ witness?: WitnessTrust }> {
  if (file === undefined && witnessKey === undefined) return {};
  if (file !== undefined && witnessKey !== undefined) {
    throw new CliFailure("usage", "--policy names the witnesses already: leave --witness-key away");
  }
  const [{ ED25519_COSIGNATURE, MerkleError, parsePolicy, parseVkey, policyOfAll }, { nodeCrypto }] =
    await Promise.all([import("@telltale/merkle"), import("@telltale/merkle/node")]);
  const trust = { freshMs: FRESH_MS, now };
  try {
    if (file !== undefined)
      return { witness: { ...trust, policy: parsePolicy(nodeCrypto, readPolicy(file)) } };
    const witnesses = (witnessKey ?? []).map((text): PolicyWitness => {
      const key = parseVkey(nodeCrypto, text.trim());
      if (key.type !== ED25519_COSIGNATURE)
        throw new MerkleError("bad_key", "the key of a log, not of a witness");
      return { name: key.name, key };
    });
    return { witness: { ...trust, policy: policyOfAll(witnesses) } };
  } catch (error) {
    if (!(error instanceof MerkleError)) throw error;
    const option = file === undefined ? "--witness-key" : "--policy";
    throw new CliFailure("usage", `${option}: ${error.message}`, undefined, { cause: error });
  }
}

function readPolicy(file: string): Buffer {
  try {
    return readFileSync(file);
  } catch (cause) {
    throw new CliFailure("noInput", `the policy cannot be read: ${(cause as Error).message}`, undefined, {
      cause,
    });
  }
}

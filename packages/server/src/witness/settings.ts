// SPDX-License-Identifier: Apache-2.0
import {
  ED25519_COSIGNATURE,
  equalBytes,
  isQuorum,
  MerkleError,
  parsePolicy,
  parseVkey,
  policyOfAll,
  type PolicyWitness,
  type VerifierKey,
  type WitnessPolicy,
} from "@telltale/merkle";
import { nodeCrypto } from "@telltale/merkle/node";
import { ConfigError } from "../config/config-error.js";

/** A witness that is asked. */
export interface WitnessPeer {
  readonly witness: PolicyWitness;
  /** Submission prefix (C2SP tlog-witness), without a slash at the end. */
  readonly url: string;
}

/** Who is asked to cosign, and how many have to. */
export interface WitnessSettings {
  readonly peers: readonly WitnessPeer[];
  readonly policy: WitnessPolicy;
  /** Least time between two questions to one witness. */
  readonly everyMs: number;
}

function fail(what: string, cause?: unknown): ConfigError {
  return new ConfigError("bad_value", what, cause);
}

function parsePrefix(text: string, setting: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !["http:", "https:"].includes(url.protocol)) {
    throw fail(`${setting}: a witness's address begins with https:// or http://.`);
  }
  if (url.username !== "" || url.password !== "" || url.search !== "" || url.hash !== "") {
    throw fail(`${setting}: a witness's address has no user name, no password, no ? and no #.`);
  }
  return url.href.replace(/\/+$/, "");
}

/** One `<vkey>=<url>`. The base64 of the key may hold "+" and "/", never "=": 33 bytes need no padding. */
function parsePair(text: string): { key: VerifierKey; url: string } {
  const at = text.search(/=https?:/);
  if (at < 0) {
    throw fail("TELLTALE_WITNESS must be <verifier key>=<address>, as `telltale witness serve` prints it.");
  }
  let key: VerifierKey;
  try {
    key = parseVkey(nodeCrypto, text.slice(0, at));
  } catch (cause) {
    if (!(cause instanceof MerkleError)) throw cause;
    throw fail(`TELLTALE_WITNESS: ${cause.message}.`, cause);
  }
  if (key.type !== ED25519_COSIGNATURE) {
    throw fail(`TELLTALE_WITNESS: ${key.name} is the key of a log, not of a witness.`);
  }
  return { key, url: parsePrefix(text.slice(at + 1), "TELLTALE_WITNESS") };
}

function parseFile(bytes: Uint8Array): WitnessPolicy {
  try {
    return parsePolicy(nodeCrypto, bytes);
  } catch (cause) {
    if (!(cause instanceof MerkleError)) throw cause;
    throw fail(`TELLTALE_WITNESS_POLICY: ${cause.message}.`, cause);
  }
}

function isSameKey(a: VerifierKey, b: VerifierKey): boolean {
  return equalBytes(a.publicKey, b.publicKey);
}

/**
 * The settings from `<vkey>=<url>` pairs (white space between) and a policy file (C2SP tlog-policy); undefined when there are
 * neither. Without a file every witness that is named has to cosign. Throws ConfigError, also where the quorum could never
 * be met because too few witnesses have an address.
 */
export function parseWitnessSettings(
  pairs: string | undefined,
  policyFile: Uint8Array | undefined,
  everyMs: number,
): WitnessSettings | undefined {
  if (pairs === undefined && policyFile === undefined) return undefined;
  const named = (pairs ?? "")
    .split(/\s+/)
    .filter((each) => each !== "")
    .map(parsePair);
  named.forEach(({ key }, i) => {
    if (named.findIndex((other) => isSameKey(other.key, key)) !== i) {
      throw fail(`TELLTALE_WITNESS names ${key.name} twice, or one key under two names.`);
    }
  });
  const policy =
    policyFile === undefined
      ? policyOfAll(named.map(({ key }) => ({ name: key.name, key })))
      : parseFile(policyFile);
  const known = (key: VerifierKey): PolicyWitness | undefined =>
    policy.witnesses.find((witness) => witness.key.name === key.name && isSameKey(witness.key, key));
  for (const { key } of named) {
    if (known(key) === undefined) throw fail(`TELLTALE_WITNESS: ${key.name} is not in the policy file.`);
  }
  const peers = policy.witnesses.flatMap((witness) => {
    const url = named.find(({ key }) => isSameKey(key, witness.key))?.url ?? witness.url;
    return url === undefined ? [] : [{ witness, url: parsePrefix(url, "TELLTALE_WITNESS_POLICY") }];
  });
  if (!isQuorum(policy.quorum, (witness) => peers.some((peer) => peer.witness === witness))) {
    throw fail(
      "TELLTALE_WITNESS_POLICY: too few witnesses have an address, so the quorum could never be met.",
    );
  }
  return { peers, policy, everyMs };
}

/** A policy that names logs must name this one, by any key that it ever had. Throws ConfigError. */
export function verifyPolicyLog({ policy }: WitnessSettings, keys: readonly { key: VerifierKey }[]): void {
  const isNamed = policy.logs.some((log) =>
    keys.some(({ key }) => log.key.name === key.name && isSameKey(log.key, key)),
  );
  if (policy.logs.length === 0 || isNamed) return;
  throw fail(
    "TELLTALE_WITNESS_POLICY: the policy is of other logs; add a line with the key in DATA/keys/main.vkey.",
  );
}

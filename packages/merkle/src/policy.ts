// SPDX-License-Identifier: Apache-2.0
import { equalBytes, parseDecimal, parseUtf8 } from "./bytes.js";
import type { MerkleCrypto } from "./crypto.js";
import { MerkleError } from "./error.js";
import { ED25519, ED25519_COSIGNATURE, formatVkey, parseVkey, type VerifierKey } from "./vkey.js";

/** The specification wants at least 32 of each. */
const MAX_OF_EACH = 256;
export const MAX_POLICY_BYTES = 256 * 1024;

export interface PolicyLog {
  key: VerifierKey;
  url?: string;
}

export interface PolicyWitness {
  /** As the policy calls it; means nothing outside of it. Octets that are no UTF-8 are shown as U+FFFD. */
  name: string;
  key: VerifierKey;
  url?: string;
}

/** What has to cosign. A tree: every witness and every group counts in one place only. */
export type QuorumRule =
  | { kind: "none" }
  | { kind: "witness"; witness: PolicyWitness }
  | { kind: "group"; name: string; threshold: number; members: QuorumRule[] };

/** Whose word is believed about a log (C2SP tlog-policy). */
export interface WitnessPolicy {
  /** Empty: the log is known from elsewhere. */
  logs: PolicyLog[];
  witnesses: PolicyWitness[];
  quorum: QuorumRule;
}

const lenient = new TextDecoder("utf-8");

/** Octets, one to a character: names are compared as octets, whatever they mean as text. */
function toOctets(input: Uint8Array): string {
  let out = "";
  for (const octet of input) {
    if (octet !== 0x09 && octet !== 0x0a && (octet < 0x20 || octet === 0x7f)) {
      throw new MerkleError("bad_policy", "not a policy: a control character other than tab and newline");
    }
    out += String.fromCharCode(octet);
  }
  return out;
}

function toBytes(octets: string): Uint8Array {
  return Uint8Array.from(octets, (char) => char.charCodeAt(0));
}

class PolicyParser {
  readonly #crypto: MerkleCrypto;
  readonly #rules = new Map<string, QuorumRule>();
  /** Names that are a member of a group already. */
  readonly #used = new Set<string>();
  readonly #logs: PolicyLog[] = [];
  readonly #witnesses: PolicyWitness[] = [];
  #groups = 0;
  #quorum: QuorumRule | undefined;
  #line = 0;

  constructor(crypto: MerkleCrypto) {
    this.#crypto = crypto;
  }

  parse(input: Uint8Array): WitnessPolicy {
    if (input.length > MAX_POLICY_BYTES) this.#bad(`longer than ${MAX_POLICY_BYTES} bytes`);
    const lines = toOctets(input).split("\n");
    // Of a file that was cut, "quorum all-of-them" could be left as "quorum a".
    if (lines.pop() !== "") this.#bad("the last line does not end in a newline");
    for (const line of lines) {
      this.#line++;
      const items = line.split(/[ \t]+/).filter((item) => item !== "");
      const [keyword, ...rest] = items;
      if (keyword !== undefined && !keyword.startsWith("#")) this.#take(keyword, rest);
    }
    this.#line = 0;
    if (this.#quorum === undefined) this.#bad("no quorum line");
    return { logs: this.#logs, witnesses: this.#witnesses, quorum: this.#quorum };
  }

  #bad(why: string, cause?: unknown): never {
    const where = this.#line > 0 ? `line ${this.#line}: ` : "";
    throw new MerkleError("bad_policy", `not a policy: ${where}${why}`, { cause });
  }

  #take(keyword: string, items: string[]): void {
    if (keyword === "log") this.#takeLog(items);
    else if (keyword === "witness") this.#takeWitness(items);
    else if (keyword === "group") this.#takeGroup(items);
    else if (keyword === "quorum") this.#takeQuorum(items);
    else this.#bad("it begins with none of log, witness, group and quorum");
  }

  #key(octets: string, type: number, known: readonly { key: VerifierKey }[]): VerifierKey {
    let key: VerifierKey;
    try {
      key = parseVkey(this.#crypto, parseUtf8(toBytes(octets)));
    } catch (cause) {
      return this.#bad(cause instanceof MerkleError ? cause.message : "no verifier key", cause);
    }
    if (key.type !== type) this.#bad(`a key of type ${key.type} where one of type ${type} belongs`);
    if (known.length >= MAX_OF_EACH) this.#bad(`more than ${MAX_OF_EACH} of a kind`);
    if (known.some((other) => equalBytes(other.key.publicKey, key.publicKey)))
      this.#bad("the same public key again");
    return key;
  }

  #url(items: readonly string[]): { url?: string } {
    const [octets, ...more] = items;
    if (more.length > 0) this.#bad("more than a key and an address");
    return octets === undefined ? {} : { url: lenient.decode(toBytes(octets)) };
  }

  #takeLog([vkey = "", ...rest]: string[]): void {
    this.#logs.push({ key: this.#key(vkey, ED25519, this.#logs), ...this.#url(rest) });
  }

  #takeWitness([name = "", vkey = "", ...rest]: string[]): void {
    const key = this.#key(vkey, ED25519_COSIGNATURE, this.#witnesses);
    const witness = { name: lenient.decode(toBytes(name)), key, ...this.#url(rest) };
    this.#define(name, { kind: "witness", witness });
    this.#witnesses.push(witness);
  }

  #define(name: string, rule: QuorumRule): void {
    if (name === "" || name === "none") this.#bad("no name, or the name none");
    if (this.#rules.has(name)) this.#bad("a name that is defined already");
    this.#rules.set(name, rule);
  }

  #rule(name: string): QuorumRule {
    return this.#rules.get(name) ?? this.#bad("a name that no line above defines");
  }

  #takeGroup([name = "", count = "", ...names]: string[]): void {
    if (names.length === 0) this.#bad("a group without members");
    if (++this.#groups > MAX_OF_EACH) this.#bad(`more than ${MAX_OF_EACH} groups`);
    const members = names.map((member) => {
      const rule = this.#rule(member);
      if (this.#used.has(member)) this.#bad("a member that a group counts already");
      this.#used.add(member);
      return rule;
    });
    const threshold = this.#threshold(count, members.length);
    this.#define(name, { kind: "group", name: lenient.decode(toBytes(name)), threshold, members });
  }

  #threshold(count: string, members: number): number {
    if (count === "any") return 1;
    if (count === "all") return members;
    let threshold = 0n;
    try {
      threshold = parseDecimal(count);
    } catch (cause) {
      this.#bad("a group needs any, all or a number", cause);
    }
    if (threshold < 1n || threshold > members) this.#bad(`the number must be from 1 to ${members}`);
    return Number(threshold);
  }

  #takeQuorum([name = "", ...more]: string[]): void {
    if (more.length > 0) this.#bad("a quorum is one name");
    if (this.#quorum !== undefined) this.#bad("a second quorum");
    this.#quorum = name === "none" ? { kind: "none" } : this.#rule(name);
  }
}

/** Parse a policy file (C2SP tlog-policy); `bad_policy` with the number of the line otherwise. */
export function parsePolicy(crypto: MerkleCrypto, input: Uint8Array): WitnessPolicy {
  return new PolicyParser(crypto).parse(input);
}

/** The policy that every one of these witnesses has to cosign; none at all: nobody has to. */
export function policyOfAll(witnesses: readonly PolicyWitness[]): WitnessPolicy {
  const members = witnesses.map((witness): QuorumRule => ({ kind: "witness", witness }));
  const quorum: QuorumRule =
    members.length === 0
      ? { kind: "none" }
      : { kind: "group", name: "all", threshold: members.length, members };
  return { logs: [], witnesses: [...witnesses], quorum };
}

/** Whether the quorum is met when exactly these witnesses have cosigned. */
export function isQuorum(rule: QuorumRule, hasCosigned: (witness: PolicyWitness) => boolean): boolean {
  if (rule.kind === "none") return true;
  if (rule.kind === "witness") return hasCosigned(rule.witness);
  return rule.members.filter((member) => isQuorum(member, hasCosigned)).length >= rule.threshold;
}

/**
 * A policy as a file, under names of its own (`w1`, `g1`): what witnesses are called in somebody's configuration is that somebody's
 * business. `parsePolicy` reads the same rule from it.
 */
export function formatPolicy(
  vkeys: readonly string[],
  policy: Pick<WitnessPolicy, "witnesses" | "quorum">,
): string {
  const names = new Map(policy.witnesses.map((witness, i) => [witness, `w${i + 1}`]));
  const lines = vkeys.map((vkey) => `log ${vkey}`);
  for (const [witness, name] of names) lines.push(`witness ${name} ${formatVkey(witness.key)}`);
  let groups = 0;
  const nameOf = (rule: QuorumRule): string => {
    if (rule.kind === "none") return "none";
    if (rule.kind === "witness") return names.get(rule.witness) ?? "none";
    const members = rule.members.map(nameOf);
    const name = `g${++groups}`;
    lines.push(`group ${name} ${rule.threshold} ${members.join(" ")}`);
    return name;
  };
  lines.push(`quorum ${nameOf(policy.quorum)}`);
  return `${lines.join("\n")}\n`;
}

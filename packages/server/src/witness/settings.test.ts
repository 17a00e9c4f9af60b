// SPDX-License-Identifier: Apache-2.0
import { generateKeyPairSync } from "node:crypto";
import { formatVkey, parseVkey, rangeOfOne, toKeyId } from "@telltale/merkle";
import { nodeCrypto } from "@telltale/merkle/node";
import { describe, expect, it } from "vitest";
import { ConfigError } from "../config/config-error.js";
import { parseWitnessSettings, verifyPolicyLog } from "./settings.js";

function vkeyOf(name: string, type = 4): string {
  const { publicKey } = generateKeyPairSync("ed25519");
  const raw = publicKey.export({ format: "der", type: "spki" }).subarray(12);
  return formatVkey({ name, keyId: toKeyId(nodeCrypto, name, type, raw), type, publicKey: raw });
}

const keysOf = (vkey: string) => rangeOfOne(parseVkey(nodeCrypto, vkey));
const [A, B, LOG] = [vkeyOf("a.example/w"), vkeyOf("b.example/w"), vkeyOf("log.example", 1)];
const parse = (pairs?: string, policy?: string) =>
  parseWitnessSettings(pairs, policy === undefined ? undefined : Buffer.from(policy), 10_000);

function problem(pairs?: string, policy?: string): string {
  try {
    parse(pairs, policy);
    return "accepted";
  } catch (error) {
    if (error instanceof ConfigError) return error.message;
    throw error;
  }
}

describe("the settings of witnesses", () => {
  it("are none, pairs, a policy, or a policy whose addresses are pairs", () => {
    expect(parse()).toBeUndefined();
    const pairs = parse(`${A}=https://a.example/prefix/  ${B}=http://127.0.0.1:7410`);
    expect(pairs?.peers.map(({ url, witness }) => [witness.name, url])).toEqual([
      ["a.example/w", "https://a.example/prefix"],
      ["b.example/w", "http://127.0.0.1:7410"],
    ]);
    const policy = `witness one ${A} https://a.example\nwitness two ${B}\ngroup g any one two\nquorum g\n`;
    expect(parse(undefined, policy)?.peers.map(({ url }) => url)).toEqual(["https://a.example"]);
    expect(parse(`${B}=https://b.example`, policy)?.peers.map(({ witness }) => witness.name)).toEqual([
      "one",
      "two",
    ]);
  });

  it("name what cannot be", () => {
    expect(problem("nonsense")).toContain("<verifier key>=<address>");
    expect(problem(`${A}x=https://a.example`)).toContain("TELLTALE_WITNESS");
    expect(problem(`${LOG}=https://a.example`)).toContain("key of a log");
    expect(problem(`${A}=ftp://a.example`)).toContain("<verifier key>");
    expect(problem(`${A}=https://u:p@a.example`)).toContain("no user name");
    expect(problem(`${A}=https://a.example/?q`)).toContain("no user name");
    expect(problem(`${A}=https://a.example ${A}=https://b.example`)).toContain("twice");
    expect(problem(`${A}=https://a.example`, "quorum none\n")).toContain("not in the policy");
    expect(problem(undefined, `witness one ${A}\nquorum one\n`)).toContain("never be met");
    expect(problem(undefined, "quorum\n")).toContain("line 1");
  });

  it("hold a policy to its logs", () => {
    const settings = parse(undefined, `log ${LOG}\nwitness one ${A} https://a.example\nquorum one\n`);
    if (settings === undefined) throw new Error("no settings");
    expect(() => verifyPolicyLog(settings, keysOf(LOG))).not.toThrow();
    expect(() => verifyPolicyLog(settings, keysOf(vkeyOf("log.example", 1)))).toThrow("other logs");
    const any = parse(`${A}=https://a.example`);
    if (any !== undefined) expect(() => verifyPolicyLog(any, keysOf(LOG))).not.toThrow();
  });
});

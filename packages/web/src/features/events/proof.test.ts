// SPDX-License-Identifier: Apache-2.0
import { createHash, generateKeyPairSync, sign } from "node:crypto";
import {
  formatCheckpoint,
  formatNote,
  formatReceipt,
  formatVkey,
  nodeHash,
  leafHash,
  toKeyId,
} from "@telltale/merkle";
import { nodeCrypto } from "@telltale/merkle/node";
import { describe, expect, it } from "vitest";
import { verifyEventProof } from "./proof.js";

const ORIGIN = "test.example/0123456789abcdef";
const { privateKey, publicKey } = generateKeyPairSync("ed25519");
const key = new Uint8Array(publicKey.export({ type: "spki", format: "der" }).subarray(-32));
const keyId = toKeyId(nodeCrypto, ORIGIN, 1, key);
const vkey = formatVkey({ name: ORIGIN, keyId, type: 1, publicKey: key });

const lines = ['{"action":"a"}', '{"action":"b"}'];
const [left, right] = lines.map((line) => leafHash(nodeCrypto, new TextEncoder().encode(line)));

function toProof(index: number): string {
  if (left === undefined || right === undefined) throw new Error("no leaves");
  const text = formatCheckpoint(ORIGIN, 2n, nodeHash(nodeCrypto, left, right));
  const signature = new Uint8Array(sign(null, Buffer.from(text), privateKey));
  const checkpoint = formatNote(text, [{ name: ORIGIN, keyId, signature }]);
  return formatReceipt({ index: BigInt(index), proof: [index === 0 ? right : left], checkpoint });
}

const good = { index: 1, line: lines[1] ?? "", proof: toProof(1), vkey, pinnedSince: "just now" };

describe("the proof of an event", () => {
  it("holds in the browser's own code, and says that nobody else vouches for it", async () => {
    const verdict = await verifyEventProof(good);
    expect(verdict.seal).toBe("unwitnessed");
    expect(verdict.steps.map((step) => step.ok)).toEqual([true, true, true, false]);
    const leaf = createHash("sha256").update("\0").update(good.line).digest("hex");
    expect(verdict.steps[0]?.text).toContain(leaf.slice(0, 6));
  });

  it.each([
    ["a changed byte", { line: '{"action":"B"}' }],
    ["another event's proof", { proof: toProof(0) }],
    ["a proof of another index", { index: 0, line: lines[0] ?? "" }],
    ["another key", { vkey: vkey.replace(ORIGIN, "other.example") }],
    ["no proof at all", { proof: "" }],
    ["a page instead of a proof", { proof: "<!doctype html>" }],
  ])("breaks with %s", async (_, change) => {
    const verdict = await verifyEventProof({ ...good, ...change });
    expect(verdict.seal).toBe("broken");
    expect(verdict.steps[0]?.ok).toBe(false);
  });
});

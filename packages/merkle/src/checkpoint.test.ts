// SPDX-License-Identifier: Apache-2.0
import { generateKeyPairSync, sign } from "node:crypto";
import { describe, expect, it } from "vitest";
import { toBase64 } from "./bytes.js";
import { formatCheckpoint, parseCheckpoint, parseTreeHead, verifyCheckpoint } from "./checkpoint.js";
import { emptyRoot } from "./hash.js";
import { nodeCrypto } from "./node.js";
import { formatNote } from "./note.js";
import { ED25519, toKeyId, type VerifierKey } from "./vkey.js";
import { codeOf } from "../test/code-of.js";

const root = new Uint8Array(32).fill(5);
const good = `example.com/log\n7\n${toBase64(root)}\n`;

describe("the text of a checkpoint", () => {
  it("is not made of what no parser would take", () => {
    expect(formatCheckpoint("example.com/log", 7n, root)).toBe(good);
    const wrong: [string, bigint, Uint8Array][] = [
      ["", 7n, root],
      ["a b", 7n, root],
      ["a+b", 7n, root],
      ["a", -1n, root],
      ["a", 7n, root.subarray(1)],
      ["a", 7n, new Uint8Array(33)],
    ];
    for (const [origin, size, hash] of wrong) {
      expect(codeOf(() => formatCheckpoint(origin, size, hash))).toBe("bad_checkpoint");
    }
    expect(codeOf(() => formatCheckpoint("a", 0n, emptyRoot()))).toBe("accepted");
  });

  it("has three lines and its extensions, none of them empty", () => {
    expect(parseTreeHead(good)).toEqual({ origin: "example.com/log", size: 7n, root, extensions: [] });
    expect(parseTreeHead(`${good}one\ntwo\n`).extensions).toEqual(["one", "two"]);
    for (const text of [
      `${good}\n`,
      `${good}one\n\ntwo\n`,
      good.slice(0, -1),
      `${good}one`,
      "",
      "\n",
      "a\n7\n",
      `\n7\n${toBase64(root)}\n`,
      `a\n07\n${toBase64(root)}\n`,
      `a\n-7\n${toBase64(root)}\n`,
      `a\n7\n${toBase64(root.subarray(1))}\n`,
      `a\n7\n${toBase64(root).slice(0, -1)}\n`,
    ]) {
      expect([text, codeOf(() => parseTreeHead(text))]).toEqual([text, "bad_checkpoint"]);
    }
  });

  it("of an empty tree has the empty root, which only a witness may overlook", () => {
    const empty = `a\n0\n${toBase64(root)}\n`;
    expect(codeOf(() => parseCheckpoint(empty))).toBe("bad_checkpoint");
    expect(parseTreeHead(empty).size).toBe(0n);
    expect(parseCheckpoint(`a\n0\n${toBase64(emptyRoot())}\n`).size).toBe(0n);
  });
});

describe("a signed checkpoint", () => {
  const pair = generateKeyPairSync("ed25519");
  const publicKey = new Uint8Array(pair.publicKey.export({ format: "der", type: "spki" }).subarray(-32));
  const name = "example.com/log";
  const keyId = toKeyId(nodeCrypto, name, ED25519, publicKey);
  const key: VerifierKey = { name, keyId, type: ED25519, publicKey };
  const signature = new Uint8Array(sign(null, Buffer.from(good), pair.privateKey));
  const ask = (note: string): string => codeOf(() => verifyCheckpoint(nodeCrypto, note, key));

  it("is believed with the signature of its key over this very text, and with nothing else", () => {
    expect(verifyCheckpoint(nodeCrypto, formatNote(good, [{ name, keyId, signature }]), key).size).toBe(7n);
    const bent = signature.with(9, (signature[9] as number) ^ 1);
    expect(ask(formatNote(good, [{ name, keyId, signature: bent }]))).toBe("signature_invalid");
    const larger = good.replace("\n7\n", "\n8\n");
    expect(ask(formatNote(larger, [{ name, keyId, signature }]))).toBe("signature_invalid");
    expect(ask(formatNote(good, [{ name, keyId: keyId ^ 1, signature }]))).toBe("signature_missing");
    expect(ask(formatNote(good, [{ name: "another", keyId, signature }]))).toBe("signature_missing");
  });
});

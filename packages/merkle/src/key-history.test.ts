// SPDX-License-Identifier: Apache-2.0
import { generateKeyPairSync, type KeyObject, sign } from "node:crypto";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { formatCheckpoint } from "./checkpoint.js";
import { MerkleError } from "./error.js";
import { leafHash, nodeHash } from "./hash.js";
import {
  formatKeyHistory,
  type KeyChange,
  keysFrom,
  parseKeyChangeEvent,
  parseKeyHistory,
} from "./key-history.js";
import { verifyCheckpointBy } from "./key-ranges.js";
import { nodeCrypto } from "./node.js";
import { formatNote } from "./note.js";
import { inclusionProof, treeRoot } from "./proof.js";
import { formatReceipt, verifyReceipt } from "./receipt.js";
import { ED25519, formatVkey, parseVkey, toKeyId, type VerifierKey } from "./vkey.js";
import { codeOf } from "../test/code-of.js";

interface Key {
  secret: KeyObject;
  key: VerifierKey;
  vkey: string;
}

function makeKey(name = "example.com/log"): Key {
  const { privateKey: secret, publicKey } = generateKeyPairSync("ed25519");
  const raw = publicKey.export({ format: "der", type: "spki" }).subarray(12);
  const key = { name, keyId: toKeyId(nodeCrypto, name, ED25519, raw), type: ED25519, publicKey: raw };
  return { secret, key, vkey: formatVkey(key) };
}

const event = (from: string, to: string, via = "telltale"): string =>
  JSON.stringify({
    received: "2026-11-22T00:00:00.000Z",
    via,
    v: 1,
    action: "log_key_changed",
    data: { from, to },
  });

/** A tree in memory whose checkpoints are signed by whom one likes. */
class Tree {
  readonly lines: string[] = [];

  #node = async (height: number, index: bigint): Promise<Uint8Array> => {
    if (height === 0) return leafHash(nodeCrypto, Buffer.from(this.lines[Number(index)] as string));
    const [left, right] = [
      await this.#node(height - 1, 2n * index),
      await this.#node(height - 1, 2n * index + 1n),
    ];
    return nodeHash(nodeCrypto, left, right);
  };

  async checkpoint(size: number, keys: readonly Key[], name = "example.com/log"): Promise<string> {
    const text = formatCheckpoint(name, BigInt(size), await treeRoot(nodeCrypto, BigInt(size), this.#node));
    const lines = keys.map(({ secret, key }) => ({
      name: key.name,
      keyId: key.keyId,
      signature: sign(null, Buffer.from(text), secret),
    }));
    return formatNote(text, lines);
  }

  async receipt(index: number, size: number, keys: readonly Key[]): Promise<string> {
    const proof = await inclusionProof(nodeCrypto, BigInt(index), BigInt(size), this.#node);
    return formatReceipt({ index: BigInt(index), proof, checkpoint: await this.checkpoint(size, keys) });
  }
}

const [a, b, c, thief] = [makeKey(), makeKey(), makeKey(), makeKey()];

async function makeLog(): Promise<{ tree: Tree; changes: KeyChange[]; text: string }> {
  const tree = new Tree();
  tree.lines.push("one", "two", event(a.vkey, b.vkey), "four", event(b.vkey, c.vkey), "six");
  const changes = [
    { entry: tree.lines[2] as string, proof: await tree.receipt(2, 3, [a, b]) },
    { entry: tree.lines[4] as string, proof: await tree.receipt(4, 5, [b, c]) },
  ];
  return { tree, changes, text: formatKeyHistory(a.vkey, changes) };
}

describe("a key history", () => {
  it("leads from any of its keys to all of them, each for its own trees", async () => {
    const { text } = await makeLog();
    const history = parseKeyHistory(nodeCrypto, text);
    expect(history.origin).toBe("example.com/log");
    for (const { key } of [a, b, c]) {
      const keys = keysFrom(history, key);
      expect(keys.map(({ from, to }) => [from, to])).toEqual([
        [0n, 3n],
        [3n, 5n],
        [5n, undefined],
      ]);
    }
    expect(codeOf(() => keysFrom(history, thief.key))).toBe("key_unknown");
    expect(formatKeyHistory(a.vkey, history.changes)).toBe(text);
  });

  it("keeps old receipts good, and refuses what an old or a later key signs outside its time", async () => {
    const { tree, text } = await makeLog();
    const keys = keysFrom(parseKeyHistory(nodeCrypto, text), a.key);
    const entry = Buffer.from("one");
    for (const [size, signer] of [
      [2, a],
      [3, a],
      [3, b],
      [4, b],
      [5, c],
      [6, c],
    ] as const) {
      const proof = await tree.receipt(0, size, [signer]);
      expect(verifyReceipt({ proof, entry, keys, crypto: nodeCrypto }).size).toBe(BigInt(size));
    }
    for (const [size, signer] of [
      [4, a],
      [6, a],
      [6, b],
      [2, b],
      [4, c],
    ] as const) {
      const note = await tree.checkpoint(size, [signer]);
      expect(codeOf(() => verifyCheckpointBy(nodeCrypto, note, keys))).toBe("key_out_of_range");
    }
    // A line of an old key beside that of the right one changes nothing.
    expect(verifyCheckpointBy(nodeCrypto, await tree.checkpoint(6, [a, c]), keys).size).toBe(6n);
    expect(codeOf(() => verifyCheckpointBy(nodeCrypto, "", keys))).toBe("bad_note");
    const unknown = await tree.checkpoint(6, [thief]);
    expect(codeOf(() => verifyCheckpointBy(nodeCrypto, unknown, keys))).toBe("signature_missing");
  });

  it("is not made by adding a signature to a checkpoint that the old key signed", async () => {
    const tree = new Tree();
    tree.lines.push("one", "two", event(a.vkey, b.vkey));
    // The thief has published checkpoints and a key of its own, and no key of the log.
    const forged = [
      { entry: event(a.vkey, thief.vkey), proof: await tree.receipt(2, 3, [a, thief]) },
      { entry: tree.lines[2] as string, proof: await tree.receipt(2, 3, [a, thief]) },
      { entry: tree.lines[2] as string, proof: await tree.receipt(2, 3, [a]) },
      { entry: tree.lines[2] as string, proof: await tree.receipt(2, 3, [b]) },
      { entry: "one", proof: await tree.receipt(0, 3, [a, b]) },
    ];
    const codes = forged.map((change) =>
      codeOf(() => parseKeyHistory(nodeCrypto, formatKeyHistory(a.vkey, [change]))),
    );
    expect(codes).toEqual([
      "proof_mismatch",
      "bad_key_history",
      "bad_key_history",
      "bad_key_history",
      "bad_key_history",
    ]);
  });

  it("is refused when a sender claims the event, a key comes again, or another log's key is named", async () => {
    const other = makeKey("example.com/else");
    const cases: [string, Key][] = [
      [event(a.vkey, b.vkey, "ingest_abc"), b],
      [event(b.vkey, a.vkey), b],
      [event(a.vkey, a.vkey), a],
      [event(a.vkey, other.vkey), other],
      [event(a.vkey, "nonsense"), b],
      [event(a.vkey, b.vkey).replace("log_key_changed", "log_viewed"), b],
    ];
    for (const [line, to] of cases) {
      const tree = new Tree();
      tree.lines.push(line);
      const change = { entry: line, proof: await tree.receipt(0, 1, [a, to]) };
      expect(codeOf(() => parseKeyHistory(nodeCrypto, formatKeyHistory(a.vkey, [change])))).not.toBe(
        "accepted",
      );
    }
  });

  it("is refused out of order, cut, or swapped", async () => {
    const { changes } = await makeLog();
    const [one, two] = changes as [KeyChange, KeyChange];
    for (const [first, list] of [
      [a.vkey, [two, one]],
      [a.vkey, [two]],
      [b.vkey, [one]],
      [a.vkey, [one, one]],
      [a.vkey, [{ entry: one.entry, proof: two.proof }]],
    ] as const)
      expect(codeOf(() => parseKeyHistory(nodeCrypto, formatKeyHistory(first, list)))).not.toBe("accepted");
    // The end of a history may be missing: whoever has only that believes the key of then, and nothing signed later.
    expect(parseKeyHistory(nodeCrypto, formatKeyHistory(a.vkey, [one])).keys).toHaveLength(2);
    expect(parseKeyHistory(nodeCrypto, formatKeyHistory(b.vkey, [two])).keys).toHaveLength(2);
  });

  it("never throws anything else, and no changed byte that is accepted changes a key", async () => {
    const { text } = await makeLog();
    const good = Buffer.from(text);
    const keys = [a, b, c].map(({ vkey }) => vkey);
    fc.assert(
      fc.property(fc.nat(good.length - 1), fc.integer({ min: 1, max: 255 }), (at, by) => {
        const bytes = Buffer.from(good);
        bytes[at] = (bytes[at] as number) ^ by;
        try {
          expect(parseKeyHistory(nodeCrypto, bytes).keys.map(({ key }) => formatVkey(key))).toEqual(keys);
        } catch (error) {
          expect(error).toBeInstanceOf(MerkleError);
        }
      }),
      { numRuns: 150 },
    );
    for (const junk of ["", "{}", "[]", "null", '{"format":"telltale-keys/2"}', "x".repeat(5_000_000)])
      expect(codeOf(() => parseKeyHistory(nodeCrypto, junk))).toBe("bad_key_history");
  });
});

describe("the event of a key change", () => {
  it("is told from everything else", () => {
    expect(parseKeyChangeEvent(event(a.vkey, b.vkey))).toEqual({ from: a.vkey, to: b.vkey });
    expect(parseVkey(nodeCrypto, a.vkey).keyId).toBe(a.key.keyId);
    for (const line of ["", "null", "[1]", '"x"', '{"via":"telltale","action":"log_key_changed"}', "{"])
      expect(parseKeyChangeEvent(line)).toBeUndefined();
    expect(parseKeyChangeEvent(Buffer.from([0xff, 0xfe]))).toBeUndefined();
  });
});

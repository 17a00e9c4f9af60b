// SPDX-License-Identifier: Apache-2.0
import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { MerkleError } from "./error.js";
import { nobleCrypto } from "./noble.js";
import { nodeCrypto } from "./node.js";
import {
  verifyConsistency,
  verifyInclusion,
  verifySubtreeConsistency,
  verifySubtreeInclusion,
} from "./verify.js";

const vectors =
  process.env["TELLTALE_VECTORS"] ?? fileURLToPath(new URL("../../../../shared/vectors", import.meta.url));
const root = `${vectors}/rfc6962/testdata`;

interface Case {
  leafIdx: bigint;
  treeSize: bigint;
  start: bigint;
  end: bigint;
  size: bigint;
  size1: bigint;
  size2: bigint;
  root: Uint8Array;
  root1: Uint8Array;
  root2: Uint8Array;
  leafHash: Uint8Array;
  proof: Uint8Array[];
  wantErr: boolean;
}

/** Numbers may exceed 2^53: they are quoted before JSON.parse sees them. */
function load(path: string): Case {
  const text = readFileSync(path, "utf8").replaceAll(/("[A-Za-z0-9]+": )(-?[0-9]+)/g, '$1"#$2"');
  return JSON.parse(text, (key, value: unknown) => {
    if (key === "proof") return value ?? [];
    if (key === "desc" || typeof value !== "string") return value;
    return value.startsWith("#") ? BigInt(value.slice(1)) : Buffer.from(value, "base64");
  }) as Case;
}

const kinds: Record<string, (crypto: typeof nodeCrypto, c: Case) => void> = {
  inclusion: (crypto, c) => verifyInclusion(crypto, { ...c, index: c.leafIdx, size: c.treeSize }),
  consistency: (crypto, c) => verifyConsistency(crypto, c),
  subtreeinclusion: (crypto, c) => verifySubtreeInclusion(crypto, { ...c, index: c.leafIdx }),
  subtreeconsistency: (crypto, c) =>
    verifySubtreeConsistency(crypto, { ...c, subtreeRoot: c.root1, root: c.root2 }),
};

/** Anything but a MerkleError is a bug in the verifier and is thrown on. */
function verdict(check: () => void): "accepted" | "rejected" {
  try {
    check();
    return "accepted";
  } catch (error) {
    if (error instanceof MerkleError) return "rejected";
    throw error;
  }
}

describe("transparency-dev/merkle test data", () => {
  const counts = { accept: 0, reject: 0 };
  for (const kind of Object.keys(kinds)) {
    const files = readdirSync(`${root}/${kind}`, { recursive: true, encoding: "utf8" }).filter((file) =>
      file.endsWith(".json"),
    );
    it(`${kind}: the right verdict for each of ${files.length} cases`, () => {
      for (const file of files) {
        const c = load(`${root}/${kind}/${file}`);
        counts[c.wantErr ? "reject" : "accept"] += 1;
        for (const crypto of [nodeCrypto, nobleCrypto]) {
          expect(`${file}: ${verdict(() => kinds[kind]?.(crypto, c))}`).toBe(
            `${file}: ${c.wantErr ? "rejected" : "accepted"}`,
          );
        }
      }
    });
  }

  it("were 518 cases, of which 482 must be rejected", () => {
    expect(counts).toEqual({ accept: 36, reject: 482 });
  });
});

// SPDX-License-Identifier: Apache-2.0
// Go's own tree: a log that we wrote is verified by golang.org/x/mod's sumdb/note and sumdb/tlog, over HTTP, and one that they wrote by
// ours. Neither knows the other's code.
import { spawn } from "node:child_process";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { DirectorySource, MirrorStore, nodeFileSystem, pull, verifyMirror } from "@telltale/log";
import {
  MerkleError,
  parseBase64,
  parseVkey,
  verifyCheckpoint,
  verifyConsistency,
  verifyReceipt,
} from "@telltale/merkle";
import { nodeCrypto } from "@telltale/merkle/node";
import { tempDir } from "@telltale/testkit";
import { afterAll, describe, expect, it } from "vitest";
import { createKey, serve } from "../harness.js";
import { findPeer } from "./peer.js";

const found = findPeer("sumdb");
const dir = tempDir("sumdb", true);
afterAll(() => dir.dispose());

/** What the Go program writes as entry n. */
const entryFor = (n: number): Buffer => Buffer.from(`{"n":${n},"by":"Go"}`);

/** Runs the Go program; what it printed, or throws with what it said. */
function sumdb(...args: string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(found?.program ?? "", args, { stdio: ["ignore", "pipe", "pipe"] });
    let printed = "";
    for (const stream of [child.stdout, child.stderr])
      stream.on("data", (chunk: Buffer) => (printed += chunk.toString()));
    child.once("error", reject);
    child.once("exit", (code) => (code === 0 ? resolve(printed.trim()) : reject(new Error(printed))));
  });
}

describe.runIf(found !== undefined)("Go's sumdb", () => {
  it("accepts our log: every entry, every growth, every receipt, and nothing that was changed", async () => {
    const data = path.join(dir.path, "data");
    const server = await serve(data);
    try {
      const vkey = readFileSync(path.join(data, "keys/main.vkey"), "utf8").trim();
      const ingest = await createKey(data, "ingest");
      const read = await createKey(data, "read");
      const get = async (address: string): Promise<string> => {
        const response = await fetch(`${server.url}${address}`, {
          headers: { authorization: `Bearer ${read}` },
        });
        expect([address, response.status]).toEqual([address, 200]);
        return response.text();
      };
      const send = async (from: number, count: number): Promise<string> => {
        const body = Array.from(
          { length: count },
          (_, i) => `{"action":"order_placed","data":{"n":${from + i}}}\n`,
        );
        const response = await fetch(`${server.url}/v1/events`, {
          method: "POST",
          headers: { authorization: `Bearer ${ingest}`, "content-type": "application/x-ndjson" },
          body: body.join(""),
        });
        expect(response.status).toBe(200);
        return ((await response.json()) as { checkpoint: string }).checkpoint;
      };
      // Growth within a tile, over its border, and over the border of a tile of tiles (65,536).
      const older: string[] = [];
      for (const [i, count] of [1, 200, 300, 5_000, 5_000].entries()) {
        const file = path.join(dir.path, `older-${i}`);
        writeFileSync(file, await send(i * 100_000, count));
        older.push(file);
      }
      for (let i = 0; i < 14; i++) await send(1_000_000 + i * 10_000, 4_200);
      const answer = await sumdb("verify", `${server.url}/log`, vkey, read, ...older);
      expect(Number(/^ok (\d+) entries, 5 older checkpoints$/.exec(answer)?.[1])).toBeGreaterThan(65_536);

      const [proof, entry] = [path.join(dir.path, "proof"), path.join(dir.path, "entry")];
      for (const index of [0, 255, 256, 40_000, 65_536]) {
        writeFileSync(proof, await get(`/v1/events/${index}/proof`));
        const bundle = Buffer.from(
          await (
            await fetch(`${server.url}/log/tile/entries/${tilePath(Math.floor(index / 256))}`, {
              headers: { authorization: `Bearer ${read}` },
            })
          ).arrayBuffer(),
        );
        writeFileSync(entry, entryOf(bundle, index % 256));
        expect(await sumdb("receipt", vkey, proof, entry)).toMatch(new RegExp(`^ok ${index} of `));
        writeFileSync(entry, "another event");
        await expect(sumdb("receipt", vkey, proof, entry)).rejects.toThrow("invalid");
      }
      writeFileSync(
        older[2] as string,
        readFileSync(older[3] as string, "utf8").replace(/\n(\d+)\n/, "\n999\n"),
      );
      await expect(sumdb("verify", `${server.url}/log`, vkey, read, older[2] as string)).rejects.toThrow(
        /signature|verif/,
      );
    } finally {
      await server.kill("SIGTERM");
    }
  }, 120_000);

  it("writes a log that we accept: checkpoints, receipts, growth, and every event in a mirror", async () => {
    const sizes = [1, 2, 255, 256, 257, 1_000, 66_000];
    const written = path.join(dir.path, "go");
    const vkey = await sumdb("write", written, ...sizes.map(String));
    const key = parseVkey(nodeCrypto, vkey);
    const heads = sizes.map((size) =>
      verifyCheckpoint(nodeCrypto, readFileSync(path.join(written, `${size}/checkpoint`)), key),
    );
    for (const [i, head] of heads.entries()) {
      const place = path.join(written, `${sizes[i]}`);
      expect(Number(head.size)).toBe(sizes[i]);
      for (const name of readdirSync(path.join(place, "proof"))) {
        const proof = readFileSync(path.join(place, "proof", name), "utf8");
        const receipt = { proof, vkey, crypto: nodeCrypto };
        expect(verifyReceipt({ ...receipt, entry: entryFor(Number(name)) }).index).toBe(BigInt(name));
        expect(() => verifyReceipt({ ...receipt, entry: entryFor(Number(name) + 1) })).toThrow(MerkleError);
      }
      const before = heads[i - 1];
      if (before === undefined) continue;
      const proof = readFileSync(path.join(place, "consistency"), "utf8")
        .split("\n")
        .slice(0, -1)
        .map(parseBase64);
      const claim = { size1: before.size, size2: head.size, root1: before.root, root2: head.root };
      verifyConsistency(nodeCrypto, { ...claim, proof });
      expect(() => verifyConsistency(nodeCrypto, { ...claim, root1: head.root, proof })).toThrow(MerkleError);
    }
    const mirror = path.join(dir.path, "mirror");
    for (const size of sizes) {
      const store = await MirrorStore.open({ dir: mirror });
      if (!store.isPinned) await store.setPin({ vkey, pinned: "given", source: "Go", since: 1, absent: [] });
      const source = new DirectorySource(nodeFileSystem, path.join(written, `${size}`));
      await pull({ store, source, now: Date.now });
      await store.close();
      expect(await verifyMirror({ dir: mirror })).toMatchObject({ verdict: "intact", size, checked: size });
    }
  }, 120_000);
});

/** Number of a full bundle as tlog-tiles writes it. */
function tilePath(n: number): string {
  return n < 1000
    ? `${n}`.padStart(3, "0")
    : `x${`${Math.floor(n / 1000)}`.padStart(3, "0")}/${tilePath(n % 1000)}`;
}

function entryOf(bundle: Buffer, wanted: number): Buffer {
  let at = 0;
  for (let i = 0; i < wanted; i++) at += 2 + bundle.readUInt16BE(at);
  return bundle.subarray(at + 2, at + 2 + bundle.readUInt16BE(at));
}

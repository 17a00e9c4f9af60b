// SPDX-License-Identifier: Apache-2.0
import { mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import path from "node:path";
import { formatNote, parseCosignature, parseNote } from "@telltale/merkle";
import { nodeCrypto } from "@telltale/merkle/node";
import { FaultFs, type FaultMode, tempDir } from "@telltale/testkit";
import { afterEach, describe, expect, it } from "vitest";
import { SignedTree } from "../../test/signed-tree.js";
import { LogError } from "../error.js";
import { createSigner } from "../keys.js";
import { initWitness } from "./init.js";
import { originHash } from "./layout.js";
import { addWatched } from "./logs.js";
import { readWitness } from "./read.js";
import { type OpenWitnessOptions, WitnessStore } from "./store.js";

const NOW = 1_795_000_000_000;
const dirs: { dispose(): void }[] = [];
const open: WitnessStore[] = [];
afterEach(async () => {
  for (const store of open.splice(0)) await store.close();
  for (const dir of dirs.splice(0)) dir.dispose();
});

async function newWitness(...trees: SignedTree[]): Promise<string> {
  const temp = tempDir("witness");
  dirs.push(temp);
  const dir = path.join(temp.path, "w");
  await initWitness(dir, "witness.example.com/w1");
  for (const tree of trees) {
    const paths = (await start(dir)).paths;
    await addWatched(paths, tree.signer.vkey);
    await stop();
  }
  return dir;
}

async function start(dir: string, more: Partial<OpenWitnessOptions> = {}): Promise<WitnessStore> {
  const store = await WitnessStore.open({ dir, now: () => NOW, ...more });
  open.push(store);
  return store;
}

async function stop(): Promise<void> {
  await open.pop()?.close();
}

const codeOf = async (work: Promise<unknown>) =>
  work.then(
    () => "fine",
    (error: unknown) => (error instanceof LogError ? error.code : String(error)),
  );

describe("add-checkpoint", () => {
  it("cosigns growth from nothing, by a proof, and the same tree again", async () => {
    const tree = new SignedTree();
    const store = await start(await newWitness(tree));
    for (const [old, size] of [
      [0, 0],
      [0, 5],
      [5, 5],
      [5, 300],
      [300, 301],
    ] as const) {
      const answer = await store.addCheckpoint(await tree.request(old, size));
      expect(answer.status, `${old} to ${size}`).toBe(200);
      if (answer.status !== 200) continue;
      const { text } = parseNote(await tree.checkpoint(size));
      const { verifier } = store.cosigner;
      const { seconds } = parseCosignature(nodeCrypto, text, Buffer.from(answer.body), verifier);
      expect(seconds).toBe(BigInt(NOW / 1000));
      expect(await store.checkpointOf(originHash(tree.signer.origin))).toBe(
        (await tree.checkpoint(size)) + answer.body,
      );
    }
  });

  it("refuses with every status of the protocol, and then still knows what it knew", async () => {
    const tree = new SignedTree();
    const fork = tree.fork("other");
    const stranger = new SignedTree("b");
    const store = await start(await newWitness(tree));
    const status = async (body: Buffer | Promise<Buffer>) => {
      const answer = await store.addCheckpoint(await body);
      return "size" in answer && answer.status === 409 ? [409, answer.size] : answer.status;
    };
    const emptyWrong = tree.signer.signCheckpoint(0, Buffer.alloc(32, 1));
    expect(await status(tree.request(0, 0, { checkpoint: emptyWrong }))).toBe(422);
    expect(await status(tree.request(0, 5, { proof: [Buffer.alloc(32)] }))).toBe(422);
    expect(await status(tree.request(3, 5))).toEqual([409, 0n]);
    expect(await status(tree.request(0, 5))).toBe(200);
    expect(await status(tree.request(0, 7))).toEqual([409, 5n]);
    expect(await status(tree.request(0, 3))).toEqual([409, 5n]);
    expect(await status(tree.request(6, 7))).toEqual([409, 5n]);
    expect(await status(tree.request(5, 3))).toBe(400);
    expect(await status(fork.request(5, 5))).toBe(422);
    expect(await status(fork.request(5, 9))).toBe(422);
    expect(await status(tree.request(5, 9, { proof: [] }))).toBe(422);
    const wrong = [...Array(4)].map(() => Buffer.alloc(32, 9));
    expect(await status(tree.request(5, 9, { proof: wrong }))).toBe(422);
    expect(await status(stranger.request(0, 5))).toBe(404);
    expect(await status(Buffer.from("old 5\n\nnonsense"))).toBe(400);
    expect(await status(Buffer.alloc(0))).toBe(400);
    const unsigned = { checkpoint: formatNote(parseNote(await tree.checkpoint(6)).text, []) };
    expect(await status(tree.request(5, 6, unsigned))).toBe(400);
    expect(await status(tree.request(5, 6))).toBe(200);
  });

  it("answers 403 to an origin that it knows under another key, or with a signature that does not hold", async () => {
    const tree = new SignedTree();
    const thief = new SignedTree("a", createSigner(tree.signer.origin).signer);
    const store = await start(await newWitness(tree));
    expect(await store.addCheckpoint(await thief.request(0, 5))).toMatchObject({ status: 403 });
    const [own] = parseNote(await tree.checkpoint(5)).signatures;
    const { text } = parseNote(await tree.checkpoint(6));
    const bent = { checkpoint: formatNote(text, own === undefined ? [] : [own]) };
    expect(await store.addCheckpoint(await tree.request(0, 6, bent))).toMatchObject({ status: 403 });
  });

  it("takes further signatures, and keeps only the log's", async () => {
    const tree = new SignedTree();
    const thief = new SignedTree("a", createSigner("else.example").signer);
    const store = await start(await newWitness(tree));
    const { text, signatures } = parseNote(await tree.checkpoint(5));
    const [foreign] = parseNote(await thief.checkpoint(5)).signatures;
    const checkpoint = formatNote(text, [...(foreign ? [foreign] : []), ...signatures]);
    expect(await store.addCheckpoint(await tree.request(0, 5, { checkpoint }))).toMatchObject({
      status: 200,
    });
    expect(await store.checkpointOf(originHash(tree.signer.origin))).not.toContain("else.example");
  });

  it("keeps a signed inconsistency as evidence, bounded", async () => {
    const tree = new SignedTree();
    const dir = await newWitness(tree);
    const store = await start(dir);
    await store.addCheckpoint(await tree.request(0, 5));
    for (let i = 0; i < 25; i++) await store.addCheckpoint(await tree.fork(`f${i}`).request(5, 6));
    const kept = readdirSync(path.join(dir, "evidence"));
    expect(kept).toHaveLength(20);
    const place = path.join(dir, "evidence", kept[0] ?? "");
    expect(readFileSync(path.join(place, "offered.checkpoint"), "utf8")).toContain("\n6\n");
    expect(readFileSync(path.join(place, "held.checkpoint"), "utf8")).toContain("witness.example.com/w1");
  });
});

describe("a wrong proof for an honest checkpoint, which anybody can send", () => {
  it("leaves room for the evidence of what the log's key signed", async () => {
    const tree = new SignedTree();
    const dir = await newWitness(tree);
    const store = await start(dir);
    await store.addCheckpoint(await tree.request(0, 5));
    for (let size = 6; size < 30; size++) {
      const body = (await tree.request(5, size))
        .toString()
        .replace(/^[A-Za-z0-9+/]{43}=$/m, `${"A".repeat(43)}=`);
      expect(await store.addCheckpoint(Buffer.from(body))).toMatchObject({ status: 422, proven: false });
    }
    const fork = await store.addCheckpoint(await tree.fork("x").request(5, 9));
    expect(fork).toMatchObject({ status: 422, proven: true, evidence: expect.any(String) as string });
    const same = await store.addCheckpoint(await tree.fork("x").request(5, 5));
    expect(same).toMatchObject({ status: 422, proven: true, evidence: expect.any(String) as string });
    const kept = readdirSync(path.join(dir, "evidence"));
    expect(kept.filter((name) => name.startsWith("inconsistent-"))).toHaveLength(2);
    expect(kept.filter((name) => name.startsWith("unproven-"))).toHaveLength(5);
  });
});

describe("two requests at once", () => {
  it("for two histories: exactly one is cosigned, whichever order", async () => {
    for (let round = 0; round < 4; round++) {
      const tree = new SignedTree();
      const store = await start(await newWitness(tree));
      await store.addCheckpoint(await tree.request(0, 4));
      const requests = await Promise.all([
        tree.request(4, 9),
        tree.fork("x").request(4, 9),
        tree.request(4, 7),
      ]);
      const answers = await Promise.all(
        (round % 2 ? requests.reverse() : requests).map((body) => store.addCheckpoint(body)),
      );
      expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
    }
  });

  it("for one tree: both, or one and its size", async () => {
    const tree = new SignedTree();
    const store = await start(await newWitness(tree));
    const body = await tree.request(0, 4);
    const answers = await Promise.all([store.addCheckpoint(body), store.addCheckpoint(body)]);
    expect(answers[0]).toMatchObject({ status: 200 });
    expect(answers[1]).toMatchObject({ status: 409, size: 4n });
  });
});

describe("the directory of a witness", () => {
  it("remembers across a restart, and its time never goes back", async () => {
    const tree = new SignedTree();
    const dir = await newWitness(tree);
    let store = await start(dir);
    await store.addCheckpoint(await tree.request(0, 5));
    await stop();
    store = await start(dir, { now: () => 1000 });
    expect(await store.addCheckpoint(await tree.fork("x").request(0, 5))).toMatchObject({
      status: 409,
      size: 5n,
    });
    expect(await store.addCheckpoint(await tree.request(5, 6))).toMatchObject({ status: 200 });
    expect(store.logs).toEqual([{ origin: tree.signer.origin, size: 6, seen: NOW / 1000 }]);
    expect(await readWitness(dir)).toMatchObject({ vkey: store.vkey, logs: [{ size: 6, seen: NOW / 1000 }] });
  });

  it("takes a log while it runs, but not twice", async () => {
    const tree = new SignedTree();
    const store = await start(await newWitness());
    expect(await store.addCheckpoint(await tree.request(0, 5))).toMatchObject({ status: 404 });
    const both = await Promise.allSettled([1, 2].map(() => addWatched(store.paths, tree.signer.vkey)));
    expect(both.map(({ status }) => status).sort()).toEqual(["fulfilled", "rejected"]);
    expect(await store.addCheckpoint(await tree.request(0, 5))).toMatchObject({ status: 200 });
    expect(await codeOf(addWatched(store.paths, tree.signer.vkey))).toBe("locked");
    const other = createSigner(tree.signer.origin).signer;
    expect(await codeOf(addWatched(store.paths, other.vkey))).toBe("locked");
    expect(await codeOf(addWatched(store.paths, store.vkey))).toBe("bad_name");
    expect(readdirSync(store.paths.logs)).toHaveLength(1);
  });

  it("is one process's, and nobody else's directory; its key is its owner's", async () => {
    const dir = await newWitness();
    await start(dir);
    expect(await codeOf(WitnessStore.open({ dir }))).toBe("locked");
    expect(statSync(path.join(dir, "keys/witness.key")).mode & 0o777).toBe(0o600);
    expect(await codeOf(initWitness(dir, "again"))).toBe("bad_format");
    const other = path.join(dir, "../other");
    mkdirSync(other);
    expect(await codeOf(WitnessStore.open({ dir: other }))).toBe("no_log");
    writeFileSync(path.join(other, "format"), "telltale-mirror 1\n");
    expect(await codeOf(WitnessStore.open({ dir: other }))).toBe("bad_format");
    writeFileSync(path.join(other, "format"), "telltale-witness 2\n");
    expect(await codeOf(WitnessStore.open({ dir: other }))).toBe("newer_format");
  });

  it("does not start when what was cosigned was changed, or its log is gone", async () => {
    const tree = new SignedTree();
    const dir = await newWitness(tree);
    const store = await start(dir);
    await store.addCheckpoint(await tree.request(0, 5));
    await stop();
    const hash = originHash(tree.signer.origin);
    const state = path.join(dir, "states", hash);
    const before = readFileSync(state, "utf8");
    for (const text of [
      "",
      await tree.checkpoint(3),
      before.replace("\n5\n", "\n3\n"),
      before.slice(0, -9),
    ]) {
      writeFileSync(state, text);
      expect(await codeOf(WitnessStore.open({ dir })), text).toBe("damaged");
    }
    writeFileSync(state, before);
    rmSync(path.join(dir, "logs", hash));
    expect(await codeOf(WitnessStore.open({ dir }))).toBe("damaged");
  });
});

describe("every call that changes the disk fails once", () => {
  it.each<FaultMode>(["lost", "done", "half"])("%s: never are two trees cosigned", async (mode) => {
    const tree = new SignedTree();
    const fork = tree.fork("x");
    const bodies = await Promise.all([tree.request(0, 4), tree.request(4, 9)]);
    const run = async (dir: string, fs: FaultFs) => {
      const store = await WitnessStore.open({ dir, fs, now: () => NOW });
      open.push(store);
      let size = 0;
      for (const body of bodies) {
        const answer = await store.addCheckpoint(body).catch(() => undefined);
        if (answer?.status === 200) size = Number(answer.size);
      }
      // Whatever happened, a cosignature that was given binds it, also in this same process.
      const forked = await store.addCheckpoint(await fork.request(size, 12)).catch(() => undefined);
      if (size > 0) expect(forked?.status).not.toBe(200);
      await stop();
      return size;
    };
    const count = new FaultFs();
    expect(await run(await newWitness(tree), count)).toBe(9);
    for (let at = 0; at < count.calls.length; at++) {
      const dir = await newWitness(tree);
      let size = 0;
      try {
        size = await run(dir, new FaultFs({ at, mode }));
      } catch {
        await stop();
      }
      const store = await start(dir);
      const held = store.logs[0]?.size ?? 0;
      expect(held, `fault ${at} ${count.calls[at]?.call}`).toBeGreaterThanOrEqual(size);
      if (held > 0) expect((await store.addCheckpoint(await fork.request(held, 12))).status).toBe(422);
      expect((await store.addCheckpoint(await tree.request(held, 12))).status).toBe(200);
      await stop();
    }
  });
});

// SPDX-License-Identifier: Apache-2.0
import { request as httpRequest, type Server } from "node:http";
import { type AddressInfo, connect } from "node:net";
import path from "node:path";
import { addWatched, initWitness, originHash, WitnessStore } from "@telltale/log";
import { parseCosignature, parseNote, parseVkey } from "@telltale/merkle";
import { nodeCrypto } from "@telltale/merkle/node";
import { type TempDir, tempDir } from "@telltale/testkit";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { SignedTree } from "../../../log/test/signed-tree.js";
import { createWitnessServer, type WitnessHttpOptions } from "./http.js";

let temp: TempDir;
let store: WitnessStore;
let server: Server;
let lines: string[];
const tree = new SignedTree();

async function start(more: Partial<WitnessHttpOptions> = {}): Promise<void> {
  server = createWitnessServer({ store, log: (level, msg) => lines.push(`${level} ${msg}`), ...more });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
}

beforeEach(async () => {
  temp = tempDir("witness-http");
  lines = [];
  const dir = path.join(temp.path, "w");
  await initWitness(dir, "witness.example.com/w1");
  store = await WitnessStore.open({ dir });
  await addWatched(store.paths, tree.signer.vkey);
});
afterEach(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  await store.close();
  temp.dispose();
});

const url = () => `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
async function post(body: Uint8Array | string) {
  const response = await fetch(`${url()}/add-checkpoint`, { method: "POST", body: Buffer.from(body) });
  return { status: response.status, type: response.headers.get("content-type"), body: await response.text() };
}

describe("the witness over HTTP", () => {
  it("answers 200, 400, 403, 404, 409 with the size, and 422", async () => {
    await start();
    const stranger = new SignedTree("b");
    const thief = new SignedTree("a");
    const first = await post(await tree.request(0, 5));
    expect(first.status).toBe(200);
    const { text } = parseNote(await tree.checkpoint(5));
    const key = parseVkey(nodeCrypto, store.vkey);
    expect(parseCosignature(nodeCrypto, text, Buffer.from(first.body), key).seconds).toBeGreaterThan(
      1_700_000_000n,
    );
    expect(await post(await tree.request(0, 7))).toEqual({
      status: 409,
      type: "text/x.tlog.size",
      body: "5\n",
    });
    expect((await post(await tree.request(5, 3))).status).toBe(400);
    expect((await post("")).status).toBe(400);
    expect((await post(await stranger.request(0, 5))).status).toBe(404);
    expect((await post(await thief.request(0, 5))).status).toBe(403);
    expect((await post(await tree.fork("x").request(5, 9))).status).toBe(422);
    expect(lines.filter((line) => line.startsWith("error"))).toEqual([
      expect.stringContaining("INCONSISTENT"),
    ]);
  });

  it("cosigns one of two histories that arrive at once", async () => {
    await start();
    const bodies = await Promise.all([tree.request(0, 9), tree.fork("x").request(0, 9)]);
    const statuses = (await Promise.all(bodies.map(post))).map(({ status }) => status);
    expect(statuses.sort((a, b) => a - b)).toEqual([200, 409]);
  });

  it("shows monitors the newest checkpoint of a log", async () => {
    await start();
    const address = `${url()}/${originHash(tree.signer.origin)}/checkpoint`;
    expect((await fetch(address)).status).toBe(404);
    await post(await tree.request(0, 5));
    expect(parseNote(await (await fetch(address)).text()).signatures).toHaveLength(2);
    expect((await fetch(address, { method: "POST" })).status).toBe(405);
    expect((await fetch(`${url()}/${"0".repeat(64)}/checkpoint`)).status).toBe(404);
    expect((await fetch(`${url()}/add-checkpoint`)).status).toBe(405);
    expect((await fetch(`${url()}/..%2fkeys/witness.key`)).status).toBe(404);
  });

  it("reads no more than a request can have", async () => {
    await start();
    expect((await post(Buffer.alloc(70_000))).status).toBe(413);
    // Without a length, and without end.
    const status = await new Promise((resolve) => {
      const sending = httpRequest(`${url()}/add-checkpoint`, { method: "POST" }, (response) => {
        response.resume();
        clearInterval(timer);
        sending.destroy();
        resolve(response.statusCode);
      });
      sending.on("error", () => undefined);
      const timer = setInterval(() => sending.write(Buffer.alloc(16_000)), 1);
    });
    expect(status).toBe(413);
  });

  it("cuts off who sends slowly, and turns away what is too much at once", async () => {
    await start({ requestMs: 300, maxRequests: 2 });
    const slow = Array.from({ length: 2 }, () => {
      const socket = connect((server.address() as AddressInfo).port, "127.0.0.1");
      socket.on("error", () => undefined).resume();
      socket.write("POST /add-checkpoint HTTP/1.1\r\nhost: x\r\ncontent-length: 100\r\n\r\no");
      return new Promise((resolve) => socket.on("close", resolve));
    });
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect((await post(await tree.request(0, 5))).status).toBe(503);
    await Promise.all(slow);
    expect((await post(await tree.request(0, 5))).status).toBe(200);
    expect(lines.filter((line) => line.startsWith("error"))).toEqual([]);
  });
});

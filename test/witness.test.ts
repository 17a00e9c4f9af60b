// SPDX-License-Identifier: Apache-2.0
// A witness as its user runs it: processes of its own and kill -9.
import { type ChildProcess, spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import path from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { SignedTree } from "../packages/log/test/signed-tree.js";
import { createKey, freePort, root, serve, telltale, temporaryDirectory, until } from "./harness.js";

const cli = path.join(root, "packages/cli/bin/telltale.cjs");
const { dir, clean } = temporaryDirectory();
const data = path.join(dir, "witness");
const running: ChildProcess[] = [];
afterAll(() => {
  for (const child of running) child.kill("SIGKILL");
  clean();
});

interface WitnessProcess {
  url: string;
  output(): string;
  end(signal: NodeJS.Signals): Promise<number | null>;
}

async function startWitness(): Promise<WitnessProcess> {
  const port = await freePort();
  const child = spawn(process.execPath, [cli, "witness", "serve", "--data", data, "--port", String(port)], {
    stdio: ["ignore", "pipe", "pipe"],
  });
  running.push(child);
  let printed = "";
  for (const stream of [child.stdout, child.stderr])
    stream.on("data", (chunk: Buffer) => (printed += chunk.toString()));
  const ended = new Promise<number | null>((resolve) => child.once("exit", resolve));
  await until("the witness", async () => (printed.includes("is running") ? true : undefined));
  return {
    url: `http://127.0.0.1:${port}`,
    output: () => printed,
    end(signal) {
      child.kill(signal);
      return ended;
    },
  };
}

const ANSWER_MS = 5_000;

async function post(url: string, body: Buffer): Promise<{ status: number; text: string } | undefined> {
  try {
    const response = await fetch(`${url}/add-checkpoint`, {
      method: "POST",
      body: new Uint8Array(body),
      // A connection that was waiting to be taken when the process was killed is not always told of it.
      signal: AbortSignal.timeout(ANSWER_MS),
    });
    return { status: response.status, text: await response.text() };
  } catch {
    return undefined; // killed before it answered
  }
}

describe("telltale witness", () => {
  const tree = new SignedTree();
  const fork = tree.fork("x");

  it("is made, told what to watch, and says what it holds", async () => {
    const made = await telltale(["witness", "init", "--data", data, "--name", "witness.example.com/w1"]);
    expect([made.code, made.stdout]).toEqual([0, readFileSync(path.join(data, "keys/witness.vkey"), "utf8")]);
    const added = await telltale(["witness", "add", "--data", data, "--vkey", tree.signer.vkey]);
    expect(added.code, added.stderr).toBe(0);
    expect((await telltale(["witness", "add", "--data", data, "--vkey", tree.signer.vkey])).code).toBe(73);
    expect((await telltale(["witness", "add", "--data", data, "--vkey", made.stdout.trim()])).code).toBe(64);
    expect((await telltale(["witness", "serve", "--data", data, "--host", "0.0.0.0"])).code).toBe(64);
    expect((await telltale(["witness", "serve", "--data", path.join(dir, "none")])).code).toBe(66);
    const listed = await telltale(["witness", "list", "--data", data]);
    expect(listed.stdout).toContain(`${tree.signer.origin}  nothing cosigned yet`);
  });

  it("never cosigns a second history, killed at any moment", async () => {
    let size = 0;
    for (const ms of [0, 1, 2, 3, 5, 8, 20]) {
      const witness = await startWitness();
      const answer = post(witness.url, await tree.request(size, size + 3));
      await new Promise((resolve) => setTimeout(resolve, ms));
      await witness.end("SIGKILL");
      if ((await answer)?.status === 200) size += 3;
      const again = await startWitness();
      // What it gave out it remembers; what it remembers, given out or not, binds it.
      const probe = await post(again.url, await tree.request(1_000, 1_000));
      expect(probe?.status).toBe(409);
      const held = Number(probe?.text);
      expect(held).toBeGreaterThanOrEqual(size);
      size = held;
      if (size > 0) expect((await post(again.url, await fork.request(size, size + 5)))?.status).toBe(422);
      expect((await post(again.url, await tree.request(size, size + 2)))?.status).toBe(200);
      size += 2;
      expect(await again.end("SIGTERM")).toBe(0);
      expect(again.output()).toContain("has stopped");
    }
    const listed = await telltale(["witness", "list", "--data", data, "--json"]);
    expect(JSON.parse(listed.stdout)).toMatchObject({ logs: [{ origin: tree.signer.origin, size }] });
  });

  it("is one process's directory", async () => {
    const witness = await startWitness();
    const port = String(await freePort());
    expect((await telltale(["witness", "serve", "--data", data, "--port", port])).code).toBe(73);
    await witness.end("SIGTERM");
  });
});

describe("telltale serve --witness", () => {
  it("is witnessed, goes on without witnesses, and what it stopped with is witnessed whole", async () => {
    const log = path.join(dir, "log");
    const place = path.join(dir, "second");
    const vkey = (await telltale(["witness", "init", "--data", place, "--name", "w2.example"])).stdout.trim();
    const port = await freePort();
    const args = [cli, "witness", "serve", "--data", place, "--port", String(port)];
    const start = () => {
      const child = spawn(process.execPath, args, { stdio: "ignore" });
      running.push(child);
      return child;
    };
    let witness = start();
    const pair = `${vkey}=http://127.0.0.1:${port}`;
    const server = await serve(log, ["--witness", pair]);
    const logKey = readFileSync(path.join(log, "keys/main.vkey"), "utf8").trim();
    expect((await telltale(["witness", "add", "--data", place, "--vkey", logKey])).code).toBe(0);
    const ingest = await createKey(log, "ingest");
    const read = await createKey(log, "read");
    const get = async (address: string) =>
      (await fetch(`${server.url}${address}`, { headers: { authorization: `Bearer ${read}` } })).text();
    const state = async () =>
      (JSON.parse(await get("/v1/status")) as { witness: { state: string; newest: { size: number } } })
        .witness;
    const send = async () =>
      (
        await fetch(`${server.url}/v1/events`, {
          method: "POST",
          headers: { authorization: `Bearer ${ingest}`, "content-type": "application/x-ndjson" },
          body: '{"action":"order_placed"}\n',
        })
      ).status;
    await until(
      "the witness",
      async () => ((await state()).state === "witnessed" ? true : undefined),
      40_000,
    );
    expect(await get("/log/checkpoint")).toContain("\n\u2014 w2.example ");
    const gone = new Promise((resolve) => witness.once("exit", resolve));
    witness.kill("SIGKILL");
    await gone;
    for (let i = 0; i < 5; i++) expect(await send()).toBe(200);
    witness = start();
    await until("it listens", async () =>
      fetch(`http://127.0.0.1:${port}/`).then(
        () => true as const,
        () => undefined,
      ),
    );
    await server.kill("SIGTERM");
    const verified = await telltale([
      "verify",
      "--data",
      log,
      "--require-witness",
      "--witness-key",
      vkey,
      "--json",
    ]);
    expect(verified.code, verified.stdout).toBe(0);
    const listed = await telltale(["witness", "list", "--data", place, "--json"]);
    const { logs } = JSON.parse(listed.stdout) as { logs: { size: number }[] };
    expect(logs[0]?.size).toBe((JSON.parse(verified.stdout) as { size: number }).size);
  }, 60_000);
});

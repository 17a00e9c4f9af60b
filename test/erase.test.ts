// SPDX-License-Identifier: Apache-2.0
// A person is erased from end to end: the real program, two people, a legal hold, every file of the data directory.
import { spawn } from "node:child_process";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { verifyReceipt } from "@telltale/merkle";
import { nodeCrypto } from "@telltale/merkle/node";
import { expect, it } from "vitest";
import {
  createKey,
  root,
  type ServerProcess,
  serve,
  telltale,
  temporaryDirectory,
  until,
} from "./harness.js";

const POLICY = `version: 1
profile: erasable
fields: { client.ip: tokenize }
`;
const ID = "grace-hopper-1906";
const EMAIL = "grace.hopper.1906@example.com";
const PASSWORDS: Record<string, string> = {
  ada: "correct horse battery staple",
  bob: "another long enough pass phrase",
};

/** Runs `telltale …` with a line on standard input. */
function typed(
  args: string[],
  line: string,
): Promise<{ code: number | null; stdout: string; stderr: string }> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [path.join(root, "packages/cli/bin/telltale.cjs"), ...args]);
    let [stdout, stderr] = ["", ""];
    child.stdout.on("data", (chunk: Buffer) => (stdout += chunk.toString()));
    child.stderr.on("data", (chunk: Buffer) => (stderr += chunk.toString()));
    child.once("error", reject);
    child.once("exit", (code) => resolve({ code, stdout, stderr }));
    child.stdin.end(`${line}\n`);
  });
}

const as = (person: string, ...args: string[]) =>
  typed(["erase", ...args, "--user", person], PASSWORDS[person] ?? "");

/** Files under a directory that hold one of the texts. */
function filesWith(dir: string, ...texts: string[]): string[] {
  return readdirSync(dir, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.join(entry.parentPath, entry.name))
    .filter((file) => {
      const bytes = readFileSync(file);
      return texts.some((text) => bytes.includes(text));
    });
}

const event = (more: object) => ({
  action: "authn_login_fail",
  outcome: "failure",
  actor: { type: "user", id: ID, name: "Grace Hopper", email: EMAIL },
  client: { ip: "203.0.113.7" },
  message: `mail to ${EMAIL} bounced`,
  ...more,
});

async function send(server: ServerProcess, token: string, events: object[]) {
  const response = await fetch(`${server.url}/v1/events`, {
    method: "POST",
    headers: { "content-type": "application/json", authorization: `Bearer ${token}` },
    body: JSON.stringify(events),
  });
  expect(response.status).toBe(200);
  return (await response.json()) as { first: number; accepted: number };
}

interface Sealed {
  actor: { id: string; name: string };
}

async function eventAt(server: ServerProcess, token: string, index: number): Promise<Sealed> {
  const response = await fetch(`${server.url}/v1/events/${index}`, {
    headers: { authorization: `Bearer ${token}` },
  });
  expect(response.status).toBe(200);
  const answer = (await response.json()) as { event: Sealed };
  return answer.event;
}

async function setUp(server: ServerProcess): Promise<void> {
  const token = await until("the set-up link", async () => /#token=(\S+)/.exec(server.output())?.[1]);
  const answer = await fetch(`${server.url}/v1/setup`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ name: "ada", password: PASSWORDS["ada"], token }),
  });
  expect(answer.ok).toBe(true);
}

it("leaves the erased text in no file, and every proof as it was", { timeout: 120_000 }, async () => {
  const { dir, clean } = temporaryDirectory();
  const ingest = await createKey(dir, "ingest");
  const admin = await createKey(dir, "admin");
  writeFileSync(path.join(dir, "protect.yaml"), POLICY);
  let server = await serve(dir);
  try {
    await setUp(server);
    const made = await typed(
      ["users", "create", "--name", "bob", "--role", "admin", "--data", dir],
      PASSWORDS["bob"] ?? "",
    );
    expect(made).toMatchObject({ code: 0 });
    // Small bodies are prepared on the main thread, large ones by a worker: both must know the person by one alias.
    const { first } = await send(server, ingest, [event({})]);
    const many = Array.from({ length: 100 }, (_, i) =>
      event({
        data: { n: i, pad: "x".repeat(300) },
        actor: { type: "user", id: i < 50 ? ID : `other-${i}` },
      }),
    );
    const large = await send(server, ingest, many);
    const sealed = await eventAt(server, admin, first);
    const { actor } = sealed;
    expect(actor.id).toMatch(/^sub_[a-z2-7]{26}$/);
    expect(actor.name).toMatch(/^\[encrypted:/);
    expect((await eventAt(server, admin, large.first + 49)).actor).toMatchObject({ id: actor.id });
    expect((await eventAt(server, admin, large.first + 50)).actor).not.toMatchObject({ id: actor.id });
    const keyId = /^\[encrypted:[a-z_]+:([\w-]{22}):/.exec(actor.name)?.[1] ?? "";
    expect(filesWith(dir, ID, EMAIL, "Grace Hopper")).toEqual([]);
    const wrapped = filesWith(dir, keyId);
    expect(wrapped.map((file) => path.basename(file)).some((name) => name.startsWith("state.db"))).toBe(true);
    const headers = { authorization: `Bearer ${admin}` };
    const at = `${server.url}/v1/events/${first}`;
    const { line } = (await (await fetch(at, { headers })).json()) as { line: string };
    const { vkey } = (await (await fetch(`${server.url}/v1/status`, { headers })).json()) as { vkey: string };
    const receipt = await (await fetch(`${at}/proof`, { headers })).text();

    const hold = await fetch(`${server.url}/v1/holds`, {
      method: "POST",
      headers: { "content-type": "application/json", authorization: `Bearer ${admin}` },
      body: JSON.stringify({ name: "case", reason: "court", scope: { first: 0, next: 10 } }),
    });
    const holdId = ((await hold.json()) as { hold: { id: string } }).hold.id;
    const url = ["--url", server.url];
    const alone = await as("ada", "--subject", ID, "--reason", `for ${ID}`, ...url);
    expect(alone.code).not.toBe(0);
    const asked = await as("ada", "--subject", ID, "--reason", "request of 12 November", ...url);
    expect(asked).toMatchObject({ code: 0 });
    const id = asked.stdout.trim();
    expect((await as("ada", "approve", id, ...url)).stderr).toMatch(/two people/);
    const deferred = await as("bob", "approve", id, ...url);
    expect(deferred.stderr).toContain(`waits for a legal hold: ${holdId}`);
    await fetch(`${server.url}/v1/holds/${holdId}`, {
      method: "DELETE",
      headers: { authorization: `Bearer ${admin}` },
    });
    const listed = async (): Promise<{ status: string; certificate: { leftPlain: string[] } | null }> => {
      const { stdout } = await telltale(["erase", "list", "--json", "--key", admin, ...url]);
      const { erasures } = JSON.parse(stdout) as { erasures: Awaited<ReturnType<typeof listed>>[] };
      return erasures[0] ?? { status: "none", certificate: null };
    };
    const done = await until(
      "the erasure",
      async () => {
        const erasure = await listed();
        return erasure.status === "done" ? erasure : undefined;
      },
      30_000,
    );
    expect(done.certificate?.leftPlain).toContain("client.ip");

    const held = filesWith(path.join(dir), ID, EMAIL, "Grace Hopper");
    expect(held).toEqual([]);
    const again = await send(server, ingest, [event({ data: { again: true } })]);
    const next = await eventAt(server, admin, again.first);
    expect(next.actor.id).not.toBe(actor.id);
    const largeAgain = await send(server, ingest, many.slice(0, 50));
    const alias = next.actor.id;
    expect((await eventAt(server, admin, largeAgain.first)).actor).toMatchObject({ id: alias });

    for (const proof of [receipt, await (await fetch(`${at}/proof`, { headers })).text()]) {
      const proven = verifyReceipt({ proof, entry: Buffer.from(line), vkey, crypto: nodeCrypto });
      expect(proven).toMatchObject({ index: BigInt(first) });
    }
    await server.kill("SIGTERM");
    expect((await telltale(["verify", "--data", dir])).code).toBe(0);
    server = await serve(dir);
    expect(filesWith(dir, ID, EMAIL, "Grace Hopper")).toEqual([]);
    const other = await send(server, ingest, [event({ data: { third: true } })]);
    expect((await eventAt(server, admin, other.first)).actor).toMatchObject({ id: alias });
  } finally {
    await server.kill("SIGKILL");
    clean();
  }
});

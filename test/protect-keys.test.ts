// SPDX-License-Identifier: Apache-2.0
// Keys of protection in the real program: what senders see when there are none, and what stays as it is with them.
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { expect, it } from "vitest";
import { AWS_ENV, AWS_KEY, FakeAwsKms } from "../packages/server/test/protect/fake-aws-kms.js";
import { createKey, type ServerProcess, serve, telltale, temporaryDirectory, until } from "./harness.js";

interface Answer {
  accepted: number;
  duplicates: number;
  first: number;
  error?: { code: string };
}

async function post(server: ServerProcess, token: string, body: string) {
  const response = await fetch(`${server.url}/v1/events`, {
    method: "POST",
    headers: { "content-type": "application/x-ndjson", authorization: `Bearer ${token}` },
    body,
  });
  return { status: response.status, headers: response.headers, answer: (await response.json()) as Answer };
}

async function lineAt(server: ServerProcess, token: string, index: number): Promise<string> {
  const headers = { authorization: `Bearer ${token}` };
  const response = await fetch(`${server.url}/v1/events/${index}`, { headers });
  return ((await response.json()) as { line: string }).line;
}

async function searched(server: ServerProcess, token: string, query: string) {
  const headers = { authorization: `Bearer ${token}` };
  const response = await fetch(`${server.url}/v1/events?${new URLSearchParams({ q: query })}`, { headers });
  const { events } = (await response.json()) as { events?: { event: Record<string, unknown> }[] };
  return events ?? [];
}

/** A server that runs removes what it has replaced, a partial tile for one. */
function readOrNothing(file: string): Buffer {
  try {
    return readFileSync(file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return Buffer.alloc(0);
    throw error;
  }
}

function holds(dir: string, text: string): boolean {
  return readdirSync(dir, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .some((entry) => readOrNothing(path.join(entry.parentPath, entry.name)).includes(text));
}

const line = (id: string, more: object = {}): string =>
  JSON.stringify({
    v: 1,
    id: `019cadc6-ae08-7263-a55b-d69edea6${id}`,
    time: "2026-03-02T09:00:05.000Z",
    source: { app: "shop" },
    action: "authn_login_success",
    outcome: "success",
    level: "info",
    actor: { type: "user", id: "alice", ...more },
  });

it("refuses events while a KMS has never answered, and takes them when it does", async () => {
  const kms = await FakeAwsKms.start();
  const { dir, clean } = temporaryDirectory();
  const ingest = await createKey(dir, "ingest");
  const read = await createKey(dir, "read");
  kms.fault = { status: 500, type: "KMSInternalException" };
  const env = {
    ...AWS_ENV,
    TELLTALE_PROTECT_KMS: `aws:${AWS_KEY}`,
    TELLTALE_PROTECT_KMS_ENDPOINT: kms.url.href,
  };
  const server = await serve(dir, [], env);
  try {
    const refused = await post(server, ingest, line("0001", { session: "s3cr3t-session" }));
    expect(refused).toMatchObject({ status: 503, answer: { error: { code: "keys_unavailable" } } });
    expect(refused.headers.get("retry-after")).toBe("30");
    expect(holds(dir, "authn_login_success")).toBe(false);
    // Not ready, so nothing is sent here; alive, for a new start would find the same KMS.
    const ready = await fetch(`${server.url}/healthz`);
    expect([ready.status, await ready.text()]).toEqual([503, expect.stringContaining("root key")]);
    expect((await fetch(`${server.url}/livez`)).status).toBe(200);
    kms.fault = undefined;
    const taken = await until(
      "the keys",
      async () => {
        const again = await post(server, ingest, line("0001", { session: "s3cr3t-session" }));
        return again.status === 200 ? again : undefined;
      },
      30_000,
    );
    expect(await lineAt(server, read, taken.answer.first)).toContain('"session":"[token:session:1:');
    expect((await fetch(`${server.url}/healthz`)).status).toBe(200);
    // One call a start and a minute, none for events.
    expect(kms.calls.length).toBeLessThan(10);
  } finally {
    await server.kill("SIGTERM");
    await kms.close();
    clean();
  }
});

it("keeps bytes that hide nothing, tells of a credential once, and knows repeated events after a restart", async () => {
  const { dir, clean } = temporaryDirectory();
  const ingest = await createKey(dir, "ingest");
  const admin = await createKey(dir, "admin");
  let server = await serve(dir);
  try {
    const plain = line("0001");
    const kept = await post(server, ingest, plain);
    expect((await lineAt(server, admin, kept.answer.first)).endsWith(`,${plain.slice(1)}`)).toBe(true);
    const large = Array.from({ length: 100 }, (_, i) => line(String(1000 + i), { name: "x".repeat(200) }));
    const many = await post(server, ingest, large.join("\n"));
    expect(
      (await lineAt(server, admin, many.answer.first + 99)).endsWith(`,${large[99]?.slice(1) ?? "?"}`),
    ).toBe(true);

    const credential = ["AKIA", "QYLPMN5HHHFPZAM2"].join("");
    for (const id of ["0002", "0003"]) {
      const body = JSON.stringify({ ...(JSON.parse(line(id)) as object), data: { note: credential } });
      expect((await post(server, ingest, body)).status).toBe(200);
    }
    const told = await until(
      "the report",
      async () => {
        const found = await searched(server, admin, "action:log_credential_seen");
        return found.length > 0 ? found : undefined;
      },
      20_000,
    );
    expect(told).toHaveLength(1);
    expect(told[0]?.event).toMatchObject({ data: { path: "data.note", app: "shop" } });
    expect(holds(dir, credential)).toBe(false);

    const rotated = await telltale([
      "protect",
      "rotate",
      "--what",
      "tokens",
      "--reason",
      "test",
      "--data",
      dir,
    ]);
    expect(rotated).toMatchObject({ code: 0 });
    const epoch = await post(server, ingest, line("0004", { session: "abc" }));
    expect(await lineAt(server, admin, epoch.answer.first)).toContain("[token:session:2:");
    expect((await telltale(["protect", "rotate", "--reason", "test", "--data", dir])).code).toBe(0);
    await server.kill("SIGTERM");

    writeFileSync(path.join(dir, "protect.yaml"), "version: 1\nprofile: erasable\n");
    server = await serve(dir);
    const secret = line("0005", { name: "Alice Liddell" });
    const first = await post(server, ingest, secret);
    expect(await lineAt(server, admin, first.answer.first)).toContain("[encrypted:");
    expect(holds(dir, "Liddell")).toBe(false);
    await server.kill("SIGTERM");
    server = await serve(dir);
    // Encryption gives other bytes each time; the same event is the same all the same.
    expect((await post(server, ingest, secret)).answer).toMatchObject({ accepted: 0, duplicates: 1 });
    const changed = await until(
      "the change of policy",
      async () => {
        const found = await searched(server, admin, "action:log_protection_changed");
        return found.length >= 3 ? found : undefined;
      },
      20_000,
    );
    expect(changed.map(({ event }) => event["reason"])).toEqual(["policy", "rotated", "rotated"]);
    expect(await searched(server, admin, "action:log_id_conflict")).toEqual([]);
  } finally {
    await server.kill("SIGKILL");
    clean();
  }
});

it("does not start with a policy that is none, and names the line", async () => {
  const { dir, clean } = temporaryDirectory();
  try {
    await createKey(dir, "ingest");
    writeFileSync(path.join(dir, "protect.yaml"), "version: 1\nprofil: erasable\n");
    const { code, stderr } = await telltale(["serve", "--data", dir, "--port", "0"]);
    expect(code).not.toBe(0);
    expect(stderr).toMatch(/protect\.yaml: line 2, column 1/);
  } finally {
    clean();
  }
});

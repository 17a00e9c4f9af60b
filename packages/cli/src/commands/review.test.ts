// SPDX-License-Identifier: Apache-2.0
import { createHash } from "node:crypto";
import type { ServerResponse } from "node:http";
import { afterEach, describe, expect, it } from "vitest";
import { answerJson, type FakeRequest, type FakeServer, startFakeServer } from "../../test/fake-server.js";
import { type Ran, runCommand } from "../../test/test-io.js";

const CONTENT = '{"v":1,"id":"r1"}';
const HASH = createHash("sha256").update(CONTENT).digest("hex");
const SUMMARY = {
  id: "r1",
  name: "2026-11-22",
  status: "open",
  due: "2026-11-24T00:00:00.000Z",
  complete: true,
  counts: { undecided: 0, money: 3, record: null },
  signedAt: null,
  signedBy: null,
};
const REVIEW = {
  ...SUMMARY,
  content: {
    checkpoint: { size: 12, root: "cm9vdA==" },
    sections: [
      {
        title: "Money movements",
        count: 3,
        missing: ["pruned"],
        rows: [{ index: 7, text: "bob\u001b[31m paid" }],
      },
      { title: "Anomalies", count: 0, missing: [], rows: [] },
    ],
  },
  contentSha256: HASH,
  comments: [{ at: "2026-11-23T07:00:00.000Z", by: { name: "eve\u202e" }, text: "one\ntwo" }],
  signature: null,
};
const SIGNED = {
  ...REVIEW,
  status: "signed",
  signedAt: "2026-11-23T08:00:00.000Z",
  signedBy: "ada",
  signature: { statement: "Looked.", contentSha256: HASH, eventIndex: 42 },
};

let server: FakeServer | undefined;
afterEach(() => server?.close());

/** A server with one review; `review` and `content` are what it says they are. */
async function start(given: { review?: unknown; content?: string; denied?: boolean } = {}): Promise<void> {
  const { review = REVIEW, content = CONTENT, denied = false } = given;
  const answer = ({ method, path }: FakeRequest, response: ServerResponse): void => {
    if (path === "/v1/session" && method === "POST") {
      if (denied) return answerJson(response, 401, { error: { code: "bad_credentials", message: "no" } });
      return answerJson(response, 200, { csrf: "token" }, { "set-cookie": "telltale_session=abc; HttpOnly" });
    }
    if (path === "/v1/session") return answerJson(response, 200, {});
    if (path.endsWith("/content")) return void response.end(content);
    if (path.endsWith("/sign")) return answerJson(response, 200, SIGNED);
    if (path === "/v1/reviews" && method === "GET")
      return answerJson(response, 200, { reviews: [SUMMARY], next: null, counts: { open: 2, overdue: 1 } });
    return answerJson(response, 200, review);
  };
  server = await startFakeServer(answer);
}

function run(argv: string[], options: { input?: string; env?: Record<string, string> } = {}): Promise<Ran> {
  const env = { TELLTALE_URL: server?.url ?? "", TELLTALE_KEY: "tt_admin_a_b", ...options.env };
  return runCommand(["review", ...argv], { ...options, env, now: () => Date.UTC(2026, 10, 23, 12) });
}

describe("review list", () => {
  it("says what waits, what was found, and how many are overdue", async () => {
    await start();
    const ran = await run(["list", "--status", "open"]);
    expect(ran.stdout).toMatch(/2026-11-22 +open +money 3, record \? +r1/);
    expect(ran.stderr).toBe("2 to sign, 1 of them overdue.\n");
    expect(server?.requests[0]?.query.get("status")).toBe("open");
  });

  it("does not call signed what is not there", async () => {
    const none = { reviews: [], next: null, counts: { open: 0, overdue: 0 } };
    server = await startFakeServer((_request, response) => answerJson(response, 200, none));
    expect((await run(["list"])).stderr).toBe("There is no review yet.\n");
    expect((await run(["list", "--status", "signed"])).stderr).toBe("There is no review yet.\n");
    expect((await run(["list", "--status", "open"])).stderr).toBe("No review waits for a signature.\n");
    await server.close();
    const one = { ...none, reviews: [SUMMARY] };
    server = await startFakeServer((_request, response) => answerJson(response, 200, one));
    expect((await run(["list"])).stderr).toBe("Every review is signed.\n");
  });

  it("does not take another program for Telltale", async () => {
    server = await startFakeServer((_request, response) => answerJson(response, 200, { hello: "world" }));
    expect((await run(["list"])).code).toBe(69);
    expect((await run(["show", "r1"])).code).toBe(69);
  });
});

describe("review show", () => {
  it("prints sections, comments and the signature, harmless on a terminal", async () => {
    await start({ review: SIGNED });
    const ran = await run(["show", "r1"]);
    expect(ran.code).toBe(0);
    expect(ran.stdout).toContain("Money movements: 3 (incomplete: pruned)");
    expect(ran.stdout).toContain("Anomalies: none");
    expect(ran.stdout).toContain("Signed by ada, 2026-11-23T08:00:00.000Z, event 42 of the log:\n  Looked.");
    expect(ran.stdout.replaceAll("\n", "")).not.toMatch(/\p{Cc}|\p{Bidi_Control}/u);
    expect(ran.stderr).toContain(`The content has the SHA-256 ${HASH}.`);
  });

  it("fails when the content is not what was signed", async () => {
    await start({ review: SIGNED, content: `${CONTENT} ` });
    const changed = await run(["show", "r1"]);
    expect([changed.code, changed.stderr.includes("does NOT")]).toEqual([1, true]);
    await server?.close();
    const { signature } = SIGNED;
    await start({ review: { ...SIGNED, signature: { ...signature, contentSha256: "0".repeat(64) } } });
    expect((await run(["show", "r1", "--json"])).code).toBe(1);
  });
});

it("review make sends the period and prints the id alone", async () => {
  await start();
  const ran = await run(["make", "--from", "2026-11-22", "--to", "now"]);
  expect(ran.stdout).toBe("r1\n");
  expect(JSON.parse(server?.requests[0]?.body ?? "")).toEqual({
    from: "2026-11-22T00:00:00.000Z",
    to: "2026-11-23T12:00:00.000Z",
  });
  expect((await run(["make", "--from", "soon"])).code).toBe(64);
});

describe("review sign", () => {
  const argv = ["sign", "r1", "--user", "ada", "--statement", "Looked."];

  it("signs as a person what it has hashed itself, and signs out", async () => {
    await start();
    const ran = await run(argv, { input: "s3cret pass phrase\nmore\n" });
    expect([ran.code, ran.stdout]).toEqual([0, "42\n"]);
    const requests = server?.requests ?? [];
    expect(requests.map(({ method, path }) => `${method} ${path}`)).toEqual([
      "POST /v1/session",
      "GET /v1/reviews/r1",
      "GET /v1/reviews/r1/content",
      "POST /v1/reviews/r1/sign",
      "DELETE /v1/session",
    ]);
    expect(JSON.parse(requests[0]?.body ?? "")).toEqual({ name: "ada", password: "s3cret pass phrase" });
    expect(JSON.parse(requests[3]?.body ?? "")).toEqual({ statement: "Looked.", contentSha256: HASH });
    expect(requests[3]?.headers).toMatchObject({ cookie: "telltale_session=abc", "x-csrf-token": "token" });
    // The key in the environment belongs to a program: a person signs without it.
    expect(requests.every(({ headers }) => headers.authorization === undefined)).toBe(true);
    expect(ran.stdout + ran.stderr).not.toContain("s3cret");
  });

  it("signs nothing that is not what the server says it is, and still signs out", async () => {
    await start({ content: "something else" });
    const ran = await run(argv, { input: "s3cret pass phrase" });
    expect(ran.code).toBe(1);
    const paths = server?.requests.map(({ method, path }) => `${method} ${path}`);
    expect(paths).not.toContain("POST /v1/reviews/r1/sign");
    expect(paths?.at(-1)).toBe("DELETE /v1/session");
  });

  it("needs a password that is right, and a statement", async () => {
    await start({ denied: true });
    const wrong = await run(argv, { input: "wrong\n" });
    expect([wrong.code, wrong.stderr]).toEqual([77, "telltale: the name or the password is wrong\n"]);
    expect((await run(argv, { input: "" })).code).toBe(64);
    expect((await run(argv, { input: "x".repeat(5000) })).code).toBe(64);
    expect((await run(["sign", "r1", "--user", "ada"], { input: "x" })).code).toBe(64);
  });
});

// SPDX-License-Identifier: Apache-2.0
import { afterEach, describe, expect, it } from "vitest";
import { type MemorySource, memorySource } from "../../../log/test/memory-source.js";
import { answerJson, type FakeServer } from "../../test/fake-server.js";
import { type Instead, KEY, serveLog } from "../../test/log-server.js";
import { runCommand } from "../../test/test-io.js";

let server: FakeServer | undefined;
afterEach(() => server?.close());

async function serve(log: MemorySource, instead?: Instead): Promise<string> {
  server = await serveLog(log, log.signer.vkey, instead);
  return server.url;
}
const verify = (url: string, ...more: string[]) =>
  runCommand(["verify", url, ...more], { env: { TELLTALE_KEY: KEY } });

/** Hashes for everybody, events for nobody. */
const hashesOnly: Instead = async (request, response) => {
  if (request.path.includes("/entries/") || request.path === "/v1/status") {
    answerJson(response, 401, { error: { code: "unauthorized", message: "No." } });
    return true;
  }
  request.headers.authorization = `Bearer ${KEY}`; // public
  return false;
};

describe("verify over HTTP", () => {
  it("fetches and verifies everything, stores nothing, and names the key that it took on trust", async () => {
    const log = memorySource(600);
    const url = await serve(log);
    const ran = await verify(url);
    expect([ran.code, ran.stderr]).toEqual([0, ""]);
    expect(ran.stdout).toContain("INTACT  all 600 events are as they were signed");
    expect(ran.stdout).toContain("compare its fingerprint");
    const json = JSON.parse((await verify(url, "--vkey", log.signer.vkey, "--json")).stdout) as object;
    expect(json).toMatchObject({ url, verdict: "intact", size: 600, checked: 600 });
    expect(json).not.toHaveProperty("notes");
    expect((await runCommand(["verify", "--url", url], { env: { TELLTALE_KEY: KEY } })).code).toBe(0);
    expect((await verify(url, "--require-witness")).code).toBe(3);
  });

  it("names the first event that differs from what was signed", async () => {
    const log = memorySource(600);
    log.lines[300] = '{"changed":true}';
    const ran = await verify(await serve(log));
    expect(ran.code).toBe(1);
    expect(ran.stdout).toContain("first bad  main:300");
    expect(ran.stdout).toContain("main:0 to main:299");
  });

  it("does not accept another key than the one that was given", async () => {
    const ran = await verify(await serve(memorySource(3)), "--vkey", memorySource(1).signer.vkey);
    expect(ran.code).toBe(1);
  });

  it("where only hashes are public says what was and was not verified, and that is no pass", async () => {
    const log = memorySource(300);
    const url = await serve(log, hashesOnly);
    const ran = await runCommand(["verify", url, "--vkey", log.signer.vkey]);
    expect(ran.code).toBe(4);
    expect(ran.stdout).toContain("the hashes of all 300 events lead to the signed root");
    expect(ran.stdout).toContain("none was verified");
    const unknown = await runCommand(["verify", url]);
    expect([unknown.code, unknown.stderr]).toEqual([77, expect.stringContaining("--vkey") as string]);
  });

  it("says where nothing answers, and takes one place at a time", async () => {
    expect((await verify("http://127.0.0.1:9", "--vkey", memorySource(1).signer.vkey)).code).toBe(69);
    expect((await verify("http://127.0.0.1:9", "--url", "http://127.0.0.1:9")).code).toBe(64);
    expect((await runCommand(["verify", "somewhere", "--url", "http://127.0.0.1:9"])).code).toBe(64);
  });
});

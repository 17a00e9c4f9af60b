// SPDX-License-Identifier: Apache-2.0
import { execFileSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { hashLeaves, openLog, splitLines } from "@telltale/log";
import { tempDir, type TempDir } from "@telltale/testkit";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { answerJson, type FakeServer, startFakeServer } from "../../test/fake-server.js";
import { runCommand } from "../../test/test-io.js";

let dir: TempDir;
let server: FakeServer | undefined;
beforeEach(() => {
  dir = tempDir("evidence-cli", true);
});
afterEach(async () => {
  await server?.close();
  server = undefined;
  dir.dispose();
});

const at = (name: string): string => join(dir.path, name);
const data = (): string => at("data");

async function makeLog(events: number, first = 0): Promise<void> {
  const log = await openLog({
    dataDir: data(),
    create: { originName: "test" },
    onFatal(error) {
      throw error;
    },
  });
  const lines = Array.from({ length: events }, (_, i) => {
    const n = first + i;
    const event = {
      received: new Date(Date.UTC(2026, 0, 1) + n * 60_000).toISOString(),
      via: "key",
      v: 1,
      id: `0197f0a2-0000-7000-8000-${String(n).padStart(12, "0")}`,
      time: "2026-01-01T00:00:00.000Z",
      action: n % 3 === 0 ? "authn_login_fail" : "order_placed",
      level: "info",
      outcome: "success",
      source: { app: "shop" },
    };
    return `${JSON.stringify(event)}\n`;
  });
  const batch = splitLines(Buffer.from(lines.join("")));
  await log.append({ ...batch, leafHashes: hashLeaves(batch) });
  await log.close();
}

const evidence = (...args: string[]) => runCommand(["evidence", ...args]);
const fromData = (...args: string[]) => evidence("--data", data(), "--out", at("b.zip"), ...args);

describe("telltale evidence --data", () => {
  it("takes what the query finds, verifies it, and verify says intact", async () => {
    await makeLog(700);
    const made = await fromData("--query", "action:authn_login_fail", "--json");
    expect([made.code, made.stderr]).toEqual([0, ""]);
    const answer = JSON.parse(made.stdout) as {
      checked: number;
      sha256: string;
      manifest: { limited: boolean };
    };
    expect(answer).toMatchObject({ verdict: "intact", checked: 234, manifest: { limited: false } });
    const vkey = readFileSync(at("data/keys/main.vkey"), "utf8");
    const checked = await runCommand(["verify", at("b.zip"), "--vkey", vkey]);
    expect(checked.code).toBe(0);
    expect(checked.stdout).toContain("INTACT");
    expect(checked.stdout).toContain("the one that you gave");
    expect(readdirSync(dir.path).sort()).toEqual(["b.zip", "data"]);
  });

  it("takes the newest where the limit is smaller, a range of time, or one event", async () => {
    await makeLog(700);
    const one = await fromData("--query", "", "--limit", "3", "--json");
    expect(JSON.parse(one.stdout)).toMatchObject({ proven: [[697, 700]], manifest: { limited: true } });
    const again = await evidence(
      "--data",
      data(),
      "--out",
      at("c.zip"),
      "--from",
      "2026-01-01T00:10:00Z",
      "--to",
      "2026-01-01T00:12:00Z",
      "--json",
    );
    expect(JSON.parse(again.stdout)).toMatchObject({ proven: [[10, 12]] });
    const single = await evidence("--data", data(), "--out", at("d.zip"), "--index", "255", "--json");
    expect(JSON.parse(single.stdout)).toMatchObject({
      proven: [[255, 256]],
      manifest: { selection: { index: 255 } },
    });
  });

  it("replaces nothing, and leaves nothing behind where it fails", async () => {
    await makeLog(5);
    writeFileSync(at("b.zip"), "mine");
    expect((await fromData("--query", "")).code).toBe(73);
    expect(readFileSync(at("b.zip"), "utf8")).toBe("mine");
    const none = await evidence("--data", data(), "--out", at("c.zip"), "--query", "action:nothing_like_it");
    expect(none.code).toBe(66);
    expect(none.stderr).toContain("nothing was found");
    const segment = join(
      data(),
      "log/main/segment",
      readdirSync(join(data(), "log/main/segment"))[0] as string,
    );
    writeFileSync(segment, readFileSync(segment, "utf8").replace("order_placed", "order_plucked"));
    const tampered = await evidence("--data", data(), "--out", at("c.zip"), "--query", "");
    expect(tampered.code).toBe(1);
    expect(readdirSync(dir.path).sort()).toEqual(["b.zip", "data"]);
  });

  it.each([
    [["--out", "x.zip"], "say which events"],
    [["--query", "x"], "--out"],
    [["--query", "x", "--index", "1", "--out", "x.zip"], "not several"],
    [["--alert", "x", "--data", "d", "--out", "x.zip"], "running server"],
    [["--query", "", "--data", "d", "--url", "http://h", "--out", "x.zip"], "name one"],
    [["--query", "", "--limit", "50000", "--out", "x.zip"], "49999"],
  ])("says what is wrong with %j", async (args, words) => {
    const ran = await evidence(...args);
    expect(ran.code).toBe(64);
    expect(ran.stderr).toContain(words);
  });

  it("points at the place in a query that cannot be understood", async () => {
    await makeLog(1);
    const ran = await fromData("--query", "level:nonsense");
    expect(ran.code).toBe(64);
    expect(ran.stderr).toContain("^");
  });
});

describe("telltale evidence over HTTP", () => {
  it("takes what the server gives only when it verifies", async () => {
    await makeLog(20);
    await fromData("--query", "");
    const zip = readFileSync(at("b.zip"));
    let give = zip;
    server = await startFakeServer((request, response) => {
      if (request.headers.authorization !== "Bearer k")
        return answerJson(response, 401, { error: { code: "unauthorized", message: "No." } });
      if (request.query.get("q") === "none")
        return answerJson(response, 404, { error: { code: "not_found", message: "Nothing was found." } });
      response.setHeader("telltale-events", "20");
      response.end(give);
    });
    const ask = (...more: string[]) =>
      evidence("--url", server?.url ?? "", "--key", "k", "--out", at("c.zip"), ...more);
    const made = await ask("--query", "level:info", "--limit", "7", "--json");
    expect([made.code, made.stderr]).toEqual([0, ""]);
    expect(readFileSync(at("c.zip")).equals(zip)).toBe(true);
    expect(Object.fromEntries(server.requests[0]?.query ?? [])).toEqual({ q: "level:info", limit: "7" });
    expect((await ask("--query", "")).code).toBe(73);
    const other = await evidence("--url", server.url, "--key", "k", "--out", at("d.zip"), "--query", "none");
    expect(other.code).toBe(66);
    give = zip.subarray(0, zip.length - 40);
    expect(
      (await evidence("--url", server.url, "--key", "k", "--out", at("d.zip"), "--query", "")).code,
    ).toBe(4);
    give = Buffer.from(zip);
    give[4000] = (zip[4000] as number) ^ 1;
    expect(
      (await evidence("--url", server.url, "--key", "k", "--out", at("d.zip"), "--query", "")).code,
    ).not.toBe(0);
    expect(existsSync(at("d.zip"))).toBe(false);
    expect(
      (await evidence("--url", server.url, "--key", "wrong", "--out", at("d.zip"), "--query", "")).code,
    ).toBe(77);
  });
});

const verify = (...args: (string | NodeJS.ProcessEnv)[]) => {
  const env = args.find((arg) => typeof arg === "object");
  return runCommand(["verify", ...args.filter((arg) => typeof arg === "string")], env && { env });
};

describe("telltale verify of bundles", () => {
  it("gives each grade its exit code", async () => {
    await makeLog(9);
    await fromData("--query", "");
    expect((await verify(at("b.zip"))).code).toBe(0);
    expect((await verify(at("b.zip"), "--require-witness")).code).toBe(3);
    writeFileSync(at("cut.zip"), readFileSync(at("b.zip")).subarray(0, 900));
    const cut = await verify(at("cut.zip"), "--json");
    expect([cut.code, (JSON.parse(cut.stdout) as { verdict: string }).verdict]).toEqual([4, "unverifiable"]);
    writeFileSync(at("text.txt"), "hello");
    expect((await verify(at("text.txt"))).code).toBe(4);
  });

  it("says whether two bundles are of one history", async () => {
    await makeLog(9);
    await fromData("--query", "action:authn_login_fail");
    await evidence("--data", data(), "--out", at("c.zip"), "--query", "action:order_placed");
    const agree = await runCommand(["verify", at("b.zip"), "--against", at("c.zip")]);
    expect([agree.code, agree.stdout]).toEqual([0, expect.stringContaining("AGREE") as string]);
  });
});

describe("telltale verify of a data directory", () => {
  it("does not check a bundle in the stead of the log that was to be there", async () => {
    await makeLog(9);
    await fromData("--index", "3");
    const unpack = () => execFileSync("python3", ["-m", "zipfile", "-e", at("b.zip"), data()]);
    rmSync(data(), { recursive: true });
    unpack();
    expect((await verify(data())).code).toBe(0);
    expect((await verify("--data", data())).code).toBe(4);
    expect((await verify({ TELLTALE_DATA: data() })).code).toBe(4);
    const named = await verify(data(), "--head-dir", at("heads"));
    expect([named.code, named.stderr]).toEqual([
      4,
      expect.stringContaining("a bundle of evidence") as string,
    ]);
  });
});

// SPDX-License-Identifier: Apache-2.0
// Evidence as people make and check it: a real server, the real command, an archive of it, and Go's own libraries where they are.
import { execFileSync, spawnSync } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createKey, type ServerProcess, serve, telltale, temporaryDirectory, until } from "./harness.js";

const { dir, clean } = temporaryDirectory();
const data = path.join(dir, "data");
const at = (name: string): string => path.join(dir, name);
let server: ServerProcess;
let env: NodeJS.ProcessEnv;
let vkey: string;

beforeAll(async () => {
  const [ingest, read] = [await createKey(data, "ingest"), await createKey(data, "read")];
  server = await serve(data);
  env = { TELLTALE_URL: server.url, TELLTALE_KEY: read };
  vkey = readFileSync(path.join(data, "keys/main.vkey"), "utf8").trim();
  const events = Array.from({ length: 300 }, (_, i) => ({
    action: i % 3 === 0 ? "authn_login_fail" : "order_placed",
    actor: { type: "user", id: `user-${i}` },
  }));
  const response = await fetch(`${server.url}/v1/events`, {
    method: "POST",
    headers: { authorization: `Bearer ${ingest}`, "content-type": "application/json" },
    body: JSON.stringify(events),
  });
  expect(response.ok).toBe(true);
  await until("the index", async () => {
    const found = await telltale(["search", "action:authn_login_fail", "--limit", "200", "--json"], env);
    return found.stdout.trim().split("\n").length === 100 ? true : undefined;
  });
}, 60_000);
afterAll(async () => {
  await server.kill("SIGTERM");
  clean();
});

describe("evidence", () => {
  it("is exported over HTTP with the log's own record of it, and verifies with the known key", async () => {
    const made = await telltale(
      ["evidence", "--query", "action:authn_login_fail", "--out", at("a.zip"), "--json"],
      env,
    );
    expect([made.code, made.stderr]).toEqual([0, ""]);
    expect(JSON.parse(made.stdout)).toMatchObject({ verdict: "intact", checked: 101, total: 101 });
    const checked = await telltale(["verify", at("a.zip"), "--vkey", vkey]);
    expect([checked.code, checked.stdout]).toEqual([0, expect.stringContaining("INTACT") as string]);
    expect(checked.stdout).toContain("none was taken out since");
    await until("the record in the search", async () => {
      const found = await telltale(["search", "action:log_exported", "--json"], env);
      return found.stdout.includes('"authn_login_fail') || found.stdout.includes("action:authn_login_fail")
        ? true
        : undefined;
    });
  });

  it("of the running server's directory and over HTTP is of one history", async () => {
    const made = await telltale([
      "evidence",
      "--data",
      data,
      "--query",
      "action:authn_login_fail",
      "--out",
      at("b.zip"),
    ]);
    expect([made.code, made.stderr]).toEqual([0, ""]);
    const both = await telltale(["verify", at("b.zip"), "--against", at("a.zip")]);
    expect([both.code, both.stdout]).toEqual([
      0,
      expect.stringContaining("AGREE  nothing contradicts: 100 events") as string,
    ]);
  });

  it("verify over HTTP says intact, and which key it took on trust", async () => {
    const ran = await telltale(["verify", server.url], env);
    expect([ran.code, ran.stdout]).toEqual([0, expect.stringContaining("INTACT") as string]);
    expect(ran.stdout).toContain("compare its fingerprint");
  });

  it("can be checked with the page that the server gives, under its own policy", async () => {
    const page = await fetch(`${server.url}/verifier.html`);
    const text = await page.text();
    const policy = /content="(default-src 'none'[^"]+)"/.exec(text)?.[1];
    expect(page.headers.get("content-security-policy")).toBe(`${policy}; frame-ancestors 'none'`);
    expect((await telltale(["evidence", "--verifier", at("verifier.html")])).code).toBe(0);
    expect(readFileSync(at("verifier.html"), "utf8")).toBe(text);
  });

  it("can be checked by other people's tools, as its README says", () => {
    const folder = at("unpacked");
    mkdirSync(folder);
    execFileSync("python3", ["-m", "zipfile", "-e", at("a.zip"), folder]);
    const readme = readFileSync(path.join(folder, "README.md"), "utf8");
    const program = /```go\n([\s\S]+?)```/.exec(readme)?.[1] ?? "";
    expect(readme).toContain("go mod init check");
    const go = spawnSync("go", ["version"]);
    // Go is a peer in tests only: where it is not, the README is all that can be looked at.
    if (go.status !== 0) return;
    const check = at("check");
    mkdirSync(check);
    writeFileSync(path.join(check, "main.go"), program);
    const run = (...args: string[]) =>
      spawnSync("go", args, {
        cwd: check,
        encoding: "utf8",
        env: { ...process.env, GOFLAGS: "-mod=mod", GOPROXY: "off", GONOSUMDB: "*" },
      });
    run("mod", "init", "check");
    const modules = path.join(
      execFileSync("go", ["env", "GOMODCACHE"], { encoding: "utf8" }).trim(),
      "golang.org/x",
    );
    const [version] = execFileSync("ls", [modules], { encoding: "utf8" })
      .split("\n")
      .filter((name) => name.startsWith("mod@"))
      .toSorted()
      .toReversed();
    if (version === undefined) return;
    run("get", `golang.org/x/${version}`);
    const [line = ""] = readFileSync(path.join(folder, "events.ndjson"), "utf8").split("\n");
    writeFileSync(path.join(check, "entry"), line);
    const proof = path.join(
      folder,
      /proofs\/\d{20}\.tlog-proof/.exec(readme.slice(readme.indexOf("go run")))?.[0] ?? "",
    );
    const proven = run("run", ".", vkey, "entry", proof);
    expect([proven.status, proven.stderr, proven.stdout]).toEqual([
      0,
      "",
      expect.stringContaining("proven: entry") as string,
    ]);
    writeFileSync(path.join(check, "entry"), `${line} `);
    expect(run("run", ".", vkey, "entry", proof).stdout).toContain("NOT PROVEN");
  });
});

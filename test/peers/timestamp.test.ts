// SPDX-License-Identifier: Apache-2.0
// A timestamp authority (RFC 3161) that is not ours: `openssl ts`. It answers our requests, we verify its tokens, and it verifies
// what we keep. Fails where openssl is missing.
import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import path from "node:path";
import { type Log, openLog, parseAuthorities, verifyLog } from "@telltale/log";
import { type TempDir, tempDir, toBatch } from "@telltale/testkit";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { DailyTimestamp } from "../../packages/server/src/timestamp/daily.js";

const CONFIG = `
[tsa]
default_tsa = t
[t]
serial = serial
crypto_device = builtin
signer_cert = tsa.pem
certs = ca.pem
signer_key = tsa.key
signer_digest = sha256
default_policy = 1.2.3.4.1
digests = sha256
accuracy = secs:1
ess_cert_id_alg = sha256
[ext]
extendedKeyUsage = critical,timeStamping
basicConstraints = CA:FALSE
[web]
extendedKeyUsage = serverAuth
basicConstraints = CA:FALSE
`;

let tsa: TempDir;
let temp: TempDir;
let log: Log;
let server: Server;

const openssl = (...args: string[]): string =>
  execFileSync("openssl", args, { cwd: tsa.path, encoding: "utf8", stdio: "pipe" });
const pem = (name: string): string => readFileSync(path.join(tsa.path, name), "utf8");

function issue(name: string, key: string[], extensions: string): void {
  openssl(
    "req",
    "-newkey",
    ...key,
    "-nodes",
    "-keyout",
    `${name}.key`,
    "-out",
    `${name}.csr`,
    "-subj",
    `/CN=${name}`,
  );
  const from = ["-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", "-days", "30"];
  openssl(
    "x509",
    "-req",
    "-in",
    `${name}.csr`,
    ...from,
    "-extfile",
    "ts.cnf",
    "-extensions",
    extensions,
    "-out",
    `${name}.pem`,
  );
}

beforeAll(async () => {
  tsa = tempDir("openssl-ts");
  temp = tempDir("timestamped");
  writeFileSync(path.join(tsa.path, "ts.cnf"), CONFIG);
  writeFileSync(path.join(tsa.path, "serial"), "01\n");
  const ec = ["ec", "-pkeyopt", "ec_paramgen_curve:P-256"];
  for (const name of ["ca", "other"])
    openssl(
      "req",
      "-x509",
      "-newkey",
      ...ec,
      "-nodes",
      "-keyout",
      `${name}.key`,
      "-out",
      `${name}.pem`,
      "-days",
      "30",
      "-subj",
      "/CN=CA",
    );
  issue("tsa", ["rsa:2048"], "ext");
  issue("web", ec, "web");
  server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      expect(request.headers["content-type"]).toBe("application/timestamp-query");
      writeFileSync(path.join(tsa.path, "q.tsq"), Buffer.concat(chunks));
      openssl("ts", "-reply", "-config", "ts.cnf", "-queryfile", "q.tsq", "-out", "r.tsr");
      response.end(readFileSync(path.join(tsa.path, "r.tsr")));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  log = await openLog({ dataDir: temp.path, create: { originName: "t" }, onFatal: () => undefined });
});
afterAll(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  await log.close();
  temp.dispose();
  tsa.dispose();
});

describe("openssl ts", () => {
  it("timestamps the daily checkpoint, and both sides verify it", async () => {
    await log.append(toBatch(["one", "two"]));
    let clock = Date.now();
    const events: string[] = [];
    const open = () =>
      new DailyTimestamp({
        settings: {
          url: new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}`),
          authorities: parseAuthorities(pem("ca.pem")),
        },
        dataDir: temp.path,
        log,
        selfLog: { emit: ({ action }) => void events.push(action) },
        now: () => clock,
        onError: (error) => {
          throw error;
        },
      });
    const daily = open();
    await daily.look();
    await log.append(toBatch(["three"]));
    await daily.look();
    await open().look(); // a restart knows what was kept
    expect(events).toEqual(["log_timestamped"]);
    clock += 25 * 3_600_000;
    await daily.look();
    expect(events).toEqual(["log_timestamped", "log_timestamped"]);

    const folder = path.join(temp.path, "log", "main", "timestamps");
    const [checkpoint = "", token = ""] = readdirSync(folder).sort();
    const files = ["-in", path.join(folder, token), "-data", path.join(folder, checkpoint)];
    expect(openssl("ts", "-verify", "-token_in", ...files, "-CAfile", "ca.pem")).toContain(
      "Verification: OK",
    );

    const trusted = { dataDir: temp.path, timestampAuthorities: parseAuthorities(pem("ca.pem")) };
    expect(await verifyLog(trusted)).toMatchObject({
      verdict: "intact",
      timestamped: { size: 3, authority: "CN=tsa", trusted: true },
    });
    expect(await verifyLog({ dataDir: temp.path })).toMatchObject({ timestamped: { trusted: false } });
    const others = { ...trusted, timestampAuthorities: parseAuthorities(pem("other.pem")) };
    expect((await verifyLog(others)).findings.join()).toContain("no chain leads");

    // A checkpoint that was changed, and a token that belongs to another one.
    const good = readFileSync(path.join(folder, token));
    writeFileSync(
      path.join(folder, token),
      readFileSync(path.join(folder, readdirSync(folder).sort()[3] ?? "")),
    );
    expect((await verifyLog(trusted)).findings.join()).toContain("other data");
    writeFileSync(path.join(folder, token), good);
    expect((await verifyLog(trusted)).verdict).toBe("intact");
  });

  it("with a certificate that is not for timestamps is not believed", async () => {
    const { createTimestampRequest, parseTimestampResponse, verifyTimestamp } = await import("@telltale/log");
    const data = Buffer.from("data");
    const { der, nonce } = createTimestampRequest(data);
    writeFileSync(path.join(tsa.path, "q.tsq"), der);
    openssl("ts", "-reply", "-config", "ts.cnf", "-queryfile", "q.tsq", "-out", "r.tsr");
    const token = parseTimestampResponse(readFileSync(path.join(tsa.path, "r.tsr")));
    const input = { token, data, nonce };
    expect(verifyTimestamp({ ...input, authorities: parseAuthorities(pem("ca.pem")) }).isTrusted).toBe(true);
    // The leaf itself may be named as what is believed; a certificate of the same CA for other purposes may not stand in.
    expect(verifyTimestamp({ ...input, authorities: parseAuthorities(pem("tsa.pem")) }).isTrusted).toBe(true);
    expect(() => verifyTimestamp({ ...input, authorities: parseAuthorities(pem("web.pem")) })).toThrow(
      "no chain",
    );
  });
});

// SPDX-License-Identifier: Apache-2.0
// Secrets are sent through every door of the real program, also by wrong requests, and while it is killed; afterwards no byte that
// it, the SDK or an export kept holds one of them, in any usual encoding.
import { spawn } from "node:child_process";
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { mkdirSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import path from "node:path";
import { gzipSync } from "node:zlib";
import { DuckDBInstance } from "@duckdb/node-api";
import { protectText } from "@telltale/protect";
import { afterAll, describe, expect, it } from "vitest";
import { detectorFolders, eventsWith, isWhole, makeCorpus } from "./canary/corpus.js";
import { sendHostile } from "./canary/hostile.js";
import { Needles } from "./canary/needles.js";
import { filesIn, readStored, type Stored, unpack } from "./canary/stored.js";
import {
  createKey,
  freePort,
  root,
  serve,
  type ServerProcess,
  telltale,
  temporaryDirectory,
  until,
} from "./harness.js";

const corpus = makeCorpus();
const needles = new Needles(corpus.flatMap(({ secrets }) => secrets));
const { dir, clean } = temporaryDirectory();
const data = path.join(dir, "data");
const spool = path.join(dir, "spool");
afterAll(clean);

/** What was found, as a sentence each; [] when all is well. */
function leaks(stored: readonly Stored[], among = needles): string[] {
  return stored.flatMap(({ from, bytes }) =>
    among.search(bytes).map(({ secret, form, at }) => {
      const around = bytes.toString("latin1", Math.max(0, at - 80), at + 80);
      return `${from}: ${JSON.stringify(secret)} (${form}) in …${around}…`;
    }),
  );
}

const base64 = (text: string): string => Buffer.from(text).toString("base64");
const textOf = (from: string, text: string): Stored => ({ from, bytes: Buffer.from(text) });

describe("the search", () => {
  const secret = "Xq7vR2mKp9Lw4TzB";
  const few = new Needles([secret]);

  it.each([
    ["plain", `a${secret}b`],
    ["base64", base64(`password=${secret};`)],
    ["base64, one byte further", base64(` password=${secret};`)],
    ["base64, two bytes further", base64(`  password=${secret};`)],
    ["hex", Buffer.from(secret).toString("hex")],
    ["percent", Buffer.from(secret).toString("hex").replace(/../g, "%$&")],
    ["lower case", secret.toLowerCase()],
  ])("finds a secret in the form %s", (_form, text) => {
    expect(few.search(Buffer.from(`before ${text} after`))).not.toEqual([]);
  });
  it("finds none where there is none", () => {
    expect(
      few.search(Buffer.from(`${secret.slice(1)} ${secret.slice(0, -1)} ${"x".repeat(10_000)}`)),
    ).toEqual([]);
  });
  it("finds one in gzip, in a Parquet file and in a name", async () => {
    const place = path.join(dir, "planted");
    mkdirSync(path.join(place, secret), { recursive: true });
    writeFileSync(path.join(place, secret, "empty"), "");
    writeFileSync(path.join(place, "a.gz"), gzipSync(`${"x".repeat(1000)}${secret}`));
    const instance = await DuckDBInstance.create(":memory:");
    const connection = await instance.connect();
    await connection.run(
      `COPY (SELECT '${secret}' AS a FROM range(100)) TO '${place}/a.parquet' (FORMAT parquet, COMPRESSION zstd)`,
    );
    connection.closeSync();
    instance.closeSync();
    const found = new Set(leaks(await readStored(place), few).map((text) => text.split(":")[0]));
    expect([...found].sort()).toEqual(
      expect.arrayContaining(["a.gz (unpacked)", "a.parquet (rows)", `${secret}/empty (its name)`]),
    );
    // One frame of Zstandard, as segments have them: a raw block (RFC 8878, 3.1.1.2).
    const block = Buffer.from(secret);
    const frame = Buffer.concat([
      Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0x20, block.length]),
      Buffer.from([(block.length << 3) | 1, 0, 0]),
      block,
    ]);
    expect(unpack("x", frame).map(({ bytes }) => bytes.toString())).toEqual([secret]);
  });
});

describe("the corpus", () => {
  it("has a secret for each detector, and all are found", () => {
    // What is too short to be looked for in a megabyte has no canary: its detector's own cases are its test.
    const kinds = new Set(corpus.map(({ kind }) => kind));
    expect(detectorFolders().filter((folder) => !kinds.has(folder))).toEqual([]);
    for (const { text } of corpus) expect(leaks([textOf(text, protectText(text).text)])).toEqual([]);
  });
});

async function post(
  server: ServerProcess,
  at: string,
  key: string,
  body: string | Buffer,
  headers: Record<string, string> = {},
): Promise<string> {
  const response = await fetch(`${server.url}${at}`, {
    method: "POST",
    headers: { authorization: `Bearer ${key}`, "content-type": "application/json", ...headers },
    body: typeof body === "string" ? body : Uint8Array.from(body),
  });
  return response.text();
}

const events = corpus.flatMap(eventsWith);
const asLines = (list: readonly object[]): string => list.map((each) => JSON.stringify(each)).join("\n");

const stringValue = (text: string): object => ({ stringValue: text });

/** Every event over HTTP, as JSON or as gzip'd lines, and one of each canary as OTLP. */
async function sendHttp(server: ServerProcess, key: string): Promise<number> {
  let taken = 0;
  for (let from = 0; from < events.length; from += 500) {
    const part = events.slice(from, from + 500);
    const answer =
      (from / 500) % 2 === 0
        ? await post(server, "/v1/events", key, JSON.stringify(part))
        : await post(server, "/v1/events", key, gzipSync(asLines(part)), {
            "content-type": "application/x-ndjson",
            "content-encoding": "gzip",
          });
    const { accepted, duplicates } = JSON.parse(answer) as { accepted: number; duplicates: number };
    taken += accepted + duplicates;
  }
  const logRecords = corpus.map(({ text }) => ({
    timeUnixNano: "1763805600000000000",
    body: stringValue(text),
    attributes: [
      { key: "note", value: stringValue(text) },
      { key: "nested", value: { kvlistValue: { values: [{ key: text, value: stringValue(text) }] } } },
    ],
  }));
  await post(server, "/v1/logs", key, JSON.stringify({ resourceLogs: [{ scopeLogs: [{ logRecords }] }] }));
  return taken;
}

async function sendSyslog(port: number): Promise<void> {
  const messages = corpus.flatMap(({ text }, n) => [
    `<13>1 2026-01-01T00:00:00Z web-1 shop ${n} - - ${text}`,
    `<13>1 2026-01-01T00:00:00Z web-1 shop ${n} ID1 [x@1 note="${text.replace(/["\]\\]/g, "\\$&")}"] hello`,
    `<13>Jan  1 00:00:00 web-1 shop[${n}]: ${text}`,
    `<86>Jan  1 00:00:00 web-1 sshd[${n}]: error: ${text}`,
    text,
  ]);
  const socket = connect(port, "127.0.0.1");
  await once(socket, "connect");
  socket.end(messages.map((text) => `${Buffer.byteLength(text)} ${text}`).join(""));
  await once(socket, "close");
  const lone = connect(port, "127.0.0.1");
  await once(lone, "connect");
  // A frame longer than it says, one that never ends, and lines without a length.
  const oneLine = corpus.map(({ text }) => text).filter(isOneLine);
  lone.end(`5 ${oneLine[0]}\n<13>${oneLine.join("\n<13>")}\n99999 ${oneLine[0]}`);
  lone.resume();
  await once(lone, "close");
  const udp = createSocket("udp4");
  for (const text of messages.slice(0, 100))
    await new Promise((resolve) => udp.send(text, port, "127.0.0.1", resolve));
  udp.close();
}

/** Some secrets are what they are by their line breaks; where each line is a message they come in pieces. */
const isOneLine = (text: string): boolean => !/[\r\n]/.test(text);

/** Both formats of `telltale import`; what it prints may quote nothing either. */
async function runImports(url: string, key: string): Promise<string> {
  const jsonl = path.join(dir, "import.jsonl");
  writeFileSync(
    jsonl,
    `${asLines(events)}\n${corpus.map(({ text }) => `{"action":"x","message":"${text}`).join("\n")}\n`,
  );
  const sshd = path.join(dir, "auth.log");
  const names = corpus
    .filter((each) => each.class === "secret" && isOneLine(each.text) && isWhole(each))
    .map(({ text }) => text);
  const at = "Dec 10 06:55:48 web-1 sshd[24200]:";
  writeFileSync(
    sshd,
    names
      .flatMap((name) => [
        `${at} Failed password for invalid user ${name} from 203.0.113.7 port 38926 ssh2`,
        `${at} Invalid user ${name} from 203.0.113.7`,
        `${at} error: ${name}`,
        name,
      ])
      .join("\n"),
  );
  const args = ["--url", url, "--key", key];
  const runs = await Promise.all([
    telltale(["import", jsonl, "--format", "jsonl", ...args]),
    telltale(["import", sshd, "--format", "sshd", ...args]),
  ]);
  return runs.map(({ stdout, stderr }) => stdout + stderr).join("\n");
}

/** Runs the application; `hang`: kills it when all its events are on the disk. */
async function runApp(
  url: string,
  key: string,
  list: readonly object[],
  end: "wait" | "hang",
): Promise<string> {
  const file = path.join(dir, "events.jsonl");
  writeFileSync(file, asLines(list));
  const app = path.join(root, "test/canary/app.mjs");
  const child = spawn(process.execPath, [app, file, url, key, spool, end], {
    stdio: ["ignore", "pipe", "pipe"],
  });
  let said = "";
  for (const stream of [child.stdout, child.stderr])
    stream.on("data", (chunk: Buffer) => {
      said += chunk.toString();
      if (end === "hang" && said.includes("\nkept\n")) child.kill("SIGKILL");
    });
  const [code, signal] = (await once(child, "exit")) as [number | null, string | null];
  expect(said).toMatch(/hidden in canary_sent at test\/canary\/app\.mjs:\d+: message \(\w+, masked\)/);
  expect(end === "hang" ? signal : code, said.slice(-2000)).toBe(end === "hang" ? "SIGKILL" : 0);
  return said;
}

/** How many events a query finds; 1,000 stands for more. */
async function countEvents(server: ServerProcess, read: string, query: string): Promise<number> {
  const response = await fetch(`${server.url}/v1/events?limit=1000&q=${encodeURIComponent(query)}`, {
    headers: { authorization: `Bearer ${read}` },
  });
  expect(response.status).toBe(200);
  return ((await response.json()) as { events: unknown[] }).events.length;
}

/** Sends ordinary events until the index writes what it holds to a Parquet file. */
async function fillIndex(server: ServerProcess, key: string): Promise<void> {
  const body = Buffer.from(`{"action":"filler"}\n`.repeat(9_000));
  for (let n = 0; n < 4; n++)
    await post(server, "/v1/events", key, body, { "content-type": "application/x-ndjson" });
  await until("a Parquet file", async () =>
    filesIn(data).some((file) => file.endsWith(".parquet")) ? true : undefined,
  );
}

async function readExports(server: ServerProcess, read: string): Promise<Stored[]> {
  const zip = path.join(dir, "exports/evidence.zip");
  mkdirSync(path.dirname(zip), { recursive: true });
  const args = ["--url", server.url, "--key", read];
  const [found, table, evidence] = await Promise.all([
    telltale(["search", "-n", "12000", "--json", ...args]),
    telltale(["search", "-n", "12000", ...args]),
    telltale(["evidence", "--query", "", "-n", "12000", "--out", zip, ...args]),
  ]);
  expect([found.code, table.code, evidence.code], evidence.stderr).toEqual([0, 0, 0]);
  expect(found.stdout.split("\n").length).toBeGreaterThan(events.length);
  const printed = [found, table, evidence].map(({ stdout, stderr }) => textOf("export", stdout + stderr));
  return [...printed, ...(await readStored(path.dirname(zip)))];
}

describe("nothing that was sent", () => {
  const said: Stored[] = [];
  const tokens: string[] = [];

  it("is found in what is kept, printed or exported", { timeout: 120_000 }, async () => {
    const port = await freePort();
    const env = {
      TELLTALE_SYSLOG: `tcp://127.0.0.1:${port},udp://127.0.0.1:${port}`,
      TELLTALE_LOG_LEVEL: "debug",
    };
    const start = (): Promise<ServerProcess> => serve(data, [], env);
    const [ingest, read] = [await createKey(data, "ingest"), await createKey(data, "read")];
    const admin = await createKey(data, "admin");
    tokens.push(ingest, read, admin);
    // Its tokens are secrets as well.
    const all = new Needles([
      ...corpus.flatMap(({ secrets }) => secrets),
      ...tokens.map((each) => each.slice(-52)),
    ]);

    // Nobody listens: all waits in the spool of a process that is killed.
    said.push(
      textOf("application", await runApp(`http://127.0.0.1:${await freePort()}`, ingest, events, "hang")),
    );
    const left = await readStored(spool);
    expect(left.reduce((sum, { bytes }) => sum + bytes.length, 0)).toBeGreaterThan(events.length * 100);
    expect(leaks([...said, ...left], all)).toEqual([]);

    const first = await start();
    const flow = sendHttp(first, ingest).catch(() => 0);
    await until("traffic", async () => ((await countEvents(first, read, "")) > 500 ? true : undefined));
    await first.kill("SIGKILL");
    await flow;
    said.push(textOf("process log", first.output()));
    expect(leaks([...said, ...(await readStored(data, ["keys"]))], all)).toEqual([]);

    const server = await start();
    // Some detectors and a few passwords are enough here: each makes about eighty requests.
    const kinds = ["JSON", "header", "query", ...detectorFolders().filter((_, n) => n % 4 === 0)];
    const tried = kinds.flatMap((kind) => corpus.find((each) => each.kind === kind && isWhole(each)) ?? []);
    const [taken, printed, app] = await Promise.all([
      sendHttp(server, ingest),
      runImports(server.url, ingest),
      runApp(server.url, ingest, events.slice(0, 200), "wait"),
      sendSyslog(port),
    ]);
    expect(taken).toBe(events.length);
    const answers: string[] = [];
    const target = { url: server.url, ingest, read, admin };
    await Promise.all(
      [0, 1].map(async (half) => {
        for (const canary of tried.filter((_, n) => n % 2 === half))
          answers.push(...(await sendHostile(target, canary)));
      }),
    );
    expect(answers.length).toBeGreaterThan(tried.length * 50);
    said.push(textOf("import", printed), textOf("application", app));
    for (const action of ["syslog_message", "canary_kept", "canary_sent"])
      await until(action, async () =>
        (await countEvents(server, read, `action:${action}`)) > 0 ? true : undefined,
      );
    const exported = await readExports(server, read);
    await fillIndex(server, ingest);
    await server.kill("SIGTERM");
    said.push(textOf("process log", server.output()));
    const kept = await readStored(data, ["keys"]);
    const rows = kept.filter(({ from }) => from.endsWith(".parquet (rows)"));
    expect(rows.some(({ bytes }) => bytes.includes("canary_sent") && bytes.includes("[masked:"))).toBe(true);
    expect(leaks([...said, ...exported, ...kept, ...(await readStored(spool))], all)).toEqual([]);
  });
});

// SPDX-License-Identifier: Apache-2.0
import { readFileSync } from "node:fs";
import { createServer, type RequestListener, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import path from "node:path";
import { type Log, openLog } from "@telltale/log";
import { type TempDir, tempDir, toBatch } from "@telltale/testkit";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { SelfEvent } from "../self-log.js";
import { DailyTimestamp } from "./daily.js";

// That a real authority's answers are taken is tested with `openssl ts`: test/peers/timestamp.test.ts.
const FOREIGN = readFileSync(
  path.join(import.meta.dirname, "..", "..", "..", "log", "test", "fixtures", "timestamp", "rsa.tsr"),
);

let temp: TempDir;
let log: Log;
let server: Server;
let answer: RequestListener;
let asked: number;
let events: SelfEvent[];
let errors: string[];
let clock: number;
let daily: DailyTimestamp;

beforeEach(async () => {
  temp = tempDir("tsa");
  log = await openLog({ dataDir: temp.path, create: { originName: "t" }, onFatal: () => undefined });
  [asked, events, errors, clock] = [0, [], [], Date.now()];
  server = createServer((request, response) => {
    asked++;
    answer(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  daily = open();
});
afterEach(async () => {
  await daily.close();
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  await log.close();
  temp.dispose();
});

function open(): DailyTimestamp {
  const { port } = server.address() as AddressInfo;
  return new DailyTimestamp({
    settings: { url: new URL(`http://127.0.0.1:${port}/`), authorities: undefined },
    dataDir: temp.path,
    log,
    selfLog: { emit: (event) => void events.push(event) },
    now: () => clock,
    onError: (error) => void errors.push(error.message),
    patienceMs: 300,
  });
}

describe("an authority that gives nothing usable", () => {
  it("is told once, asked ever less often, and stops nothing", async () => {
    await log.append(toBatch(["{}"]));
    const answers: RequestListener[] = [
      (_, response) => void response.writeHead(500).end(),
      (_, response) => void response.end("garbage"),
      (_, response) => void response.end(Buffer.alloc(100_000)),
      (_, response) => void response.writeHead(302, { location: "http://127.0.0.1:1/" }).end(),
      (_, response) => void response.destroy(),
      (_, response) => void response.end(FOREIGN), // of other data, and for another question
      () => undefined, // never
    ];
    for (const [i, each] of answers.entries()) {
      answer = each;
      await daily.look();
      await daily.look();
      expect(asked).toBe(i + 1);
      clock += 61 * 60_000;
      await log.append(toBatch([`{"n":${i}}`]));
    }
    expect(errors).toHaveLength(answers.length);
    expect(events.map(({ action }) => action)).toEqual(["log_timestamp_failed"]);
  });

  it("is not asked about an empty log", async () => {
    answer = (_, response) => void response.end();
    await daily.look();
    expect(asked).toBe(0);
  });
});

// SPDX-License-Identifier: Apache-2.0
import { ChainSender } from "@telltale/testkit";
import Fastify from "fastify";
import { expect, it } from "vitest";
import { ChainBench, KEY_HASH } from "../../test/chain-fixture.js";
import { createApi } from "./define.js";
import { registerSources } from "./sources.js";

async function ask(bench: ChainBench): Promise<Record<string, unknown>> {
  const app = Fastify();
  registerSources(createApi(app), bench.chains);
  const answer = (await app.inject("/v1/sources")).json<Record<string, unknown>>();
  await app.close();
  return answer;
}

it("tells of each process its last number, what is missing and whether it is heard", async () => {
  const bench = new ChainBench();
  expect(await ask(bench)).toEqual({ sources: [], total: 0, complete: true });
  const open = new ChainSender({ key: KEY_HASH, app: "a" });
  const lines = open.take(9);
  bench.take([...lines.slice(0, 2), ...lines.slice(3)]);
  bench.received = "2026-11-22T10:01:00.000Z";
  const beating = new ChainSender({ key: KEY_HASH, app: "b", instance: "pod-1" });
  bench.take([beating.next({ action: "source_heartbeat", data: { everyMs: 60_000 } })]);
  bench.received = "2026-11-22T10:02:00.000Z";
  const stopped = new ChainSender({ key: KEY_HASH, app: "c" });
  bench.take([stopped.next({ action: "source_stopped" })]);
  expect(await ask(bench)).toEqual({
    sources: [
      {
        app: "c",
        via: "ingest_a",
        boot: stopped.boot,
        state: "stopped",
        lastSeq: 1,
        lastReceived: "2026-11-22T10:02:00.000Z",
        missing: 0,
        gaps: [],
        findings: 0,
      },
      {
        app: "b",
        instance: "pod-1",
        via: "ingest_a",
        boot: beating.boot,
        state: "live",
        lastSeq: 1,
        lastReceived: "2026-11-22T10:01:00.000Z",
        everyMs: 60_000,
        missing: 0,
        gaps: [],
        findings: 0,
      },
      {
        app: "a",
        via: "ingest_a",
        boot: open.boot,
        state: "open",
        lastSeq: 9,
        lastReceived: "2026-11-22T10:00:00.000Z",
        missing: 1,
        gaps: [{ from: 3, to: 3 }],
        findings: 1,
      },
    ],
    total: 3,
    complete: true,
  });
});

it("names at most the newest five hundred, and says that there are more", async () => {
  const bench = new ChainBench();
  for (let i = 0; i < 501; i++) bench.take(new ChainSender({ key: KEY_HASH }).take(1));
  const { sources, total, complete } = await ask(bench);
  expect([(sources as unknown[]).length, total, complete]).toEqual([500, 501, false]);
});

// SPDX-License-Identifier: Apache-2.0
import path from "node:path";
import { gzipSync } from "node:zlib";
import type { SecurityEvent } from "@telltale/event";
import { ChainSender } from "@telltale/testkit";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { KEY_HASH, startIngest, type IngestFixture } from "../../test/ingest-fixture.js";
import { Snapshots } from "../follow/snapshots.js";
import { SourceChainKeeper } from "./open.js";
import { RatchetTable } from "./ratchet-table.js";

let server: IngestFixture;
beforeEach(async () => {
  server = await startIngest();
});
afterEach(() => server.close());

const sender = (): ChainSender => new ChainSender({ key: KEY_HASH, instance: "pod-1" });

/** What was found: kind and numbers. */
async function found(): Promise<string[]> {
  return (await server.findings())
    .filter((event) => event.action === "log_gap_detected")
    .map(({ data }) => `${data?.kind as string} ${data?.from as number}-${data?.to as number}`);
}

const event = (source: unknown): string => JSON.stringify({ action: "x", source });

describe("the chain of a source", () => {
  it("is silent about what comes in order, in bodies of any size, on any thread, also when it comes twice", async () => {
    const source = sender();
    const bodies = [1, 3, 200, 1, 90, 2].map((count) => source.take(count));
    for (const body of bodies) await server.send(...body);
    await server.send(...bodies[2]!);
    await server.send(...bodies[4]!.slice(50), ...bodies[5]!);
    await server.app.inject({
      method: "POST",
      url: "/v1/events",
      headers: { "content-type": "application/x-ndjson", "content-encoding": "gzip" },
      payload: gzipSync(source.take(5).join("\n")),
    });
    expect(await found()).toEqual([]);
    const [boot] = [...server.sources.chains.sources()];
    expect(boot).toMatchObject({ app: "shop-api", instance: "pod-1", via: "ingest_a", findings: 0 });
    expect(boot?.chain.state).toMatchObject({ head: 302, gaps: [] });
    expect(boot?.chain.state.tag).toMatch(/^[0-9a-f]{32}$/);
  });
  it("is silent about events that are rewritten when they are sealed: it is checked before", async () => {
    const source = sender();
    await server.send(source.next(), source.next({ message: "password=hunter2hunter2" }), source.next());
    await server.send(source.next());
    expect(await found()).toEqual([]);
  });
  it("tells a gap with its numbers, once, and again what comes late", async () => {
    const source = sender();
    const lines = source.take(20);
    await server.send(...lines.slice(0, 5));
    await server.send(...lines.slice(8, 12));
    expect(await found()).toEqual(["gap 6-8"]);
    await server.send(lines[6]!);
    await server.send(lines[5]!, lines[7]!);
    await server.send(...lines.slice(12));
    expect(await found()).toEqual(["gap 6-8", "reordered 7-7", "reordered 6-6", "reordered 8-8"]);
    const [told] = await server.findings();
    expect(told).toMatchObject({
      via: "telltale",
      source: { app: "telltale" },
      level: "critical",
      reason: "gap",
      targets: [{ type: "source", id: "shop-api", name: "pod-1" }],
      data: {
        kind: "gap",
        from: 6,
        to: 8,
        count: 3,
        boot: source.boot,
        via: "ingest_a",
        app: "shop-api",
        instance: "pod-1",
      },
    });
    expect(told).not.toHaveProperty("protected");
    const { gaps } = [...server.sources.chains.sources()][0]!.chain.state;
    expect(gaps).toEqual([]);
  });
  it("tells a beginning that never came", async () => {
    await server.send(...sender().take(9).slice(3));
    expect(await found()).toEqual(["gap 1-3"]);
  });
  it("tells an event that was changed before it came, and one that never was of the source", async () => {
    const source = sender();
    const lines = source.take(9);
    lines[3] = lines[3]!.replace("success", "failure");
    await server.send(...lines.slice(0, 4));
    await server.send(...lines.slice(4));
    expect(await found()).toEqual(["broken 4-4"]);
    const stranger = new ChainSender({ key: new Uint8Array(32), boot: source.boot.replace(/^./, "_") });
    await server.send(stranger.next());
    expect(await found()).toEqual(["broken 4-4", "broken 1-1"]);
  });
  it("does not take a missing number from somebody else", async () => {
    const source = sender();
    const lines = source.take(9);
    await server.send(...lines.slice(0, 3), ...lines.slice(4));
    await server.send(lines[3]!.replace("success", "failure"));
    await server.send(lines[3]!);
    expect(await found()).toEqual(["gap 4-4", "broken 4-4", "reordered 4-4"]);
  });
  it("tells two processes with one boot, once", async () => {
    const one = sender();
    await server.send(...one.take(5));
    const two = one.clone();
    await server.send(...one.take(4));
    await server.send(...two.take(2));
    await server.send(...two.take(9));
    await server.send(...one.take(9));
    await server.send(...two.take(1));
    expect(await found()).toEqual(["fork 6-7"]);
  });
  it("tells old numbers under another id", async () => {
    const source = sender();
    const lines = source.take(9);
    await server.send(...lines);
    await server.send(lines[4]!.replace(/"id":"[^"]+"/, '"id":"019cadc6-ae08-7263-a55b-d69edea66e1e"'));
    expect(await found()).toEqual(["fork 5-5"]);
  });
  it("tells an event whose place in the chain was removed", async () => {
    const source = sender();
    const lines = source.take(9);
    lines[3] = lines[3]!.replace(/,"prev":"[^"]+"/, "");
    await server.send(...lines);
    // The event itself, which says nothing of the one before, and the next one, which vouches for other bytes.
    expect(await found()).toEqual(["broken 4-4"]);
  });
  it("leaves alone what is no chain", async () => {
    await server.send(
      event({ app: "a", boot: "abc", seq: 1 }),
      event({ app: "a", boot: "0123456789012345678901234567", seq: 5 }),
      event({ app: "a", boot: "0123456789012345678901234567", seq: "5", prev: "0".repeat(32) }),
      event({ app: "a", boot: "0123456789012345678901234567", seq: -1, prev: "0".repeat(32) }),
      event({ app: "a", boot: "0123456789012345678901234567", seq: 1.5, prev: "0".repeat(32) }),
      event({ app: "a", boot: { length: 30 }, seq: 1, prev: "0".repeat(32) }),
      event(null),
      event("text"),
      event([{ boot: "0123456789012345678901234567", seq: 5 }]),
    );
    expect(await found()).toEqual([]);
    expect(server.sources.chains.size).toBe(0);
  });
});

describe("a restart", () => {
  it("goes on with every link, and tells nothing twice", async () => {
    const source = sender();
    await server.send(...source.take(3));
    const [lost, kept] = source.take(2);
    await server.send(kept!);
    await server.restart();
    await server.send(...source.take(2));
    expect(await found()).toEqual(["gap 4-4"]);
    await server.send(lost!);
    const changed = source.next().replace("success", "failure");
    await server.send(changed);
    await server.restart();
    await server.send(source.next());
    expect(await found()).toEqual(["gap 4-4", "reordered 4-4", "broken 8-8"]);
    expect([...server.sources.chains.sources()][0]).toMatchObject({ findings: 3 });
  });
  it("after a crash takes what was sealed since: no gap is invented, told twice or lost", async () => {
    const source = sender();
    await server.send(...source.take(3));
    await server.restart();
    source.next();
    await server.send(...source.take(3));
    expect(await found()).toEqual(["gap 4-4"]);
    server.die();
    source.next();
    await server.send(...source.take(3));
    await server.restart();
    expect(await found()).toEqual(["gap 4-4", "gap 8-8"]);
    await server.send(...source.take(3));
    source.next();
    await server.send(...source.take(3));
    expect(await found()).toEqual(["gap 4-4", "gap 8-8", "gap 15-15"]);
    // The link between the two bodies after the crash is compared again.
    const chain = [...server.sources.chains.sources()][0]!.chain;
    expect(chain.state).toMatchObject({ head: 18, gaps: [{ from: 4 }, { from: 8 }, { from: 15 }] });
    expect(chain.state.tag).toMatch(/^[0-9a-f]{32}$/);
  });
  it("still tells other bytes from the same, by their id", async () => {
    const lines = sender().take(5);
    await server.send(...lines);
    await server.restart();
    await server.send(lines[2]!);
    await server.send(lines[3]!.replace("success", "failure"));
    expect(await found()).toEqual(["fork 4-4"]);
  });
  it("does not read what came before the last stop, also when no source numbers anything", async () => {
    await server.send(event({ app: "a" }), event({ app: "a" }));
    await server.restart();
    const read: [number, number][] = [];
    const { log } = server;
    const keeper = await SourceChainKeeper.open({
      log: {
        origin: log.origin,
        size: log.size,
        onCommit: (listener) => log.onCommit(listener),
        read: (from, to) => {
          read.push([from, to]);
          return log.read(from, to);
        },
      },
      table: new RatchetTable(),
      snapshots: new Snapshots(path.join(server.test.dir.path, "followers")),
      selfLog: { seal: async () => undefined },
      onError: (error) => expect.unreachable(error.message),
      tickMs: 0,
    });
    expect(read).toEqual([]);
    await keeper.close();
  });
  it("without a usable snapshot reads the log again", async () => {
    const source = sender();
    await server.send(...source.take(5));
    server.die();
    await server.restart();
    await server.send(...source.take(5));
    expect(await found()).toEqual([]);
    expect([...server.sources.chains.sources()][0]?.chain.state.head).toBe(10);
  });
});

const beat = (everyMs: number): object => ({
  action: "source_heartbeat",
  data: { everyMs, queued: 0, spooled: 0, lost: 0 },
});
const silent = async (): Promise<SecurityEvent[]> =>
  (await server.findings()).filter(({ action }) => action === "log_source_silent");
/** Lets time pass while the server is up. */
function pass(ms: number): void {
  for (let left = ms; left > 0; left -= 5000) {
    server.steady.now += Math.min(left, 5000);
    server.sources.tick();
  }
}

describe("silence", () => {
  it("of a source that sends heartbeats is told once when three are missing, and again when it was heard between", async () => {
    const source = sender();
    await server.send(source.next(beat(20_000)));
    pass(55_000);
    await server.send(source.next());
    pass(60_000);
    expect(await silent()).toEqual([]);
    pass(10_000);
    pass(500_000);
    const events = await silent();
    expect(events).toHaveLength(1);
    expect(events[0]).toMatchObject({
      level: "warn",
      targets: [{ type: "source", id: "shop-api", name: "pod-1" }],
      data: {
        boot: source.boot,
        app: "shop-api",
        instance: "pod-1",
        via: "ingest_a",
        lastSeq: 2,
        everyMs: 20_000,
      },
    });
    expect(events[0]?.data?.lastReceived).toMatch(/Z$/);
    await server.send(source.next());
    pass(70_000);
    expect(await silent()).toHaveLength(2);
  });
  it("is nothing to tell of a source that sent no heartbeat or said that it stops", async () => {
    await server.send(...sender().take(3));
    const source = sender();
    await server.send(source.next(beat(20_000)), source.next({ action: "source_stopped" }));
    pass(1_000_000);
    expect(await silent()).toEqual([]);
  });
  it("is told although somebody repeats what was sent before", async () => {
    const source = sender();
    const [first, second] = [source.next(beat(20_000)), source.next(beat(20_000))];
    await server.send(first, second);
    for (let i = 0; i < 5; i++) {
      pass(20_000);
      // With something new beside it, so that the body is more than a repeated one.
      await server.send(i % 2 === 0 ? first : second, event(undefined));
    }
    expect(await silent()).toHaveLength(1);
    await server.send(source.next());
    pass(70_000);
    expect(await silent()).toHaveLength(2);
  });
  it("is told although another process with its identity sends heartbeats, which are told as a fork", async () => {
    const source = sender();
    await server.send(source.next(), source.next());
    const other = source.clone();
    await server.send(source.next(beat(20_000)));
    await server.send(other.next(beat(86_400_000)), other.next({ action: "source_stopped" }));
    for (let i = 0; i < 4; i++) {
      pass(20_000);
      await server.send(other.next(beat(86_400_000)));
    }
    expect(await found()).toEqual(["fork 3-4"]);
    expect(await silent()).toHaveLength(1);
  });
  it("is told of a source that went on after it said that it stops", async () => {
    const source = sender();
    const stop = source.next({ action: "source_stopped" });
    await server.send(stop, source.next(beat(20_000)));
    await server.send(stop);
    pass(70_000);
    expect(await silent()).toHaveLength(1);
  });
  it.each([
    [1, 30_000],
    [1e15, 3 * 86_400_000],
  ])("is bounded: heartbeats of %d ms are waited for %d ms", async (everyMs, wait) => {
    await server.send(sender().next(beat(everyMs)));
    pass(wait);
    expect(await silent()).toHaveLength(0);
    pass(5000);
    expect(await silent()).toHaveLength(1);
  });
  it.each(["5000", null, -1, 0, {}])("takes no interval from %j", async (everyMs) => {
    await server.send(sender().next(beat(everyMs as number)));
    pass(1_000_000);
    expect(await silent()).toHaveLength(0);
  });
  it("does not count the time in which the server was down or stood still", async () => {
    const source = sender();
    await server.send(source.next(beat(20_000)));
    pass(40_000);
    await server.restart();
    server.steady.now += 10_000_000;
    await server.restart();
    pass(15_000);
    server.steady.now += 10_000_000;
    server.sources.tick();
    expect(await silent()).toHaveLength(1);
  });
  it("counts the time before a restart, and is not told again after it", async () => {
    const source = sender();
    await server.send(source.next(beat(20_000)));
    pass(40_000);
    await server.restart();
    pass(20_000);
    expect(await silent()).toHaveLength(0);
    pass(5000);
    expect(await silent()).toHaveLength(1);
    await server.restart();
    pass(500_000);
    expect(await silent()).toHaveLength(1);
  });
  it("is told once also when the server died before it could write down that it was", async () => {
    const source = sender();
    await server.send(source.next(beat(20_000)));
    pass(65_000);
    expect(await silent()).toHaveLength(1);
    server.die();
    await server.restart();
    pass(65_000);
    expect(await silent()).toHaveLength(1);
  });
});

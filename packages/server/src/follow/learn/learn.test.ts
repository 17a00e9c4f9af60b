// SPDX-License-Identifier: Apache-2.0
import { Fingerprint, makeFingerprintSeed } from "../../pipeline/seal/fingerprint.js";
import type { SecurityEvent } from "@telltale/event";
import { createProtector } from "@telltale/protect";
import { tempDir } from "@telltale/testkit";
import fc from "fast-check";
import { afterEach, describe, expect, test } from "vitest";
import { RatchetTable } from "../../chain/ratchet-table.js";
import { Ratchets } from "../../chain/ratchets.js";
import { make, ordinary, toBatches } from "../../../test/learn-log.js";
import { prepareInternal } from "../../pipeline/prepare.js";
import { loadRules } from "../../pipeline/rules.js";
import { type Sealed, Sealer } from "../../pipeline/seal/sealer.js";
import type { SelfEvent } from "../../self-log.js";
import type { Cursor } from "../../state/cursors.js";
import { MemoryLost } from "../follower.js";
import { Snapshots } from "../snapshots.js";
import { LearnFollower } from "./learn.js";
import { LocalHost, type LearnerHost } from "./learner-host.js";
import { prefixPlaces } from "./places.js";
import { LEARN_DEFAULTS, type LearnSettings } from "./settings.js";
import { WorkerHost } from "./worker-host.js";

const DAY = 24;
const settings: LearnSettings = { ...LEARN_DEFAULTS, graceDays: 5, streamGraceDays: 7 };

/** A log that keeps each id once, as the real sealer does, and the cursors; both outlive a follower. */
class World {
  readonly sealed = new Map<string, SelfEvent>();
  seals = 0;
  failing = 0;
  cursor: Cursor | undefined;
  readonly directory = tempDir("learn", true);
  readonly #files = new Snapshots(this.directory.path);
  /** The file that is being written; a killed process would write no more. */
  writing: Promise<void> = Promise.resolve();
  readonly snapshots: Pick<Snapshots, "load" | "save"> = {
    load: (name) => this.#files.load(name),
    save: (name, snapshot) => {
      this.writing = this.#files.save(name, snapshot);
      return this.writing;
    },
  };
  now = 0;

  follower(snapshots = this.snapshots): LearnFollower {
    return this.followerOn(new LocalHost({ snapshots, settings, places: prefixPlaces }));
  }

  followerOn(host: LearnerHost): LearnFollower {
    return new LearnFollower({
      selfLog: { seal: (events) => this.#seal(events) },
      cursors: {
        get: async () => this.cursor,
        put: async ({ follower, version, next }) => {
          this.cursor = { follower, log: "main", version, next };
        },
      },
      host,
      now: () => this.now,
    });
  }

  async #seal(events: readonly SelfEvent[]): Promise<void> {
    if (this.failing > 0) {
      this.failing--;
      throw new Error("no space");
    }
    this.seals++;
    for (const event of events) {
      const known = this.sealed.get(event.id!);
      // The same id with other bytes would be reported as a conflict.
      if (known !== undefined) expect(event).toEqual(known);
      this.sealed.set(event.id!, event);
    }
  }

  get ids(): string[] {
    return [...this.sealed.keys()];
  }
}

const worlds: World[] = [];
afterEach(() => {
  for (const world of worlds.splice(0)) world.directory.dispose();
});
function newWorld(): World {
  const world = new World();
  worlds.push(world);
  return world;
}

/** The real way into a log, with the log in memory. */
class RealPath {
  readonly lines: string[] = [];
  readonly sealed: Sealed[] = [];
  // One for the life of the log, as in the server: what was sealed is known again by it.
  readonly #fingerprint = new Fingerprint(makeFingerprintSeed());
  readonly #sealer = new Sealer({
    append: async ({ bytes, ends }) => {
      const first = this.lines.length;
      let start = 0;
      for (const end of ends) {
        this.lines.push(bytes.toString("utf8", start, end - 1));
        start = end;
      }
      return { first, count: ends.length };
    },
  });

  async seal(events: readonly SelfEvent[], received: string): Promise<void> {
    const rules = loadRules([]);
    const tools = {
      protector: createProtector(),
      rules: rules.set,
      ruleSet: rules.name,
      fingerprint: this.#fingerprint,
      ratchets: new Ratchets(new RatchetTable()),
    };
    const sender = { received, via: "telltale" };
    this.sealed.push(...(await this.#sealer.seal(prepareInternal(events, sender, tools))));
  }
}

/** Three small weeks with something of each kind in the last days. */
function story(): SecurityEvent[] {
  const clerk = {
    user: "user-1",
    role: "clerk",
    country: "DE",
    ip: "8.8.4.4",
    agent: "Mozilla/5.0 (X11; Linux x86_64) Firefox/149.0",
  };
  const events = ordinary(17, { users: 6, skip: ({ app, at }) => app === "site" && at > 16 * DAY });
  events.push(make({ ...clerk, at: 15 * DAY + 10.5, country: "BR", agent: "curl/8" }));
  events.push(make({ ...clerk, user: "user-2", at: 16 * DAY + 3 }));
  for (let i = 0; i < 120; i++)
    events.push(
      make({
        ...clerk,
        user: "user-3",
        at: 15 * DAY + 11 + i / 200,
        action: "sensitive_read",
        level: "warn",
        route: "/orders/:id",
      }),
    );
  return events.sort((a, b) => (a.received < b.received ? -1 : a.received > b.received ? 1 : 0));
}
const STORY = story();

async function runAll(world: World, sizes: readonly number[]): Promise<LearnFollower> {
  const follower = world.follower();
  const from = await follower.start();
  for (const batch of toBatches(STORY.slice(from), sizes, from)) await follower.handle(batch);
  return follower;
}

async function expected(): Promise<[string, SelfEvent][]> {
  const world = newWorld();
  await (await runAll(world, [1000])).close();
  return [...world.sealed];
}

describe("LearnFollower", () => {
  test("seals an event of each kind, in the order of the log", async () => {
    const world = newWorld();
    const follower = await runAll(world, [500]);
    expect([...world.sealed.values()].map(({ action, reason }) => `${action} ${reason}`)).toEqual(
      expect.arrayContaining([
        "anomaly_first_seen new_country",
        "anomaly_rate too_much",
        "anomaly_hour odd_hour",
        "anomaly_silence silent",
      ]),
    );
    expect(follower.counts).toMatchObject({ events: STORY.length, anomalies: world.sealed.size, users: 7 });
    await follower.close();
    expect(world.cursor).toMatchObject({ follower: "learn", next: STORY.length });
  });

  test("batches, failures to seal and restarts do not matter", async () => {
    const whole = await expected();
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.integer({ min: 50, max: 4000 }), { minLength: 1, maxLength: 4 }),
        fc.array(fc.record({ at: fc.nat(STORY.length), clean: fc.boolean(), failing: fc.nat(2) }), {
          maxLength: 3,
        }),
        async (sizes, stops) => {
          const world = newWorld();
          let follower = world.follower();
          let next = await follower.start();
          const todo = [...stops].sort((a, b) => a.at - b.at);
          while (next < STORY.length) {
            const stop = todo.shift();
            const to = stop === undefined ? STORY.length : Math.max(next, stop.at);
            for (const batch of toBatches(STORY.slice(next, to), sizes, next)) {
              world.failing = stop?.failing ?? 0;
              // As the runner does: the same batch until it is taken.
              for (;;) {
                try {
                  await follower.handle(batch);
                  break;
                } catch (error) {
                  expect((error as Error).message).toBe("no space");
                }
              }
              world.failing = 0;
            }
            next = to;
            if (stop === undefined) break;
            // Closed as it should be, or killed: then what was not saved is learned again.
            if (stop.clean) await follower.close();
            await world.writing;
            follower = world.follower();
            next = await follower.start();
          }
          await follower.close();
          expect([...world.sealed]).toEqual(whole);
        },
      ),
      { numRuns: 8 },
    );
  }, 30_000);

  test("a replay from the beginning seals nothing again", async () => {
    const world = newWorld();
    await (await runAll(world, [700])).close();
    const { seals, ids } = world;
    const empty = newWorld();
    const follower = world.follower(empty.snapshots);
    expect(await follower.start()).toBe(0);
    for (const batch of toBatches(STORY, [900])) await follower.handle(batch);
    expect(world.seals).toBe(seals);
    // And what was learned is the same: the next odd thing is found.
    const odd = make({ at: 17 * DAY, user: "user-1", role: "clerk", country: "VN", agent: "wget/1" });
    await follower.handle(toBatches([odd], [1], STORY.length)[0]!);
    expect(world.ids.length).toBe(ids.length + 1);
    await follower.close();
  });

  test("the real sealer takes them as they are, and drops them when they come again later", async () => {
    const world = newWorld();
    await (await runAll(world, [700])).close();
    const events = [...world.sealed.values()];
    const log = new RealPath();
    await log.seal(events, "2026-11-22T10:00:00.000Z");
    await log.seal(events, "2026-11-23T10:00:00.000Z");
    expect(
      log.sealed.map(({ accepted, duplicates, conflicts }) => [accepted, duplicates, conflicts]),
    ).toEqual([
      [events.length, 0, 0],
      [0, events.length, 0],
    ]);
    const [first] = log.lines.map((line) => JSON.parse(line) as SecurityEvent);
    expect(first).toEqual({ received: "2026-11-22T10:00:00.000Z", via: "telltale", ...events[0] });
  });

  test("a replay without cursor and snapshot makes the very same events", async () => {
    const world = newWorld();
    await (await runAll(world, [700])).close();
    const before = [...world.sealed];
    world.cursor = undefined;
    const follower = world.follower(newWorld().snapshots);
    await follower.start();
    for (const batch of toBatches(STORY, [333])) await follower.handle(batch);
    await follower.close();
    expect([...world.sealed]).toEqual(before);
  });

  test("a restored memory is the memory that was saved", async () => {
    const world = newWorld();
    await (await runAll(world, [700])).close();
    const saved = await world.snapshots.load("learn");
    const again = world.follower();
    expect(await again.start()).toBe(STORY.length);
    // An event whose time cannot be read changes nothing, and a save follows.
    await again.handle(toBatches([{ ...STORY[0]!, received: "never" }], [1], STORY.length)[0]!);
    await again.close();
    expect(await world.snapshots.load("learn")).toEqual({ ...saved, next: STORY.length + 1 });
  });

  test("a snapshot is taken every five minutes at most, and never before its anomalies are sealed", async () => {
    const world = newWorld();
    const follower = world.follower();
    await follower.start();
    const batches = toBatches(STORY, [2000]);
    for (const batch of batches.slice(0, 4)) await follower.handle(batch);
    await follower.idle();
    await world.writing;
    const first = await world.snapshots.load("learn");
    expect(first!.next).toBeLessThanOrEqual(4000);
    world.now = 3_600_000;
    await follower.idle();
    await follower.close();
    expect((await world.snapshots.load("learn"))!.next).toBe(8000);
    expect(world.cursor!.next).toBe(8000);
  });

  test("a snapshot that cannot be understood is left aside", async () => {
    const world = newWorld();
    await world.snapshots.save("learn", { next: 5, of: "learn 1", pieces: ["nonsense"] });
    expect(await world.follower().start()).toBe(0);
    await world.snapshots.save("learn", { next: 5, of: "learn 0", pieces: ["nonsense"] });
    expect(await world.follower().start()).toBe(0);
  });

  test("after the log was cut back it asks for all of it, and tells nothing again", async () => {
    const world = newWorld();
    const follower = await runAll(world, [700]);
    const before = [...world.sealed];
    const half = STORY.length >> 1;
    await follower.rewind(half);
    const next = toBatches(STORY.slice(half), [500], half)[0]!;
    await expect(follower.handle(next)).rejects.toMatchObject({ name: "MemoryLost", next: 0 });
    for (const batch of toBatches(STORY, [700])) await follower.handle(batch);
    await follower.close();
    expect([...world.sealed]).toEqual(before);
  });
});

function workerOf(world: World): WorkerHost {
  return new WorkerHost({ snapshotDir: world.directory.path, settings, placesFile: undefined });
}

describe("a learner on a thread of its own", () => {
  test("finds what one on this thread finds, and goes on from its snapshot", async () => {
    const local = newWorld();
    await (await runAll(local, [700])).close();
    const world = newWorld();
    const batches = toBatches(STORY, [900]);
    let host = workerOf(world);
    const first = world.followerOn(host);
    expect(await first.start()).toBe(0);
    for (const batch of batches.slice(0, 5)) await first.handle(batch);
    expect(host.remembered.users).toBeGreaterThan(0);
    await first.close();
    host = workerOf(world);
    const second = world.followerOn(host);
    expect(await second.start()).toBe(4500);
    for (const batch of batches.slice(5)) await second.handle(batch);
    await second.close();
    expect([...world.sealed]).toEqual([...local.sealed]);
  });

  test("dies of what it cannot understand, and then asks for all since its snapshot", async () => {
    const local = newWorld();
    await (await runAll(local, [700])).close();
    const world = newWorld();
    const follower = world.followerOn(workerOf(world));
    await follower.start();
    const batches = toBatches(STORY, [900]);
    for (const batch of batches.slice(0, 5)) await follower.handle(batch);
    const nonsense = { ...batches[5]!, bytes: Buffer.alloc(batches[5]!.bytes.length, "x") };
    const lost: unknown = await follower.handle(nonsense).catch((error: unknown) => error);
    expect(lost).toBeInstanceOf(MemoryLost);
    const { next } = lost as MemoryLost;
    // A snapshot may have been made of what was learned before.
    expect([0, 900, 1800, 2700, 3600, 4500]).toContain(next);
    for (const batch of batches.slice(next / 900)) await follower.handle(batch);
    await follower.close();
    expect([...world.sealed]).toEqual([...local.sealed]);
  });

  test("saves nothing in the name of one that died", async () => {
    const world = newWorld();
    const host = workerOf(world);
    expect(await host.load()).toBe(0);
    const [batch] = toBatches(STORY, [10]);
    const nonsense = { ...batch!, bytes: Buffer.alloc(batch!.bytes.length, "x") };
    await expect(host.learn(nonsense)).rejects.toThrow("the learner's thread died");
    await expect(host.save(10)).rejects.toThrow("the learner's thread is gone");
    expect(await host.load()).toBe(0);
    await host.close();
  });
});

// SPDX-License-Identifier: Apache-2.0
// What a disk with a cache does to the log. Each test is a way in which it once lost or invented something.
import type { Log } from "@telltale/log";
import {
  type CutStyle,
  type DiskPlan,
  Ledger,
  liveOn,
  type LogProcess,
  ModelDisk,
  Random,
  runPowerCuts,
  tempDir,
} from "@telltale/testkit";
import { afterEach, describe, expect, it } from "vitest";

const dirs: { dispose(): void }[] = [];
afterEach(() => {
  for (const dir of dirs.splice(0)) dir.dispose();
});

const NOTHING: CutStyle = { keep: 0, keepSize: 0, inOrder: false };
const ALL: CutStyle = { keep: 1, keepSize: 1, inOrder: true };
/** The length of a file reached the disk and what was written into it did not: it reads as zeros. */
const HOLES: CutStyle = { keep: 0, keepSize: 1, inOrder: true };

/** A disk, and a process on it: ends without closing anything, as a kill does. */
function newDisk(plan: DiskPlan = {}, seed = 1): { disk: ModelDisk; data: string } {
  const temp = tempDir("cut", true);
  dirs.push(temp);
  return { disk: new ModelDisk(temp.path, new Random(seed), plan), data: temp.path };
}

/** A process on this disk, which works and is killed. Only a fault of the disk may keep it from opening the log. */
async function live(data: string, disk: ModelDisk, work: (log: Log) => Promise<void>): Promise<LogProcess> {
  const process = await liveOn({ data, fs: disk, kill: () => disk.turnOff() }, work);
  if (process.refusal !== undefined && !disk.wasCut && disk.failedSync === undefined) throw process.refusal;
  return process;
}

/** In the sync of a head that follows the one at the start, which is of the head that was found. */
function afterStart(): (call: string) => boolean {
  let left = 2;
  return (call) => inHead(call) && --left === 0;
}

/** Segments that close and are compressed. */
async function fillSegments(log: Log, ledger: Ledger): Promise<void> {
  for (let i = 0; i < 4; i++) {
    await ledger.append(log, linesOf(`a${i}`, 150));
    for (let turns = 0; turns < 60; turns++) await new Promise((resolve) => setImmediate(resolve));
  }
}

const isSync = (call: string): boolean => call === "fsync log/main/segment";
const inHead = (call: string): boolean => call === "fdatasync head/main";

const linesOf = (name: string, count: number): string[] =>
  Array.from({ length: count }, (_, i) => `{"${name}":${i},"pad":"${"x".repeat(60)}"}`);

describe("a power cut", () => {
  it("anywhere in a first start that follows a killed one loses nothing that was acknowledged", async () => {
    const { disk: counted, data: countedData } = newDisk();
    await live(countedData, counted, () => Promise.resolve());
    expect(counted.calls.length).toBeGreaterThan(25);
    for (let at = 0; at < counted.calls.length; at++) {
      const { disk, data } = newDisk({ cutAt: at });
      const ledger = new Ledger();
      await live(data, disk, () => Promise.resolve());
      // Killed there; the next process sees in the cache whatever the first one did.
      const second = disk.nextProcess();
      await live(data, second, async (log) => {
        expect(await ledger.append(log, linesOf("a", 3))).toBe("acknowledged");
      });
      await live(data, second.afterCut(NOTHING), async (log) => {
        await ledger.check(log);
        expect(log.size, `killed in ${counted.calls[at]}`).toBe(3);
      });
    }
  });

  it("that leaves a hole in what was not acknowledged invents no event", async () => {
    const { disk, data } = newDisk();
    const ledger = new Ledger();
    await live(data, disk, async (log) => void (await ledger.append(log, linesOf("a", 5))));
    // In the sync of the lines, before any head covers them.
    const torn = disk.nextProcess({ cutAt: (call) => /^fdatasync .*\.ndjson$/.test(call) });
    await live(data, torn, async (log) => {
      expect(await ledger.append(log, linesOf("b", 30))).toBe("unknown");
    });
    expect(torn.wasCut).toBe(true);
    for (const style of [HOLES, { ...HOLES, keep: 0.5 }, ALL, NOTHING]) {
      await live(data, torn.afterCut(style), async (log) => {
        expect(log.size).toBeLessThanOrEqual(35);
        await ledger.check(log);
      });
    }
  });

  it("does not bring back what was refused for want of space", async () => {
    const { disk, data } = newDisk();
    const ledger = new Ledger();
    await live(data, disk, async (log) => void (await ledger.append(log, linesOf("a", 5))));
    const full = disk.nextProcess({ capacity: disk.used + 3_000 });
    await live(data, full, async (log) => {
      expect(await ledger.append(log, linesOf("b", 100))).toBe("refused");
      expect(await ledger.append(log, linesOf("c", 2))).toBe("acknowledged");
      expect(await ledger.append(log, linesOf("d", 100))).toBe("refused");
    });
    // Each time the disk may have written another of the states that the file went through.
    for (let time = 0; time < 40; time++) {
      await live(data, full.afterCut({ ...ALL, newest: 0 }), async (log) => {
        await ledger.check(log);
        expect(log.size).toBe(7);
      });
    }
  });

  it("after any failed sync of a directory loses nothing: the log takes no more", async () => {
    const { disk: counted, data: countedData } = newDisk();
    await live(countedData, counted, (log) => fillSegments(log, new Ledger()));
    const syncs = counted.calls.filter(isSync).length;
    expect(syncs).toBeGreaterThanOrEqual(6);
    for (let number = 1; number <= syncs; number++) {
      let left = number;
      const { disk, data } = newDisk({ failSyncAt: (call) => isSync(call) && --left === 0 });
      const ledger = new Ledger();
      const { fatal, size } = await live(data, disk, (log) => fillSegments(log, ledger));
      expect(disk.failedSync).toBe("log/main/segment");
      // Before the log is open, opening fails; from then on, the log does.
      expect([number, size === undefined || fatal !== undefined]).toEqual([number, true]);
      await live(data, disk.afterCut(NOTHING), (log) => ledger.check(log));
    }
  });

  it("in the write of a head that follows one which was never synced leaves one of both", async () => {
    for (let seed = 1; seed < 12; seed++) {
      // Killed between the write of the head and its sync.
      const { disk, data } = newDisk({}, seed);
      const book = new Ledger();
      await live(data, disk, async (log) => void (await book.append(log, linesOf("a", 5))));
      const second = disk.nextProcess({ cutAt: afterStart() });
      await live(data, second, async (log) => void (await book.append(log, linesOf("b", 5))));
      expect(second.wasCut).toBe(true);
      const third = second.nextProcess({ cutAt: afterStart() });
      await live(data, third, async (log) => void (await book.append(log, linesOf("c", 5))));
      expect(third.wasCut).toBe(true);
      await live(data, third.afterCut({ keep: 0.5, keepSize: 1, inOrder: true }), (log) => book.check(log));
    }
  });
});

it("60 lives and deaths, told by their seeds", async () => {
  for (let seed = 1; seed <= 60; seed++) {
    await runPowerCuts(seed).catch((cause: unknown) => {
      throw new Error(`npm run faults -- power-cut --seed ${seed}`, { cause });
    });
  }
});

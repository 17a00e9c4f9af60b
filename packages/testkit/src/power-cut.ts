// SPDX-License-Identifier: Apache-2.0
import { AssertionError, deepEqual, equal, ok } from "node:assert/strict";
import path from "node:path";
import { type Log, LogError, openLog, type Recovery, verifyLog } from "@telltale/log";
import { MerkleError } from "@telltale/merkle";
import type { CutStyle } from "./disk/model-file.js";
import { type DiskPlan, ModelDisk } from "./disk/model-disk.js";
import { certificateOf, Ledger } from "./ledger.js";
import { Random } from "./random.js";
import { tempDir } from "./temp.js";
import { VirtualTime } from "./virtual-time.js";

const DAY_MS = 24 * 60 * 60 * 1000;
const T0 = Date.UTC(2026, 10, 22, 10);

/** What a run went through, for the sum over many. */
export interface PowerCutReport {
  cuts: number;
  cutsWhileOpening: number;
  failedSyncs: number;
  acknowledged: number;
  adopted: number;
}

function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

/**
 * One log on a model disk through several lives: appends, segments that close, are compressed and pruned, full disks, failed syncs,
 * kills, and power cuts at any call, also while the log recovers from the one before. Throws when a promise is broken.
 */
class PowerCutRun {
  readonly report: PowerCutReport = {
    cuts: 0,
    cutsWhileOpening: 0,
    failedSyncs: 0,
    acknowledged: 0,
    adopted: 0,
  };
  readonly #random: Random;
  readonly #virtual = new VirtualTime();
  readonly #ledger = new Ledger();
  readonly #dir = tempDir("cut", true);
  readonly #data = path.join(this.#dir.path, "data");
  #disk: ModelDisk;
  #next = 0;
  #time = T0;
  #fatal: Error | undefined;
  readonly #trace: string[] = [];

  constructor(seed: number) {
    this.#random = new Random(seed);
    this.#disk = new ModelDisk(this.#data, this.#random, this.#plan());
  }

  async run(): Promise<PowerCutReport> {
    try {
      const lives = 2 + this.#random.below(5);
      for (let life = 0; life < lives; life++) {
        await this.#live();
        this.#disk = this.#end();
      }
      await this.#rest();
      this.report.acknowledged = this.#ledger.acknowledged.size;
      return this.report;
    } catch (error) {
      throw new Error(
        `${error instanceof Error ? error.message : String(error)}\n${this.#trace.join("\n")}`,
        {
          cause: error,
        },
      );
    } finally {
      this.#virtual.dispose();
      this.#dir.dispose();
    }
  }

  #plan(): DiskPlan {
    const random = this.#random;
    const plan: DiskPlan = { shortWrites: random.next() < 0.2 ? 0.2 : 0 };
    // Often early, where recovery is, and anywhere in the life otherwise.
    const anywhere = (): number => random.below(random.next() < 0.4 ? 25 : 350);
    if (random.next() < 0.7) plan.cutAt = anywhere();
    if (random.next() < 0.25) plan.failSyncAt = anywhere();
    if (random.next() < 0.15) plan.capacity = 20_000 + random.below(120_000);
    return plan;
  }

  #style(): CutStyle {
    const { next, pick } = { next: () => this.#random.next(), pick: (of: number[]) => this.#random.pick(of) };
    return { keep: pick([0, 0.1, 0.5, 0.9, 1]), keepSize: pick([0, 0.5, 1]), inOrder: next() < 0.5 };
  }

  #open(): Promise<Log> {
    this.#fatal = undefined;
    return openLog({
      dataDir: this.#data,
      fs: this.#disk,
      create: { originName: "example.com/power" },
      segmentBytes: 6_000,
      now: () => this.#time,
      onFatal: (error) => (this.#fatal = error),
    });
  }

  /** From a start to whatever ends it. */
  async #live(): Promise<void> {
    let log: Log;
    try {
      log = await this.#open();
    } catch (error) {
      this.#note(`open: ${String(error)}`);
      if (this.#disk.isOff) this.report.cutsWhileOpening++;
      // An honest disk that nothing happened to must always be opened again.
      if (!this.#isExcused(error)) throw error;
      return;
    }
    this.#note(`open: ${log.size} events, ${JSON.stringify(log.recovery)}`);
    this.report.adopted += log.recovery.adopted;
    log.onCommit(() => this.#ledger.see(log.checkpoint()));
    try {
      this.#ledger.see(log.checkpoint());
      await this.#ledger.check(log);
      for (let steps = this.#random.below(9); steps > 0 && !this.#disk.isOff; steps--) await this.#step(log);
      if (this.#random.next() < 0.7) this.#disk.turnOff(); // nothing of what closing does happens
    } catch (error) {
      if (!this.#isExcused(error)) throw error;
    } finally {
      await log.close().catch((error: unknown) => {
        if (!this.#isExcused(error)) throw error;
      });
    }
  }

  /** A failure of the disk may come back to whoever asked; a broken promise may not. */
  #isExcused(error: unknown): boolean {
    if (error instanceof AssertionError || error instanceof MerkleError) return false;
    if (this.#disk.isOff || this.#disk.failedSync !== undefined) return true;
    const { code } = error as NodeJS.ErrnoException;
    return code === "ENOSPC" || code === "disk_full";
  }

  async #step(log: Log): Promise<void> {
    const random = this.#random;
    const kind = random.next();
    this.#virtual.advance(random.pick([0, 0, 1, 1000]));
    if (kind < 0.1) this.#time += random.next() < 0.3 ? DAY_MS : 1000;
    if (kind < 0.55) await this.#append(log, 1 + random.skewed(400));
    else if (kind < 0.75) {
      const batches = Array.from({ length: 2 + random.below(3) }, () =>
        this.#append(log, 1 + random.below(120)),
      );
      await Promise.all(batches);
    } else if (kind < 0.87) await this.#settle(log);
    else if (kind < 0.94) await this.#prune(log);
    else this.#disk.freeSpace();
  }

  async #append(log: Log, count: number): Promise<void> {
    const lines = Array.from({ length: count }, () => {
      const pad = "x".repeat(this.#random.skewed(160));
      return `{"n":${this.#next++},"pad":"${pad}"}`;
    });
    const hadFailed = this.#fatal !== undefined;
    const fate = await this.#ledger.append(log, lines);
    this.#note(`append ${count}: ${fate}`);
    if (fate !== "acknowledged") return;
    ok(!hadFailed, "acknowledged after the log had failed");
    // What was not synced once may never reach the disk, whatever a later sync says.
    ok(!isVital(this.#disk.failedSync), `acknowledged after ${this.#disk.failedSync} could not be synced`);
  }

  /** Let the compression of closed segments get on. */
  async #settle(log: Log): Promise<void> {
    for (let turns = 0; turns < 300 && !this.#disk.isOff; turns++) {
      if (!log.segments().some((segment) => segment.closed && !segment.path.endsWith(".zst"))) return;
      await turn();
    }
  }

  async #prune(log: Log): Promise<void> {
    await this.#settle(log);
    const segments = log.segments();
    const choice = segments.filter(({ path: file }) => file.endsWith(".zst"));
    if (choice.length === 0) return;
    const { first, count } = this.#random.pick(choice);
    const line = await certificateOf(log, first, first + count, this.#next++);
    if ((await this.#ledger.append(log, [line])) !== "acknowledged") return;
    this.#note(`prune ${first} to ${first + count}`);
    try {
      await log.prune({ first, next: first + count, certificate: log.size - 1 });
    } catch (error) {
      if (error instanceof LogError && error.code === "log_failed") return;
      throw error;
    }
  }

  /** How the life ended, and the disk that the next one finds. */
  #end(): ModelDisk {
    const disk = this.#disk;
    if (disk.failedSync !== undefined) this.report.failedSyncs++;
    // A process that was killed, also in the middle of a call, leaves the cache as it is, also one that lies.
    if (this.#random.next() < 0.4) {
      this.#note("killed");
      return disk.nextProcess(this.#plan());
    }
    const style = this.#style();
    this.report.cuts++;
    this.#note(
      `power cut after ${disk.calls.length} calls, in ${disk.calls.at(-1)}: ${JSON.stringify(style)}`,
    );
    return disk.afterCut(style, this.#plan());
  }

  /** A last life on a disk that works: everything is checked, twice. */
  async #rest(): Promise<void> {
    this.#disk = this.#disk.nextProcess();
    const log = await this.#open();
    this.#note(`open: ${log.size} events, ${JSON.stringify(log.recovery)}`);
    await this.#ledger.check(log);
    await this.#append(log, 30);
    await log.close();
    this.#disk = this.#disk.nextProcess();
    const again = await this.#open();
    const nothing: Recovery = {
      adopted: 0,
      droppedBytes: 0,
      headSlotDamaged: false,
      rebuilt: false,
      clockBehindMs: 0,
      migratedFrom: 0,
      accepted: [],
    };
    deepEqual(again.recovery, nothing, "a log that was closed needs no recovery");
    await this.#ledger.check(again);
    await again.close();
    equal(this.#fatal, undefined);
    const copy = path.join(this.#dir.path, "copy");
    this.#disk.exportTo(copy);
    const { verdict, findings } = await verifyLog({ dataDir: copy });
    deepEqual({ verdict, findings }, { verdict: "intact", findings: [] });
  }

  #note(text: string): void {
    this.#trace.push(`  ${text}`);
  }
}

/** Files that an acknowledgement stands on. */
function isVital(file: string | undefined): boolean {
  return file !== undefined && /^(?:head\/main|log\/main\/segment(?:\/\d+\.ndjson)?)$/.test(file);
}

/** One run, told by its seed. Throws with the story of the run when a promise of the log is broken. */
export function runPowerCuts(seed: number): Promise<PowerCutReport> {
  return new PowerCutRun(seed).run();
}

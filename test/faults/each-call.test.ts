// SPDX-License-Identifier: Apache-2.0
// Every call that changes the disk fails once, in each thing that the log does: as lost, as done although an error comes back, and
// for writes as half done. Then the process starts again, on the disk as it is and on what power cuts leave of it.
import { deepEqual, equal, ok } from "node:assert/strict";
import path from "node:path";
import { type Log, verifyLog } from "@telltale/log";
import {
  certificateOf,
  type CutStyle,
  type DiskPlan,
  type Fault,
  type FaultCall,
  FaultFs,
  Ledger,
  liveOn,
  type LogProcess,
  ModelDisk,
  Random,
  tempDir,
  VirtualTime,
} from "@telltale/testkit";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { inTurn, within } from "./budget.js";

// What is published each second is published when the test says so: the calls of a run are those of the next.
let time: VirtualTime;
beforeAll(() => {
  time = new VirtualTime();
});
afterAll(() => time.dispose());

const NOTHING: CutStyle = { keep: 0, keepSize: 0, inOrder: true };
const ALL: CutStyle = { keep: 1, keepSize: 1, newest: 1, inOrder: false };
const SOME: CutStyle = { keep: 0.5, keepSize: 0.5, inOrder: false };

const linesOf = (name: string, count: number): string[] =>
  Array.from({ length: count }, (_, i) => `{"${name}":${i},"pad":"${"x".repeat(40)}"}`);

/** What is needed to fail a call in the middle of something. */
interface Stage {
  data: string;
  disk: ModelDisk;
  ledger: Ledger;
  /** What happens to the disk besides the fault. */
  plan: DiskPlan;
}

interface Scenario {
  name: string;
  /** Calls that it must have among those that fail. */
  calls: FaultCall[];
  prepare(stage: Stage): Promise<void>;
  /** The process in which the fault happens. */
  work(log: Log, stage: Stage, process: LogProcess): Promise<void>;
}

/** A second goes by, in which closed segments are compressed and a checkpoint is published. */
async function settle(log: Log): Promise<void> {
  time.advance(1000);
  for (let turns = 0; turns < 400; turns++) {
    if (!log.segments().some((segment) => segment.closed && !segment.path.endsWith(".zst"))) return;
    await new Promise((resolve) => setImmediate(resolve));
  }
}

/** A process on a disk without a fault of its own; the next one finds the disk as it was left. */
async function healthy(stage: Stage, work: (log: Log) => Promise<void>): Promise<void> {
  const { data, disk } = stage;
  const process = await liveOn({ data, fs: disk, kill: () => disk.turnOff() }, work);
  if (process.refusal !== undefined) throw process.refusal;
  stage.disk = disk.nextProcess();
}

async function fill(log: Log, { ledger }: Stage): Promise<void> {
  for (const [i, count] of [1, 200, 120, 77].entries()) await ledger.append(log, linesOf(`s${i}`, count));
  await settle(log);
}

const SCENARIOS: Scenario[] = [
  {
    name: "a first start, appends, segments that close and are compressed",
    calls: ["create", "mkdir", "writev", "fdatasync", "fsync", "rename", "unlink"],
    prepare: () => Promise.resolve(),
    work: fill,
  },
  {
    name: "recovery: a torn tail, a segment in both forms, and a head that was not synced",
    calls: ["create", "writev", "fdatasync", "fsync", "ftruncate", "rename", "unlink"],
    async prepare(stage) {
      await healthy(stage, (log) => fill(log, stage));
      const { data } = stage;
      // Dies in the sync of a segment that it has just begun; most of what it wrote reaches the disk.
      const cut = stage.disk.nextProcess({ cutAt: (call) => /^fdatasync .*0512\.ndjson$/.test(call) });
      await liveOn({ data, fs: cut, kill: () => cut.turnOff() }, async (log) => {
        await stage.ledger.append(log, linesOf("t", 90));
        await stage.ledger.append(log, linesOf("u", 300));
      });
      ok(cut.wasCut);
      stage.disk = cut.afterCut({ keep: 0.9, keepSize: 1, newest: 1, inOrder: true });
      await tearPublished(stage);
    },
    async work(log, { ledger }) {
      await ledger.append(log, linesOf("v", 20));
      await settle(log);
    },
  },
  {
    name: "a removal: its record, its files, and what an interrupted one left",
    calls: ["create", "writev", "fdatasync", "fsync", "rename", "unlink"],
    async prepare(stage) {
      await healthy(stage, (log) => fill(log, stage));
    },
    async work(log, { ledger }) {
      await settle(log);
      const [first] = log.segments();
      ok(first !== undefined);
      if (!first.path.endsWith(".zst")) return; // the fault was in its compression
      const { first: from, count } = first;
      const line = await certificateOf(log, from, from + count, 1);
      if ((await ledger.append(log, [line])) !== "acknowledged") return;
      await log.prune({ first: from, next: from + count, certificate: log.size - 1 });
    },
  },
  {
    name: "a disk that is full, and then is not",
    calls: ["create", "writev", "fdatasync", "fsync", "ftruncate", "unlink"],
    async prepare(stage) {
      await healthy(stage, async (log) => void (await stage.ledger.append(log, linesOf("a", 200))));
      stage.plan = { capacity: stage.disk.used + 20_000 };
    },
    async work(log, { ledger, disk }, process) {
      // Into the open segment, and into one that it has to begin.
      await ledger.append(log, linesOf("b", 500));
      await ledger.append(log, linesOf("c", 40));
      await ledger.append(log, linesOf("d", 60));
      await ledger.append(log, linesOf("e", 600));
      disk.freeSpace();
      const fate = await ledger.append(log, linesOf("f", 100));
      ok(fate === "acknowledged" || process.fatal !== undefined, "there is space again");
    },
  },
];

/** A power cut left the beginning of a published checkpoint. */
async function tearPublished({ data, disk }: Stage): Promise<void> {
  const fd = await disk.open(path.join(data, "log/main/checkpoints"), 2);
  const { size } = await disk.stat(fd);
  await new Promise<void>((resolve, reject) => {
    disk.writev(fd, [Buffer.from("example.com/mo")], size, (error) => (error ? reject(error) : resolve()));
  });
  await disk.close(fd);
}

async function prepare(scenario: Scenario): Promise<Stage & { dispose(): void }> {
  const temp = tempDir("calls", true);
  const data = path.join(temp.path, "data");
  const disk = new ModelDisk(data, new Random(1));
  const stage = { data, disk, ledger: new Ledger(), plan: {}, dispose: () => temp.dispose() };
  await scenario.prepare(stage);
  return stage;
}

function copyOf({ data, disk, ledger, plan }: Stage): Stage {
  return { data, disk: disk.afterCut(ALL, plan), ledger: ledger.clone(), plan };
}

/** The scenario with one fault; what its process came to. */
async function runWith(scenario: Scenario, stage: Stage, fs: FaultFs): Promise<LogProcess> {
  const { data, disk, ledger } = stage;
  return liveOn({ data, fs, kill: () => disk.turnOff() }, async (log, process) => {
    log.onCommit(() => {
      ok(process.fatal === undefined, "nothing is acknowledged after a failure");
      ledger.see(log.checkpoint());
    });
    try {
      await scenario.work(log, stage, process);
    } catch (error) {
      // The fault may come back to whoever asked; a broken promise may not.
      if (!fs.failed || (error instanceof Error && error.name === "AssertionError")) throw error;
    }
    if (process.fatal === undefined) return;
    equal(await ledger.append(log, ['{"late":1}']), "unknown");
  });
}

/** Everything holds on this disk, for a process that finds nothing wrong with it, and once more for the next. */
async function verifyDisk(stage: Stage, disk: ModelDisk): Promise<void> {
  const { data, ledger } = stage;
  const after = disk.nextProcess();
  const first = await liveOn({ data, fs: after, kill: () => after.turnOff() }, async (log) => {
    await ledger.check(log);
  });
  if (first.refusal !== undefined) throw first.refusal;
  const again = after.nextProcess();
  const nothing = { adopted: 0, droppedBytes: 0, headSlotDamaged: false };
  const second = await liveOn({ data, fs: again, kill: () => again.turnOff() }, async (log) => {
    const { adopted, droppedBytes, headSlotDamaged } = log.recovery;
    deepEqual({ adopted, droppedBytes, headSlotDamaged }, nothing, "recovery has nothing left to do");
    await ledger.check(log);
    equal(await ledger.append(log, linesOf(`w${ledger.acknowledged.size}`, 3)), "acknowledged");
    await settle(log);
  });
  if (second.refusal !== undefined) throw second.refusal;
  const copy = tempDir("copy", true);
  again.exportTo(copy.path);
  const { verdict, findings } = await verifyLog({ dataDir: copy.path });
  copy.dispose();
  deepEqual({ verdict, findings }, { verdict: "intact", findings: [] });
}

async function failAt(prepared: Stage, scenario: Scenario, fault: Fault): Promise<"stopped" | "went on"> {
  const stage = copyOf(prepared);
  const fs = new FaultFs(fault, stage.disk);
  const process = await runWith(scenario, stage, fs);
  ok(fs.failed, "the call was made");
  // The disk as the next process sees it, and as two power cuts leave it.
  const disks = [stage.disk.afterCut(NOTHING), stage.disk.afterCut(SOME), stage.disk];
  for (const disk of disks) await verifyDisk({ ...stage, ledger: stage.ledger.clone() }, disk);
  return process.fatal === undefined && process.refusal === undefined ? "went on" : "stopped";
}

describe.each(SCENARIOS)("$name", (scenario) => {
  it("keeps every promise, whichever call fails", async () => {
    const prepared = await prepare(scenario);
    const stage = copyOf(prepared);
    const counted = new FaultFs(undefined, stage.disk);
    const { refusal, fatal } = await runWith(scenario, stage, counted);
    deepEqual([refusal, fatal], [undefined, undefined]);
    const made = new Set(counted.calls.map(({ call }) => call));
    expect(scenario.calls.filter((call) => !made.has(call))).toEqual([]);
    const outcomes = { stopped: 0, "went on": 0 };
    const hasTime = within(0.1);
    for (const [at, { call, path: file }] of inTurn([...counted.calls.entries()])) {
      if (!hasTime()) break;
      for (const mode of ["lost", "done", "half"] as const) {
        if (mode === "half" && call !== "writev") continue;
        try {
          outcomes[await failAt(prepared, scenario, { at, mode })]++;
        } catch (cause) {
          throw new Error(`call ${at}, ${call} ${path.basename(file)}, ${mode}`, { cause });
        }
      }
    }
    prepared.dispose();
    console.log(`${counted.calls.length} calls, ${JSON.stringify(outcomes)}: ${scenario.name}`);
  });
});

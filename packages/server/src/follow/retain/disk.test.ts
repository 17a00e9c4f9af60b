// SPDX-License-Identifier: Apache-2.0
import { tmpdir } from "node:os";
import { describe, expect, it } from "vitest";
import type { SelfEvent } from "../../self-log.js";
import { DiskWatch, measureDisk } from "./disk.js";

const GIB = 1_073_741_824;

function watch(totalBytes: number) {
  const disk = { freeBytes: totalBytes, totalBytes };
  const clock = { now: 0 };
  const events: SelfEvent[] = [];
  const errors: Error[] = [];
  const watching = new DiskWatch({
    measure: async () => ({ ...disk }),
    selfLog: { emit: (event) => void events.push(event) },
    onError: (error) => void errors.push(error),
    now: () => clock.now,
  });
  return { disk, clock, events, errors, watching };
}

describe("DiskWatch", () => {
  it("refuses below 5 % of a small disk or 1 GiB of a large one, and resumes with room to spare", async () => {
    for (const [total, limit] of [
      [10 * GIB, GIB / 2],
      [1000 * GIB, GIB],
    ] as const) {
      const { disk, events, watching } = watch(total);
      const steps: [number, boolean][] = [
        [limit, false],
        [limit - 1, true],
        [limit + 1, true], // no flutter
        [limit * 1.25 - 1, true],
        [limit * 1.25, false],
        [limit, false],
      ];
      for (const [free, full] of steps) {
        disk.freeBytes = free;
        await watching.check();
        expect({ free, full: watching.full }).toEqual({ free, full });
      }
      expect(events.map(({ action, level }) => [action, level])).toEqual([
        ["telltale_storage_full", "critical"],
        ["telltale_storage_free", "warn"],
      ]);
      expect(events[0]?.message).toContain("events are refused");
    }
  });

  it("forecasts from what the disk has lost lately; says nothing before an hour, and of a disk that gains", async () => {
    const { disk, clock, watching } = watch(100 * GIB);
    expect(watching.forecast()).toBeUndefined();
    for (let hour = 0; hour <= 24 * 10; hour++) {
      clock.now = hour * 3_600_000;
      disk.freeBytes = 51 * GIB - (hour * GIB) / 24;
      await watching.check();
      if (hour === 0)
        expect(watching.forecast()).toMatchObject({ bytesPerDay: undefined, daysUntilFull: undefined });
    }
    expect(watching.forecast()).toMatchObject({
      bytesPerDay: GIB,
      daysUntilFull: 40,
      limitBytes: GIB,
      full: false,
    });
    disk.freeBytes = 80 * GIB;
    await watching.check();
    expect(watching.forecast()?.bytesPerDay).toBeLessThan(0);
    expect(watching.forecast()?.daysUntilFull).toBeUndefined();
  });

  it("a disk that cannot be measured changes nothing and is reported", async () => {
    const errors: Error[] = [];
    const watching = new DiskWatch({
      measure: () => Promise.reject(new Error("EIO")),
      selfLog: { emit: () => undefined },
      onError: (error) => void errors.push(error),
    });
    await watching.check();
    expect(watching.full).toBe(false);
    expect(errors).toHaveLength(1);
  });

  it("measures the real disk", async () => {
    const { freeBytes, totalBytes } = await measureDisk(tmpdir());
    expect(freeBytes).toBeGreaterThan(0);
    expect(totalBytes).toBeGreaterThanOrEqual(freeBytes);
  });
});

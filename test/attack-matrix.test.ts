// SPDX-License-Identifier: Apache-2.0
// Every attack on every defence, in two worlds, against the page that says what happens in many.
import { readFileSync } from "node:fs";
import path from "node:path";
import { verifyLog } from "@telltale/log";
import { formatVkey } from "@telltale/merkle";
import { describe, expect, it } from "vitest";
import { ATTACKS } from "./attack/attacks/index.js";
import { editAndSign } from "./attack/attacks/edit-and-sign.js";
import { oldKeyHistory } from "./attack/attacks/old-key-history.js";
import { restoreEverythingUnseen } from "./attack/attacks/restore-everything.js";
import { DEFENCES, isDetected } from "./attack/defences.js";
import { INTERVALS, type Matrix, runMatrix } from "./attack/matrix.js";
import { formatPage } from "./attack/page.js";
import { rotate } from "./attack/rotation.js";
import { SOURCE_ATTACKS } from "./attack/sources/index.js";
import { buildWorld } from "./attack/world.js";
import { root } from "./harness.js";

const page = readFileSync(path.join(root, "docs/design/attack-matrix.md"), "utf8");

/** The run that the page was made from. */
function readPage(): Matrix {
  const [, trials, seed] = /--trials (\d+) --seed (\d+) /.exec(page) ?? [];
  const cells: Matrix["cells"] = {};
  const intervals: Matrix["intervals"] = {};
  const sources: Matrix["sources"] = {};
  for (const line of page.split("\n")) {
    const columns = line.split(" | ");
    const attack = ATTACKS.find(({ name }) => name === columns[1]);
    if (attack !== undefined)
      cells[attack.name] = Object.fromEntries(
        DEFENCES.map(({ name }, i) => [name, Number(columns[3 + i]?.split("/")[0])]),
      );
    const source = SOURCE_ATTACKS.find(({ name }) => columns[0] === `| ${name}`);
    if (source !== undefined) {
      const [told = 0, asExpected = 0, tampered = 0] = columns
        .slice(2)
        .map((each) => Number.parseInt(each, 10));
      sources[source.name] = { told, asExpected, tampered };
    }
    const interval = /^\| (\d+) \| (\d+)\/\d+ \|$/.exec(line);
    if (interval !== null) intervals[interval[1] as string] = Number(interval[2]);
  }
  return { trials: Number(trials), seed: Number(seed), cells, intervals, sources };
}

describe("attacks and defences", () => {
  it("the page is what its own figures give", () => {
    expect(formatPage(readPage())).toBe(page);
    expect(Object.keys(readPage().cells)).toHaveLength(ATTACKS.length);
    expect(Object.keys(readPage().intervals)).toHaveLength(INTERVALS.length);
    expect(Object.keys(readPage().sources)).toHaveLength(SOURCE_ATTACKS.length);
  });

  it("and what happens: all, some or none of the times, as it says", async () => {
    const { trials: many, seed, cells, sources } = readPage();
    const trials = 2;
    const again = await runMatrix(seed, trials);
    for (const { name: attack } of ATTACKS) {
      for (const { name: defence } of DEFENCES) {
        const said = cells[attack]?.[defence] as number;
        const found = again.cells[attack]?.[defence] as number;
        // The same seeds: these trials are the first of those that the page counts.
        const [least, most] = [Math.max(0, said - (many - trials)), Math.min(trials, said)];
        expect(
          found >= least && found <= most,
          `${attack}, ${defence}: ${found} of ${trials}, ${said} of ${many}`,
        ).toBe(true);
      }
    }
    // On the way to the log there is no chance: each time just what was attacked is told, and nothing of what was not.
    for (const { name, as } of SOURCE_ATTACKS) {
      const of = (n: number): object => ({ told: as === "" ? 0 : n, asExpected: n, tampered: 0 });
      expect(sources[name], name).toEqual(of(many));
      expect(again.sources[name], name).toEqual(of(trials));
    }
  });

  it("signed again with the stolen key, a log has no fault of its own, and only its server vouches for it", async () => {
    const world = await buildWorld(7, { size: 40, early: 10, every: 10, withMirror: true });
    const { places } = await editAndSign.run(world);
    const verdict = await verifyLog({ dataDir: places.data, vkey: world.vkey, requireWitness: true });
    expect(verdict).toMatchObject({ verdict: "unwitnessed", findings: [] });
    world.dispose();
  });

  it("says nothing against a log that was not attacked, and nothing helps where everything was put back", async () => {
    const world = await buildWorld(8, { size: 40, early: 20, every: 10, withMirror: true });
    const unseen = await restoreEverythingUnseen.run(world);
    for (const defence of DEFENCES) {
      expect(await isDetected(defence, world, { places: world.copy() }), defence.name).toBe(false);
      expect(await isDetected(defence, world, unseen), defence.name).toBe(false);
    }
    world.dispose();
  });

  it("says nothing against a log that changed its key; one without the change deceives only who knows nothing newer", async () => {
    const world = await buildWorld(9, { size: 40, early: 20, every: 10, withMirror: true });
    const rotated = await rotate(world);
    for (const defence of DEFENCES)
      expect(await isDetected(defence, world, rotated), defence.name).toBe(false);
    const { places, keys } = await oldKeyHistory.run(world);
    const [old, today] = (keys ?? []).map(({ key }) => formatVkey(key)) as [string, string];
    expect(old).toBe(world.vkey);
    expect(await verifyLog({ dataDir: places.data, vkey: old })).toMatchObject({ verdict: "intact" });
    expect(await verifyLog({ dataDir: places.data, vkey: today })).toMatchObject({ verdict: "tampered" });
    world.dispose();
  });
});

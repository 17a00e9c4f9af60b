// SPDX-License-Identifier: Apache-2.0
import { type Attack } from "./attack.js";
import { ATTACKS } from "./attacks/index.js";
import { editAndSign } from "./attacks/edit-and-sign.js";
import { type Attacked, DEFENCES, isDetected } from "./defences.js";
import { SOURCE_ATTACKS } from "./sources/index.js";
import { trySource } from "./sources/try.js";
import { buildWorld, forge, type World } from "./world.js";

export const INTERVALS = [1, 10, 100] as const;
/** An intruder edits what tells of the intrusion, which is new. */
const NEWEST = 100;

/** How often each defence found each attack, by their names. */
export interface Matrix {
  trials: number;
  seed: number;
  cells: Record<string, Record<string, number>>;
  /** Re-signed edits among the newest events that the witness found, by the number of events between two cosignatures. */
  intervals: Record<string, number>;
  /** Attacks on a source, by their names. */
  sources: Record<string, SourceCounts>;
}

/** How often the server told what it had to and nothing else, told anything, and the log then did not verify. */
export interface SourceCounts {
  asExpected: number;
  told: number;
  tampered: number;
}

async function countOne(cells: Matrix["cells"], attack: Attack, world: World): Promise<void> {
  const attacked = await attack.run(world);
  const row = (cells[attack.name] ??= {});
  for (const defence of DEFENCES) {
    row[defence.name] = (row[defence.name] ?? 0) + ((await isDetected(defence, world, attacked)) ? 1 : 0);
  }
}

/** The re-signed edit of one of the newest events, with a witness that cosigns after each `every` events. */
async function findAtInterval(seed: number, every: number): Promise<boolean> {
  const size = 200 + ((seed * 37) % 100);
  const world = await buildWorld(seed, { size, early: 1, every, withMirror: false });
  try {
    const places = world.copy();
    const victim = size - 1 - world.random.below(NEWEST);
    const line = (world.lines[victim] as string).replace("placed", "denied");
    await forge(world, places, world.lines.with(victim, line));
    const attacked: Attacked = { places };
    const [witness] = DEFENCES.filter(({ name }) => name === "witness");
    return witness !== undefined && (await isDetected(witness, world, attacked));
  } finally {
    world.dispose();
  }
}

/** Every attack on every defence, `trials` times, each time in another world. */
export async function runMatrix(
  seed: number,
  trials: number,
  onTrial: (done: number) => void = () => undefined,
): Promise<Matrix> {
  const matrix: Matrix = { trials, seed, cells: {}, intervals: {}, sources: {} };
  for (let trial = 0; trial < trials; trial++) {
    const size = 130 + (((seed + trial) * 31) % 70);
    const world = await buildWorld(seed + trial, { size, early: 95, every: 10, withMirror: true });
    try {
      for (const attack of ATTACKS) await countOne(matrix.cells, attack, world);
    } finally {
      world.dispose();
    }
    for (const every of INTERVALS) {
      const found = await findAtInterval(seed + trial, every);
      matrix.intervals[every] = (matrix.intervals[every] ?? 0) + (found ? 1 : 0);
    }
    for (const attack of SOURCE_ATTACKS) {
      const { asExpected, isTold, isIntact } = await trySource(attack, seed + trial);
      const row = (matrix.sources[attack.name] ??= { asExpected: 0, told: 0, tampered: 0 });
      row.asExpected += asExpected ? 1 : 0;
      row.told += isTold ? 1 : 0;
      row.tampered += isIntact ? 0 : 1;
    }
    onTrial(trial + 1);
  }
  return matrix;
}

/** What a row stands on, for the test that holds the page to the code. */
export const RESIGNED = editAndSign.name;

// SPDX-License-Identifier: Apache-2.0
// A real process that is killed at its nth system call, or told by the kernel that one failed, by strace(1). A kill leaves the page
// cache: this tests what lies about half done, not what is durable. The counters of strace are per thread, so one thread does it all.
import { readFileSync } from "node:fs";
import { spawnSync } from "node:child_process";
import path from "node:path";
import { Random, tempDir } from "@telltale/testkit";
import { beforeAll, describe, expect, it } from "vitest";
import { inTurn, seed, within } from "./budget.js";
import { join, runProgram, type Story, verifyStory } from "./program.js";

const CALLS = [
  "openat",
  "pwrite64",
  "pwritev",
  "fdatasync",
  "fsync",
  "rename",
  "ftruncate",
  "unlink",
  "mkdir",
];

interface Place {
  call: string;
  /** Number of the call in its thread, from 1. */
  when: number;
  file: string;
}

const temp = (): ReturnType<typeof tempDir> => tempDir("strace", true);

/** strace in front of the program; `-y` names the files behind descriptors. */
function strace(trace: string, ...more: string[]): string[] {
  return ["strace", "-f", "-y", "-qq", "-o", trace, "-e", `trace=${CALLS.join(",")}`, ...more];
}

function injected(data: string, where: Place, what: string): string[] {
  return strace(`${data}.trace`, "-e", `inject=${where.call}:${what}:when=${where.when}`);
}

function wasInjected(data: string): boolean {
  return readFileSync(`${data}.trace`, "utf8").includes("(INJECTED)");
}

/** Every call of an undisturbed run that has to do with the data directory. */
async function findPlaces(): Promise<Place[]> {
  const dir = temp();
  const data = path.join(dir.path, "data");
  const trace = path.join(dir.path, "trace");
  const story = await runProgram(strace(trace), [data, "0"]);
  expect(story).toMatchObject({ code: 0, isDone: true });
  const counts = new Map<string, number>();
  const places: Place[] = [];
  for (const line of readFileSync(trace, "utf8").split("\n")) {
    const [, thread = "", call = "", rest = ""] = /^(\d+) +(\w+)\((.*)$/.exec(line) ?? [];
    const key = `${thread} ${call}`;
    const when = (counts.get(key) ?? 0) + 1;
    counts.set(key, when);
    if (rest.includes(data)) places.push({ call, when, file: /data\/([^">]*)/.exec(rest)?.[1] ?? "" });
  }
  dir.dispose();
  return places;
}

let places: Place[] = [];
beforeAll(async () => {
  const { status, error } = spawnSync("strace", ["-V"], { stdio: "ignore" });
  expect([status, error], "strace is needed: apt-get install strace").toEqual([0, undefined]);
  places = await findPlaces();
});

/** Does the same at each place, as far as time goes; how often it met the program. */
async function atEach(
  chosen: readonly Place[],
  share: number,
  attempt: (place: Place, data: string) => Promise<boolean>,
): Promise<void> {
  const hasTime = within(share);
  let met = 0;
  let tried = 0;
  for (const place of inTurn(chosen)) {
    if (!hasTime() && tried > 0) break;
    const dir = temp();
    try {
      if (await attempt(place, path.join(dir.path, "data"))) met++;
      tried++;
    } catch (cause) {
      throw new Error(`${place.call} number ${place.when}, ${place.file}`, { cause });
    } finally {
      dir.dispose();
    }
  }
  console.log(`${met} of ${tried} (of ${chosen.length} places)`);
  // What runs in the background comes a little earlier or later: the last calls of one run may not be there in the next.
  expect(met / tried).toBeGreaterThan(0.7);
}

const of = (...calls: string[]): Place[] => places.filter(({ call }) => calls.includes(call));

describe("a process of its own", () => {
  it("makes the calls that can fail", () => {
    expect(places.length).toBeGreaterThan(100);
    // Nothing is cut in this course; test/faults/each-call.test.ts does it.
    expect(CALLS.filter((call) => !places.some((place) => place.call === call))).toEqual(["ftruncate"]);
  });

  it("killed at its nth call, and again while it recovers, loses and invents nothing", async () => {
    const random = new Random(seed);
    await atEach(places, 0.12, async (place, data) => {
      let story: Story = await runProgram(injected(data, place, "signal=SIGKILL"), [data, "0"]);
      const wasMet = story.signal === "SIGKILL";
      const early = {
        call: random.pick(["fdatasync", "fsync", "pwrite64", "rename"]),
        when: 1 + random.below(8),
        file: "",
      };
      story = join(story, await runProgram(injected(data, early, "signal=SIGKILL"), [data, "100000"]));
      await verifyStory(data, story);
      return wasMet;
    });
  });

  it.each(["EIO", "ENOSPC"])(
    "told %s once by any call, acknowledges nothing that it could lose",
    async (errno) => {
      const chosen =
        errno === "EIO" ? places : of("pwrite64", "openat", "rename", "mkdir", "fsync", "fdatasync");
      await atEach(chosen, 0.06, async (place, data) => {
        const story = await runProgram(injected(data, place, `error=${errno}`), [data, "0"]);
        await verifyStory(data, story);
        return wasInjected(data);
      });
    },
  );

  it("told EIO by the sync of its lines or of its head, acknowledges nothing from then on", async () => {
    const vital = of("fdatasync").filter(({ file }) => /^head\/main$|segment\/\d+\.ndjson$/.test(file));
    expect(vital.length).toBeGreaterThan(10);
    await atEach(vital, 0.06, async (place, data) => {
      const story = await runProgram(injected(data, place, "error=EIO"), [data, "0"]);
      const after = story.output.split(/^fatal.*$/m)[1];
      if (after !== undefined) expect(after).not.toMatch(/^ack/m);
      await verifyStory(data, story);
      return wasInjected(data);
    });
  });
});

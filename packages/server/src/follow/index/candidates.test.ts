// SPDX-License-Identifier: Apache-2.0
import { escapeDeceptive } from "@telltale/event";
import { compileRules } from "@telltale/sigma";
import { tempDir, type TempDir } from "@telltale/testkit";
import { afterAll, beforeAll, expect, it } from "vitest";
import { parseOrSkip } from "../../../../sigma/test/parity/compare-rules.js";
import { leaf, ruleOf, textOf } from "../../../../sigma/test/parity/generate.js";
import { Random } from "../../../../sigma/test/parity/random.js";
import { MemoryLog } from "../../../test/memory-log.js";
import type { CandidateFinder } from "./candidates.js";
import type { Follower } from "../follower.js";
import { openIndex } from "./index-follower.js";

const SEED = Number(process.env.TELLTALE_SEED ?? Date.now() % 1_000_000);
const EVENTS = 600;
const random = new Random(SEED);

/** What the pipeline would seal: the envelope well typed, every value hostile. */
function lineOf(i: number): string {
  const maybe = <T>(value: T): T | undefined => (random.chance(0.6) ? value : undefined);
  const text = (): string => textOf(random).replaceAll(/\p{Surrogate}/gu, "");
  return escapeDeceptive(
    JSON.stringify({
      received: new Date(1_790_000_000_000 + i * 1000).toISOString(),
      via: random.pick(["k1", "k2"]),
      v: 1,
      id: `event-${i}`,
      time: new Date(1_790_000_000_000 + i * 1000).toISOString(),
      source: { app: text(), instance: maybe(text()), seq: maybe(random.below(1000)) },
      action: text(),
      outcome: random.pick(["success", "failure"]),
      level: random.pick(["info", "warn"]),
      message: maybe(text()),
      actor: maybe({ type: "user", id: maybe(text()), roles: maybe(random.list(0, 3, text)) }),
      targets: maybe(random.list(0, 3, () => ({ type: text(), id: maybe(text()) }))),
      client: maybe({ ip: maybe(text()), port: maybe(random.below(65_536)) }),
      request: maybe({
        status: maybe(random.pick([200, 404])),
        durationMs: maybe(random.pick([0, 0.1, 100.5, 1e21])),
      }),
      data: maybe({
        a: maybe(leaf(random)),
        "a.b": maybe(leaf(random)),
        b: maybe({ c: leaf(random) }),
        list: maybe([{ x: leaf(random) }, leaf(random)]),
      }),
    }),
  );
}

const FIELDS = [
  "action",
  "source.app",
  "source.seq",
  "message",
  "actor.id",
  "actor.roles",
  "targets.id",
  "targets.type",
  "client.ip",
  "client.port",
  "request.status",
  "request.durationMs",
  "data.a",
  "data.a.b",
  "data.b.c",
  "data.list.x",
];

let folder: TempDir;
let follower: Follower;
let candidates: CandidateFinder;
const lines = Array.from({ length: EVENTS }, (_, i) => lineOf(i));

beforeAll(async () => {
  folder = await tempDir();
  const log = new MemoryLog();
  ({ follower, candidates } = await openIndex({
    dir: folder.path,
    log,
    logName: "main",
    origin: "test/1",
    onError(error) {
      throw error;
    },
    indexer: { directRows: 200, tableRows: 1000 },
  }));
  await follower.handle(log.append(lines.slice(0, 400)));
  await follower.idle?.();
  await follower.handle(log.append(lines.slice(400)));
  await follower.idle?.();
});

afterAll(async () => {
  await follower.close();
  await folder.dispose();
});

const request = {
  from: 0,
  to: EVENTS,
  since: 0,
  until: 4e12,
  timeoutMs: 20_000,
  signal: new AbortController().signal,
  onProgress() {},
};

it(`the index names the events that rules match (seed ${SEED})`, async () => {
  let compared = 0;
  let matched = 0;
  for (let round = 0; round < 60; round++) {
    const ruleSet = compileRules(parseOrSkip(ruleOf(random, "rule", FIELDS)));
    if (ruleSet.rules.length === 0) continue;
    const found = await candidates.find({ ...request, ruleSet });
    if ("reason" in found) continue;
    const wanted = lines.flatMap((line, i) =>
      ruleSet.match(JSON.parse(line) as object).length > 0 ? [i] : [],
    );
    expect(found).toMatchObject({ next: EVENTS, events: EVENTS });
    expect(found.indices, JSON.stringify(ruleSet.rules[0]?.document.detection)).toEqual(wanted);
    compared++;
    if (wanted.length > 0 && wanted.length < EVENTS) matched++;
  }
  expect(compared).toBeGreaterThan(10);
  expect(matched).toBeGreaterThan(0);
});

it("says what the index cannot answer", async () => {
  const refused = async (detection: string): Promise<unknown> =>
    candidates.find({
      ...request,
      ruleSet: compileRules(
        parseOrSkip(`title: t\nlogsource: {product: t}\ndetection: {s: ${detection}, condition: s}\n`),
      ),
    });
  expect(await refused("[word]")).toEqual({ reason: '"t": it asks for what no column of the index holds' });
  expect(await refused("{actor|exists: true}")).toHaveProperty("reason");
  expect(await refused("{time|hour: 3}")).toHaveProperty("reason");
  expect(await refused("{EventID: 4625}")).toHaveProperty("reason");
});

it("asks only for the range, and gives up when the time is up", async () => {
  const ruleSet = compileRules(
    parseOrSkip("title: t\nlogsource: {product: t}\ndetection: {s: {outcome: success}, condition: s}\n"),
  );
  const found = await candidates.find({ ...request, ruleSet, from: 390, to: 410 });
  expect("indices" in found && found.indices.every((index) => index >= 390 && index < 410)).toBe(true);
  expect(await candidates.find({ ...request, ruleSet, timeoutMs: 0 })).toEqual({
    reason: "the index took too long",
  });
  const stopped = AbortSignal.abort();
  expect(await candidates.find({ ...request, ruleSet, signal: stopped })).toEqual({
    reason: "it was stopped",
  });
});

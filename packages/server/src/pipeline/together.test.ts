// SPDX-License-Identifier: Apache-2.0
import { gzipSync } from "node:zlib";
import { createProtector } from "@telltale/protect";
import { LogError } from "@telltale/log";
import { expect, it } from "vitest";
import { RatchetTable } from "../chain/ratchet-table.js";
import { Ratchets } from "../chain/ratchets.js";
import { prepareSent, type SentBody } from "./prepare-sent.js";
import type { Prepared } from "./prepare.js";
import { loadRules } from "./rules.js";
import { Fingerprint, makeFingerprintSeed } from "./seal/fingerprint.js";
import type { Sealed } from "./seal/sealer.js";
import { Together } from "./together.js";

const rules = loadRules([]);
const tools = {
  protector: createProtector(),
  rules: rules.set,
  ruleSet: rules.name,
  fingerprint: new Fingerprint(makeFingerprintSeed()),
  ratchets: new Ratchets(new RatchetTable()),
};

function bodyOf(text: string): SentBody {
  const sender = { received: "2026-11-22T10:00:00.000Z", via: "ingest_a" };
  return { bytes: Buffer.from(text), gzip: false, format: "ndjson", sender };
}

/** What the workers do, on this thread. */
class CountingWorkers {
  readonly groups: (readonly SentBody[])[] = [];
  async prepare(bodies: readonly SentBody[]): Promise<Prepared> {
    this.groups.push(bodies);
    return prepareSent(bodies, tools);
  }
}

function setUp(): { sealer: CountingSealer; workers: CountingWorkers; together: Together } {
  const sealer = new CountingSealer();
  const workers = new CountingWorkers();
  return { sealer, workers, together: new Together({ sealer, workers, tools }) };
}

class CountingSealer {
  readonly groups: Prepared[] = [];
  #next = 0;
  fail = false;
  async seal(prepared: Prepared): Promise<Sealed[]> {
    this.groups.push(prepared);
    if (this.fail) throw new LogError("disk_full", "disk full");
    if (prepared.bytes.includes("poison")) throw new LogError("bad_batch", "a fault of ours");
    let start = 0;
    return prepared.shares.map(({ end }) => {
      const accepted = end - start;
      start = end;
      this.#next += accepted;
      return {
        accepted,
        duplicates: 0,
        conflicts: 0,
        first: accepted === 0 ? null : this.#next - accepted,
        last: accepted === 0 ? null : this.#next - 1,
      };
    });
  }
}

it("seals what arrives in one turn as one, and gives each body its own answer", async () => {
  const { sealer, workers, together } = setUp();
  const answers = await Promise.all(
    ['{"action":"a"}', "nonsense", '{"action":"b"}\n{"action":"c"}'].map((text) =>
      together.seal(bodyOf(text)),
    ),
  );
  expect(sealer.groups).toHaveLength(1);
  expect(workers.groups).toHaveLength(0);
  expect(answers).toMatchObject([
    { share: { rejectedCount: 0 }, sealed: { accepted: 1, first: 0, last: 0 } },
    { share: { rejectedCount: 1 }, sealed: { accepted: 0, first: null } },
    { share: { rejectedCount: 0 }, sealed: { accepted: 2, first: 1, last: 2 } },
  ]);
});

it("spreads much over several turns, in order", async () => {
  const { sealer, together } = setUp();
  const text = `{"action":"a","message":"${"x".repeat(10_000)}"}`;
  const answers = await Promise.all(Array.from({ length: 100 }, () => together.seal(bodyOf(text))));
  expect(answers.map(({ sealed }) => sealed.first)).toEqual(Array.from({ length: 100 }, (_, i) => i));
  expect(sealer.groups.length).toBeGreaterThan(2);
});

it("leaves to the workers what is much, alone or together, and what is packed", async () => {
  const { workers, together } = setUp();
  const small = `{"action":"a","message":"${"x".repeat(900)}"}`;
  const large = `{"action":"a","message":"${"x".repeat(20_000)}"}`;
  await Promise.all(Array.from({ length: 30 }, () => together.seal(bodyOf(small))));
  await together.seal(bodyOf(large));
  const packed = { ...bodyOf(""), bytes: gzipSync(small), gzip: true };
  expect((await together.seal(packed)).sealed.accepted).toBe(1);
  expect(workers.groups.map((group) => group.length)).toEqual([30, 1, 1]);
  // The same sender is one object, which goes to another thread once.
  expect(new Set(workers.groups[0]!.map(({ sender }) => sender)).size).toBe(1);
});

it("tells of a body that cannot be read, beside others and in a worker", async () => {
  const { together } = setUp();
  const answers = await Promise.all([
    together.seal({ ...bodyOf("[{"), format: "json" }),
    together.seal(bodyOf('{"action":"a"}')),
    together.seal({ ...bodyOf("no gzip"), gzip: true }),
  ]);
  expect(answers.map(({ share }) => share.refused?.code)).toEqual(["not_json", undefined, "bad_gzip"]);
  expect(answers.map(({ sealed }) => sealed.accepted)).toEqual([0, 1, 0]);
});

it("fails every body of a turn when the log fails, and takes the next ones", async () => {
  const { sealer, together } = setUp();
  sealer.fail = true;
  const results = await Promise.allSettled(
    [bodyOf('{"action":"a"}'), bodyOf('{"action":"b"}')].map((each) => together.seal(each)),
  );
  expect(results.map(({ status }) => status)).toEqual(["rejected", "rejected"]);
  sealer.fail = false;
  expect((await together.seal(bodyOf('{"action":"a"}'))).sealed.accepted).toBe(1);
});

it("lets no body spoil the others of its turn", async () => {
  const { together } = setUp();
  const actions = ["a", "poison", "b"];
  const results = await Promise.allSettled(
    actions.map((action) => together.seal(bodyOf(`{"action":"${action}"}`))),
  );
  expect(results.map(({ status }) => status)).toEqual(["fulfilled", "rejected", "fulfilled"]);
});

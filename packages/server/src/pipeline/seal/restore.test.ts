// SPDX-License-Identifier: Apache-2.0
import type { Appended, Committed, LeafBatch } from "@telltale/log";
import { createProtector } from "@telltale/protect";
import { expect, it } from "vitest";
import { RatchetTable } from "../../chain/ratchet-table.js";
import { Ratchets } from "../../chain/ratchets.js";
import { splitLines } from "../ingest/split.js";
import { prepare, prepareInternal, type Prepared } from "../prepare.js";
import { loadRules } from "../rules.js";
import { Fingerprint, makeFingerprintSeed } from "./fingerprint.js";
import type { Sender } from "../stages.js";
import { restoreWindow } from "./restore.js";
import { Sealer } from "./sealer.js";

const rules = loadRules([]);
const tools = {
  protector: createProtector(),
  rules: rules.set,
  ruleSet: rules.name,
  fingerprint: new Fingerprint(makeFingerprintSeed()),
  ratchets: new Ratchets(new RatchetTable()),
};
const sender: Sender = { received: "2026-11-22T10:00:00.000Z", via: "ingest_a", tenant: 'a"b' };

function prepareOne(text: string): Prepared {
  const body = Buffer.from(text);
  return prepare([{ body, split: splitLines(body), sender }], tools);
}

class MemoryLog {
  readonly batches: Committed[] = [];
  size = 0;
  async append(batch: LeafBatch): Promise<Appended> {
    const first = this.size;
    this.batches.push({ first, ...batch });
    this.size += batch.count;
    return { first, count: batch.count };
  }
  async read(from: number): Promise<Committed> {
    const batch = this.batches.find((each) => each.first === from);
    if (batch === undefined) throw new Error(`no batch at ${from}`);
    return batch;
  }
}

it("recognises after a restart what was sealed before it, also what was rewritten", async () => {
  const bodies = [
    JSON.stringify({
      id: "0193500a-0000-7000-8000-000000000001",
      action: "x",
      time: "2026-11-22T09:00:00.000Z",
    }),
    JSON.stringify({
      action: "x",
      id: "mine",
      time: "2026-11-22T09:00:00.000Z",
      data: { password: "hunter2hunter2" },
    }),
  ];
  const prepareAll = (): Prepared[] => bodies.map((each) => prepareOne(each));
  const log = new MemoryLog();
  const before = new Sealer(log);
  for (const each of prepareAll()) await before.seal(each);
  await before.seal(
    prepareInternal(
      [
        {
          v: 1,
          id: "own",
          time: sender.received,
          source: { app: "t" },
          action: "log_viewed",
          outcome: "success",
          level: "info",
        },
      ],
      { ...sender, via: "telltale" },
      tools,
    ),
  );

  const after = new Sealer(log);
  expect(await restoreWindow(log, after, tools.fingerprint)).toEqual({
    remembered: 3,
    lastReceived: Date.parse(sender.received),
  });
  for (const each of prepareAll())
    expect(await after.seal(each)).toMatchObject([{ accepted: 0, duplicates: 1 }]);
  const other = JSON.stringify({ id: "mine", action: "other" });
  expect(await after.seal(prepareOne(other))).toMatchObject([{ conflicts: 1 }]);
});

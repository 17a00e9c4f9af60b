// SPDX-License-Identifier: Apache-2.0
import { readFileSync } from "node:fs";
import path from "node:path";
import { type Log, openLog } from "@telltale/log";
import { formatKeyHistory, formatVkey, parseKeyHistory, verifyWitnessed } from "@telltale/merkle";
import { nodeCrypto } from "@telltale/merkle/node";
import { type TempDir, tempDir, toBatch } from "@telltale/testkit";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { parseSigner } from "../../../log/src/keys.js";
import { FakeWitness } from "../../test/witness-fixture.js";
import { openWitnesses } from "./open.js";
import { parseWitnessSettings } from "./settings.js";
import type { Witnesses } from "./witnesses.js";

let temp: TempDir;
let log: Log;
let witness: FakeWitness;
let witnesses: Witnesses;
let errors: Error[];
let clock: number;

beforeEach(async () => {
  temp = tempDir("key-change");
  [errors, clock] = [[], Date.now()];
  log = await openLog({
    dataDir: temp.path,
    create: { originName: "test" },
    onFatal: (error) => {
      throw error;
    },
  });
  witness = await FakeWitness.start("a.example/w", log.vkey, () => clock);
  witnesses = await start();
});
afterEach(async () => {
  await witnesses.close();
  await witness.close();
  await log.close();
  temp.dispose();
  expect(errors).toEqual([]);
});

async function start(): Promise<Witnesses> {
  const made = await openWitnesses({
    settings: parseWitnessSettings(witness.pair, undefined, 1000),
    dataDir: temp.path,
    log,
    onError: (error) => void errors.push(error),
    now: () => clock,
  });
  if (made === undefined) throw new Error("no witnesses");
  return made;
}

/** A round later than any wait after a failure. */
async function round(): Promise<void> {
  clock += 10 * 60_000;
  await witnesses.round();
}

const grow = (count: number) =>
  log.append(toBatch(Array.from({ length: count }, () => `{"n":${Math.random()}}`)));

async function changeKey(): Promise<void> {
  const data = await log.prepareKeyChange();
  await log.append(toBatch([JSON.stringify({ via: "telltale", action: "log_key_changed", data })]));
  expect(log.vkey).toBe(data.to);
}

describe("a witness of a log that changes its key", () => {
  it("learns the new key from the old one and goes on, also over several changes and after both were away", async () => {
    await grow(5);
    await round();
    await changeKey();
    await grow(3);
    await round();
    expect(witnesses.status()).toMatchObject({ state: "witnessed", newest: { size: 9 } });
    for (let i = 0; i < 3; i++) {
      await changeKey();
      await grow(1);
    }
    await witnesses.close();
    witnesses = await start();
    await round();
    expect(witnesses.status()).toMatchObject({ newest: { size: 15 }, witnesses: [{ trouble: null }] });
    const policy = parseWitnessSettings(witness.pair, undefined, 1000)?.policy;
    if (policy === undefined) throw new Error("no policy");
    const judged = verifyWitnessed(nodeCrypto, witnesses.published(), log.keys, policy);
    expect(judged).toMatchObject({ quorum: true, head: { size: 15n } });
  });

  it("cosigns nothing larger under the old key, and learns no key of another history", async () => {
    await grow(5);
    await round();
    const stolen = parseSigner(readFileSync(path.join(temp.path, "keys", "main.key"), "utf8"));
    const before = parseKeyHistory(nodeCrypto, log.keyHistory);
    await changeKey();
    await grow(3);
    await round();
    const { size, root } = log.checkpoint();
    const body = `old ${size}\n\n${stolen.signCheckpoint(size, root)}`;
    expect(await witness.store.addCheckpoint(Buffer.from(body))).toMatchObject({ status: 403 });
    const { keys, changes } = parseKeyHistory(nodeCrypto, log.keyHistory);
    const text = (list: typeof changes) =>
      Buffer.from(formatKeyHistory(formatVkey((keys[0] as (typeof keys)[number]).key), list));
    // What it knows already, and less, changes nothing; what is no history is refused.
    expect(await witness.store.addKeys(text(changes))).toMatchObject({ status: 200, keys: 2 });
    expect(await witness.store.addKeys(text(before.changes))).toMatchObject({ status: 200, keys: 2 });
    expect(await witness.store.addKeys(Buffer.from("{}"))).toMatchObject({ status: 400 });
    // A change whose tree it did not cosign last.
    await changeKey();
    await grow(1);
    const next = parseKeyHistory(nodeCrypto, log.keyHistory);
    expect(await witness.store.addKeys(text(next.changes))).toMatchObject({ status: 403 });
    await round();
    expect(witnesses.status()).toMatchObject({ newest: { size: log.size } });
  });

  it("that knows nothing of histories is named as what has to be told by hand", async () => {
    await grow(5);
    await round();
    await changeKey();
    await grow(1);
    const { store } = witness;
    const addKeys = store.addKeys.bind(store);
    store.addKeys = async () => ({ status: 404, why: "not found" });
    await round();
    expect(witnesses.status().witnesses).toMatchObject([{ trouble: { code: "wrong_key" } }]);
    store.addKeys = addKeys;
    await round();
    expect(witnesses.status()).toMatchObject({ newest: { size: 7 } });
  });
});

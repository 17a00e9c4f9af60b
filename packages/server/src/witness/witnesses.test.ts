// SPDX-License-Identifier: Apache-2.0
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { type Log, openLog, WitnessedFile } from "@telltale/log";
import {
  cosignedMessage,
  formatCosignature,
  formatSignatures,
  parseCheckpoint,
  parseNote,
  parseVkey,
  policyOfAll,
  rangeOfOne,
  verifyWitnessed,
} from "@telltale/merkle";
import { nodeCrypto } from "@telltale/merkle/node";
import { type TempDir, tempDir, toBatch } from "@telltale/testkit";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { parseNoteKey } from "../../../log/src/keys.js";
import { SignedTree } from "../../../log/test/signed-tree.js";
import { parseSigner } from "../../../log/src/keys.js";
import { FakeWitness } from "../../test/witness-fixture.js";
import { createAlertStore } from "../alert/store.js";
import type { AlertStore } from "../alert/alert.js";
import type { SelfEvent } from "../self-log.js";
import { openState, type State } from "../state/state.js";
import { openWitnesses, startWitnesses } from "./open.js";
import { parseWitnessSettings } from "./settings.js";
import type { Witnesses } from "./witnesses.js";
import { sign } from "node:crypto";

let temp: TempDir;
let log: Log;
let state: State;
let alerts: AlertStore;
let events: SelfEvent[];
let loud: string[];
let errors: Error[];
let clock: number;
let count: number;
let opened: Witnesses[];
let fakes: FakeWitness[];

beforeEach(async () => {
  temp = tempDir("witnesses");
  log = await openLog({
    dataDir: temp.path,
    create: { originName: "test" },
    onFatal: (error) => {
      throw error;
    },
  });
  state = openState(path.join(temp.path, "state.db"));
  [events, loud, errors, opened, fakes, count] = [[], [], [], [], [], 0];
  clock = Date.now();
  alerts = createAlertStore({
    state,
    selfLog: {
      emit: (event) => void events.push(event),
      seal: async (sealed) => void events.push(...sealed),
    },
  });
});
afterEach(async () => {
  for (const each of opened) await each.close();
  for (const each of fakes) await each.close();
  await state.close();
  await log.close();
  temp.dispose();
  expect(errors.map(({ message }) => message)).toEqual([]);
});

async function append(events = 3): Promise<void> {
  await log.append(toBatch(Array.from({ length: events }, () => `{"n":${count++}}`)));
}

async function fake(name: string): Promise<FakeWitness> {
  const witness = await FakeWitness.start(name, log.vkey);
  fakes.push(witness);
  return witness;
}

async function open(pairs: string, policy?: string): Promise<Witnesses> {
  const settings = parseWitnessSettings(
    pairs,
    policy === undefined ? undefined : Buffer.from(policy),
    3_600_000,
  );
  const witnesses = await openWitnesses({
    settings,
    dataDir: temp.path,
    log,
    onError: (error) => void errors.push(error),
    now: () => clock,
    graceMs: 60_000,
  });
  if (witnesses === undefined) throw new Error("no witnesses");
  opened.push(witnesses);
  await startWitnesses(witnesses, {
    state,
    alerts,
    dataDir: temp.path,
    log,
    selfLog: {
      emit: (event) => void events.push(event),
      async seal(more) {
        events.push(...more);
        await append(more.length);
      },
    },
    onLoud: (message) => void loud.push(message),
    onError: (error) => void errors.push(error),
  });
  await witnesses.round();
  return witnesses;
}

const sizeOf = (note: string) => Number(parseCheckpoint(parseNote(note).text).size);
const actions = () => events.map(({ action }) => action);
const troubleOf = (witnesses: Witnesses) =>
  witnesses.status().witnesses.map(({ trouble }) => trouble?.code ?? "none");
/** A round after all back-off is over. */
async function later(witnesses: Witnesses, ms = 61_000): Promise<void> {
  clock += ms;
  await witnesses.round();
}

describe("asking witnesses", () => {
  it("publishes what all of them cosigned, keeps it, and goes on with a proof", async () => {
    await append();
    const [a, b] = [await fake("a.example/w"), await fake("b.example/w")];
    const witnesses = await open(`${a.pair} ${b.pair}`);
    expect(witnesses.status()).toMatchObject({
      state: "witnessed",
      unwitnessedSince: null,
      newest: { size: 3 },
    });
    const policy = policyOfAll([a.witness, b.witness]);
    const key = parseVkey(nodeCrypto, log.vkey);
    const judged = verifyWitnessed(nodeCrypto, witnesses.published(), rangeOfOne(key), policy);
    expect(judged).toMatchObject({ quorum: true, head: { size: 3n } });
    expect((await new WitnessedFile(temp.path).read())?.toString()).toBe(witnesses.published());
    await append(300);
    expect(sizeOf(witnesses.published())).toBe(3);
    await witnesses.round();
    expect(sizeOf(witnesses.published())).toBe(303);
    await witnesses.round(); // nothing new: nobody is asked
    expect(a.asked).toEqual(["POST old 0", "POST old 3"]);
    expect(actions()).toEqual([]);
  });

  it("learns from a witness that knows more than we remember, and after a restart remembers itself", async () => {
    await append();
    const a = await fake("a.example/w");
    const first = await open(a.pair);
    await append();
    await first.close();
    opened.length = 0;
    expect(first.status().newest?.size).toBe(6); // the last round, when closing
    await open(a.pair);
    await append();
    await a.store.addCheckpoint(
      Buffer.from(
        `old 6\n${(await log.consistency(6, 9)).map((h) => `${h.toString("base64")}\n`).join("")}\n${log.checkpoint().text}`,
      ),
    );
    const [second] = opened;
    await append();
    await second?.round();
    expect(second?.status()).toMatchObject({ state: "witnessed", newest: { size: 12 } });
    expect(a.asked.slice(-2)).toEqual(["POST old 6", "POST old 9"]);
  });

  it("counts by the policy, and adds what comes later for the same checkpoint", async () => {
    await append();
    const [a, b, c] = [await fake("a.example/w"), await fake("b.example/w"), await fake("c.example/w")];
    const policy = `witness a ${a.store.vkey} ${a.url}\nwitness b ${b.store.vkey} ${b.url}\nwitness c ${c.store.vkey} ${c.url}\ngroup two 2 a b c\nquorum two\n`;
    for (const each of [b, c]) each.instead = (_, response) => void response.writeHead(503).end();
    const witnesses = await open("", policy);
    expect(witnesses.status()).toMatchObject({ state: "pending", newest: null });
    expect(parseNote(witnesses.published()).signatures.map(({ name }) => name)).toEqual([
      log.origin,
      "a.example/w",
    ]);
    b.instead = undefined;
    await later(witnesses, 30_000);
    expect(witnesses.status()).toMatchObject({ state: "witnessed", newest: { size: 3 } });
    expect(a.asked).toHaveLength(1);
    expect(troubleOf(witnesses)).toEqual(["none", "none", "failing"]);
    // The third may still come, and its cosignature is kept, too.
    c.instead = undefined;
    await later(witnesses);
    expect(parseNote(witnesses.published()).signatures).toHaveLength(4);
    expect(a.asked).toHaveLength(1);
    // One that is down for good does not shorten the patience with the others.
    c.instead = (_, response) => void response.writeHead(503).end();
    await append();
    await witnesses.round();
    for (let i = 0; i < 4; i++) await later(witnesses);
    a.instead = c.instead;
    await append();
    await later(witnesses, 1000);
    expect(actions()).toEqual([]);
  });

  it("publishes nothing smaller than an earlier run may have", async () => {
    await append();
    const a = await fake("a.example/w");
    await (await open(a.pair)).close();
    opened.length = 0;
    await append();
    a.instead = (_, response) => void response.writeHead(500).end();
    const again = await open(a.pair);
    expect(again.status().newest?.size).toBe(3);
    expect(sizeOf(again.published())).toBe(6);
    a.instead = undefined;
    await later(again);
    expect(sizeOf(again.published())).toBe(6);
    expect(parseNote(again.published()).signatures).toHaveLength(2);
  });
});

describe("without a quorum", () => {
  it("says so once: an event, an alert, a line; goes on; and says when it is over", async () => {
    await append();
    const a = await fake("a.example/w");
    const { pair } = a;
    const witnesses = await open(pair);
    await a.die();
    await append();
    await later(witnesses, 30_000);
    expect(actions()).toEqual([]);
    await later(witnesses, 31_000);
    expect(witnesses.status()).toMatchObject({ state: "unwitnessed", newest: { size: 3 } });
    expect(actions()).toEqual(["log_unwitnessed"]);
    expect(events[0]?.message).toContain("a.example/w: ECONNREFUSED");
    expect(loud).toHaveLength(1);
    const { alerts: list } = await alerts.list();
    expect(list).toMatchObject([
      { ruleId: "telltale-log-unwitnessed", status: "new", level: "high", count: 1 },
    ]);
    // Mirrors are given the log's own newest, and events are taken.
    await append();
    expect(sizeOf(witnesses.published())).toBe(log.size);
    for (let i = 0; i < 5; i++) await later(witnesses);
    expect(actions()).toEqual(["log_unwitnessed"]);
    // A restart does not tell it again.
    await witnesses.close();
    opened.length = 0;
    const again = await open(pair);
    await later(again);
    expect(again.status().state).toBe("unwitnessed");
    expect(actions()).toEqual(["log_unwitnessed"]);
    const revived = await FakeWitness.start("x.example/w", log.vkey, () => clock);
    fakes.push(revived);
    await again.close();
    opened.length = 0;
    const third = await open(revived.pair);
    expect(third.status().state).toBe("witnessed");
    expect(actions()).toEqual(["log_unwitnessed", "log_witnessed", "log_alert_decided"]);
    expect((await alerts.list()).alerts[0]).toMatchObject({ status: "resolved" });
  });
});

describe("a witness that contradicts", () => {
  it("has more of this log than there is: critical, with its checkpoint as proof", async () => {
    const signer = parseSigner(readFileSync(path.join(temp.path, "keys/main.key"), "utf8"));
    const forged = new SignedTree("forged", signer);
    const a = await fake("a.example/w");
    await a.store.addCheckpoint(await forged.request(0, 50));
    await append();
    const witnesses = await open(a.pair);
    expect(troubleOf(witnesses)).toEqual(["conflict"]);
    expect(events).toMatchObject([
      {
        action: "log_tamper_suspected",
        level: "critical",
        reason: "witness_conflict",
        data: { witnessSize: 50, isProven: true },
      },
    ]);
    const [folder = ""] = readdirSync(path.join(temp.path, "evidence"));
    expect(sizeOf(readFileSync(path.join(temp.path, "evidence", folder, "witness.checkpoint"), "utf8"))).toBe(
      50,
    );
    for (let i = 0; i < 3; i++) await later(witnesses);
    expect(actions().filter((action) => action === "log_tamper_suspected")).toHaveLength(1);
    const { alerts: list } = await alerts.list();
    expect(list.map(({ ruleId, level }) => [ruleId, level])).toContainEqual([
      "telltale-witness-conflict",
      "critical",
    ]);
  });

  it("has another tree of a size that we had, too: the fork is proven", async () => {
    const signer = parseSigner(readFileSync(path.join(temp.path, "keys/main.key"), "utf8"));
    const forged = new SignedTree("forged", signer);
    const a = await fake("a.example/w");
    await append(10);
    await a.store.addCheckpoint(await forged.request(0, 7));
    const witnesses = await open(a.pair);
    expect(troubleOf(witnesses)).toEqual(["conflict"]);
    expect(events[0]).toMatchObject({ reason: "witness_conflict", data: { isProven: true } });
  });

  it("only says so: critical, but called its word", async () => {
    const a = await fake("a.example/w");
    await append(10);
    a.instead = (request, response) =>
      request.method === "GET"
        ? void response.writeHead(404).end()
        : void response.writeHead(409, { "content-type": "text/x.tlog.size" }).end("9007199254740993\n");
    await open(a.pair);
    expect(events[0]).toMatchObject({ reason: "witness_conflict", data: { isProven: false } });
  });
});

describe("a hostile witness", () => {
  it.each<[string, string, FakeWitness["instead"]]>([
    ["garbage", "bad_answer", (_, response) => void response.end("\u0000\u0001garbage")],
    ["nothing", "bad_answer", (_, response) => void response.end()],
    [
      "an endless answer",
      "bad_answer",
      (_, response) => {
        const pour = () => {
          while (response.write(Buffer.alloc(65_536, 0x20)));
        };
        response.on("drain", pour).on("error", () => undefined);
        pour();
      },
    ],
    ["404", "unknown_log", (_, response) => void response.writeHead(404).end()],
    ["403", "wrong_key", (_, response) => void response.writeHead(403).end()],
    ["422 at first contact", "refused", (_, response) => void response.writeHead(422).end()],
    ["400", "refused", (_, response) => void response.writeHead(400).end()],
    ["500", "failing", (_, response) => void response.writeHead(500).end()],
    [
      "a redirect",
      "refused",
      (_, response) => void response.writeHead(307, { location: "http://127.0.0.1:1/" }).end(),
    ],
    ["a hung up line", "unreachable", (request) => void request.socket.destroy()],
    ["409 without a size", "bad_answer", (_, response) => void response.writeHead(409).end("3\n")],
    [
      "409 with the same size",
      "bad_answer",
      (_, response) => void response.writeHead(409, { "content-type": "text/x.tlog.size" }).end("0\n"),
    ],
    [
      "409 with no number",
      "bad_answer",
      (_, response) => void response.writeHead(409, { "content-type": "text/x.tlog.size" }).end("-1\n"),
    ],
  ])("that answers %s harms nothing", async (_, code, instead) => {
    await append();
    const a = await fake("a.example/w");
    a.instead = instead;
    const witnesses = await open(a.pair);
    expect(troubleOf(witnesses)).toEqual([code]);
    expect(witnesses.published()).toBe(log.checkpoint().text);
    expect(actions()).toEqual([]);
    const asked = a.asked.length;
    await witnesses.round();
    expect(a.asked).toHaveLength(asked); // it is left alone for a while
    a.instead = undefined;
    await later(witnesses);
    expect(witnesses.status().state).toBe("witnessed");
  });

  it("is not followed from size to size", async () => {
    await append(10);
    const a = await fake("a.example/w");
    let size = 1;
    a.instead = (_, response) =>
      void response.writeHead(409, { "content-type": "text/x.tlog.size" }).end(`${size++}\n`);
    const witnesses = await open(a.pair);
    expect(troubleOf(witnesses)).toEqual(["bad_answer"]);
    expect(a.asked).toHaveLength(3);
  });

  it("cannot use another's cosignature, one of another checkpoint, or one of another time", async () => {
    await append();
    const [a, b] = [await fake("a.example/w"), await fake("b.example/w")];
    const secret = parseNoteKey(readFileSync(a.store.paths.key, "utf8"), 4).secret;
    const { name, keyId } = a.witness.key;
    const lineAt = (seconds: number) => {
      const message = cosignedMessage(parseNote(log.checkpoint().text).text, BigInt(seconds));
      return formatSignatures([
        { name, keyId, signature: formatCosignature(BigInt(seconds), sign(null, message, secret)) },
      ]);
    };
    const now = Math.floor(clock / 1000);
    const old = lineAt(now);
    await append();
    const foreign = await b.store.addCheckpoint(Buffer.from(`old 0\n\n${log.checkpoint().text}`));
    const cases: [string, () => string, string][] = [
      ["another's", () => ("body" in foreign ? foreign.body : ""), "bad_answer"],
      ["of the checkpoint before", () => old, "bad_answer"],
      ["of 1970", () => lineAt(0), "bad_clock"],
      ["of an hour ago", () => lineAt(now - 3600), "bad_clock"],
      ["of the year 10000", () => lineAt(253_402_300_800), "bad_clock"],
    ];
    for (const [what, line, code] of cases) {
      a.instead = (_, response) => void response.end(line());
      const witnesses = await open(a.pair);
      expect(troubleOf(witnesses), what).toEqual([code]);
      expect(witnesses.status().newest).toBeNull();
    }
    a.instead = (_, response) => void response.end(lineAt(now + 60));
    expect((await open(a.pair)).status().state).toBe("witnessed");
  });
});

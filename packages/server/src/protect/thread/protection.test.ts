// SPDX-License-Identifier: Apache-2.0
import { randomBytes } from "node:crypto";
import { compilePolicy } from "@telltale/protect/policy";
import { expect, it } from "vitest";
import { RatchetTable } from "../../chain/ratchet-table.js";
import { Ratchets } from "../../chain/ratchets.js";
import { splitLines } from "../../pipeline/ingest/split.js";
import { prepare, type Prepared, prepareInternal, type PrepareTools } from "../../pipeline/prepare.js";
import { loadRules } from "../../pipeline/rules.js";
import { Fingerprint, makeFingerprintSeed } from "../../pipeline/seal/fingerprint.js";
import type { Needs, Supply } from "./needs.js";
import { createOwnProtector, createThreadProtection, type ThreadProtection } from "./protection.js";

const rules = loadRules([]);
const fingerprint = new Fingerprint(makeFingerprintSeed());
const key = () => ({ id: randomBytes(16).toString("base64url"), key: randomBytes(32) });
const material = {
  epoch: { epoch: 1, key: randomBytes(32) },
  ip: randomBytes(32),
  fingerprint: randomBytes(32),
};

function open(policy: string, isOpen = true) {
  const protection = createThreadProtection({ policy: compilePolicy(policy), sealTo: undefined });
  if (isOpen) protection.keys.hear({ news: "material", material });
  const ratchets = new Ratchets(new RatchetTable());
  const tools: PrepareTools = { ...protection, rules: rules.set, ruleSet: rules.name, fingerprint, ratchets };
  return { protection, tools };
}

function run(tools: PrepareTools, ...events: object[]): Prepared {
  const body = Buffer.from(events.map((each) => JSON.stringify(each)).join("\n"));
  const sender = { received: "2026-11-22T10:00:00.000Z", via: "ingest_a" };
  return prepare([{ body, split: splitLines(body), sender }], tools);
}

const supplyFor = ({ subjects, classes }: Needs): Supply => ({
  subjects: subjects.map((each, i) => ({
    ...each,
    record: { alias: `sub_${String.fromCharCode(97 + i).repeat(26)}`, key: key() },
  })),
  classes: classes.map((each) => ({ ...each, key: key() })),
});

function supply({ keys }: ThreadProtection, needs: Needs | undefined): Needs {
  if (needs === undefined) throw new Error("nothing was needed");
  keys.supply(supplyFor(needs));
  return needs;
}

const linesOf = ({ bytes }: Prepared): { actor?: { id: string }; message?: string }[] =>
  bytes
    .toString()
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line) as object);

const person = (id: string, more: object = {}) => ({
  action: "user_updated",
  id: `event-${id}`,
  actor: { type: "user", id },
  ...more,
});
const day = "2026-11-22";
const POLICY = "version: 1\nkinds: { email: encrypt }\nfields: { client.ip: tokenize }\n";

it("asks for all subjects of a group at once, then for keys of days, and then gives every line", () => {
  const { protection, tools } = open("version: 1\nprofile: erasable\nkinds: { email: encrypt }\n");
  const events = [
    person("ada"),
    { action: "order_placed", id: "o", message: "sent to x@example.com" },
    person("bob"),
    person("ada"),
  ];
  const first = run(tools, ...events);
  expect(supply(protection, first.needs).subjects.map(({ id }) => id)).toEqual(["ada", "bob"]);
  const second = run(tools, ...events);
  expect(supply(protection, second.needs)).toEqual({ subjects: [], classes: [{ kind: "email", day }] });
  const last = run(tools, ...events);
  expect(last.needs).toBeUndefined();
  const lines = linesOf(last);
  expect(lines).toHaveLength(4);
  expect(lines.map(({ actor }) => actor?.id[4])).toEqual(["a", undefined, "b", "a"]);
  expect(lines[1]?.message).toMatch(/^sent to \[encrypted:email:/);
});

it("gives an event that is protected again the same print, although its bytes are others", () => {
  const { protection, tools } = open("version: 1\nprofile: erasable\n");
  const event = person("ada", { actor: { type: "user", id: "ada", name: "Ada Lovelace" } });
  supply(protection, run(tools, event).needs);
  const [one, two, other] = [
    run(tools, event),
    run(tools, event),
    run(tools, { ...event, action: "user_created" }),
  ] as const;
  expect(one.bytes.equals(two.bytes)).toBe(false);
  expect(one.sealedPrints).toEqual(two.sealedPrints);
  expect(one.sealedPrints).not.toEqual(other.sealedPrints);
});

it("tells of a credential when its group is whole, and not before", () => {
  const { protection, tools } = open("version: 1\nprofile: erasable\n");
  const note = ["AKIA", "QYLPMN5HHHFPZAM2"].join("");
  const events = [{ action: "order_placed", data: { note } }, person("ada", { data: { note } })];
  const first = run(tools, ...events);
  expect(first.credentials).toBeUndefined();
  supply(protection, first.needs);
  expect(run(tools, ...events).credentials).toMatchObject([
    { path: "data.note", via: "ingest_a", line: 0 },
    { path: "data.note", via: "ingest_a", line: 1 },
  ]);
});

it("without keys removes what it would hide with them, and asks for nothing that it cannot use", () => {
  const { tools, protection } = open(POLICY, false);
  const event = {
    action: "x",
    client: { ip: "203.0.113.7" },
    message: "to x@example.com",
    actor: { session: "s" },
  };
  const own = { ...tools, protector: createOwnProtector(compilePolicy(POLICY), protection.keys) };
  const sealed = prepareInternal(
    [{ v: 1, id: "i", source: { app: "t" }, ...event }],
    { received: `${day}T00:00:00.000Z`, via: "telltale" },
    own,
  );
  for (const prepared of [run(tools, event), sealed]) {
    expect(prepared.needs).toBeUndefined();
    for (const text of ["203.0.113.7", "x@example.com"]) expect(prepared.bytes.includes(text)).toBe(false);
  }
});

it("keeps the names of those who work with the log, whatever the profile", () => {
  const policy = compilePolicy("version: 1\nprofile: erasable\nfields: { data.room: remove }\n");
  const protector = createOwnProtector(policy, open("version: 1\n").protection.keys);
  const event = { action: "log_viewed", actor: { type: "user", id: "ada", name: "ada" }, data: { room: 4 } };
  protector.protect(event, { received: `${day}T00:00:00.000Z` });
  expect(event).toMatchObject({ actor: { id: "ada", name: "ada" }, data: { room: "[removed:room]" } });
});

const line = (id: string, message: string) => ({ action: "app_log", id, message, source: { app: "shop" } });
const body = (n: number): string => Buffer.alloc(48, `line ${n} of a key`).toString("base64");

it("follows a private key over its lines also where a group is prepared again with its keys", () => {
  const { protection, tools } = open("version: 1\nkinds: { email: encrypt }\n");
  run(tools, line("a", "-----BEGIN PRIVATE KEY-----"));
  const group = [
    line("b", body(1)),
    line("c", "-----END PRIVATE KEY-----"),
    line("d", "mail to x@example.com"),
  ];
  supply(protection, run(tools, ...group).needs);
  const messages = linesOf(run(tools, ...group)).map(({ message }) => message);
  expect(messages.slice(0, 2)).toEqual(["[masked:private_key]", "[masked:private_key]"]);
  expect(linesOf(run(tools, line("e", body(2))))[0]?.message).toBe(body(2));
});

// SPDX-License-Identifier: Apache-2.0
import { type Acts, type CredentialSeen, createProtector, type SubjectRecord } from "@telltale/protect";
import { createActs, createSealedReader, generateSealKeys, openEncrypted } from "@telltale/protect/acts";
import { compilePolicy, toProtectorOptions } from "@telltale/protect/policy";
import { describe, expect, it } from "vitest";
import { fakeCharacters } from "./fill.js";

const CONTEXT = { tenant: "acme", received: "2026-11-22T10:00:00.000Z" };
const SEAL_KEYS = generateSealKeys();
const key = (name: string) => ({
  id: name.padEnd(22, "_").slice(0, 22),
  key: new Uint8Array(32).fill(name.length),
});

const acts = createActs({
  epoch: () => 3,
  tokenKey: () => new Uint8Array(32).fill(1),
  ipKey: new Uint8Array(32).fill(2),
  classKey: (kind, day) => key(`${kind}-${day}`),
  sealTo: { publicKey: SEAL_KEYS.publicKey, now: () => 0 },
});

const ALICE: SubjectRecord = { alias: `sub_${"a".repeat(26)}`, key: key("first") };
const BOB: SubjectRecord = { alias: `sub_${"b".repeat(26)}`, key: key("second") };
const subjects = {
  get: (tenant: string | undefined, id: string) =>
    tenant !== "acme" ? undefined : id === "alice" ? ALICE : id === "bob" ? BOB : undefined,
};

type Json = Record<string, unknown>;

/** Protects a copy under a policy, and again, which must change nothing. */
function protect(policy: string, event: Json, context = CONTEXT): { event: Json; fields: string[] } {
  const protector = createProtector({ ...toProtectorOptions(compilePolicy(policy)), acts, subjects });
  const copy = structuredClone(event);
  const fields = protector.protect(copy, context);
  if (fields !== null) copy["protected"] = { policy: protector.policy, fields };
  const once = JSON.stringify(copy);
  expect(protector.protect(copy, context)).toBeNull();
  expect(JSON.stringify(copy)).toBe(once);
  delete copy["protected"];
  return { event: copy, fields: (fields ?? []).map(({ path, how, kind }) => `${path} ${how} ${kind}`) };
}

function open(marker: unknown): string {
  const keys = [ALICE.key, BOB.key, key("email-2026-11-22"), key("name-2026-11-22"), key("note-2026-11-22")];
  keys.push(key("customer-2026-11-22"));
  return openEncrypted(String(marker), (id) => keys.find((each) => each.id === id)?.key);
}

describe("the default with keys", () => {
  const protector = createProtector({ acts });

  it("leaves an ordinary event alone, and makes a token of a session", () => {
    const event = {
      actor: { type: "user", id: "alice", name: "Alice" },
      client: { ip: "203.0.113.7" },
      message: "in",
    };
    expect(protector.protect(event, CONTEXT)).toBeNull();
    const other: Json = {
      actor: { id: "alice", session: "s-1" },
      data: { session_id: "s-1", password: "x" },
    };
    expect(protector.protect(other, CONTEXT)).toEqual([
      { path: "actor.session", how: "tokenized", kind: "session" },
      { path: "data.session_id", how: "tokenized", kind: "session" },
      { path: "data.password", how: "removed", kind: "password" },
    ]);
    const token = acts.tokenize("acme", "session", "s-1");
    expect(other).toEqual({
      actor: { id: "alice", session: token },
      data: { session_id: token, password: "[removed:password]" },
    });
    expect(protector.protect(other, CONTEXT)).toBeNull();
  });

  it("without keys leaves the session as it was", () => {
    expect(createProtector().protect({ actor: { session: "s-1" } })).toBeNull();
  });

  it("removes what an act fails for", () => {
    const failing: Acts = {
      tokenize: () => {
        throw new Error("no key");
      },
      tokenizeIp: () => undefined,
      encrypt: () => "",
    };
    const event = { actor: { session: "s-1" }, message: "session_id=abcdef12" };
    expect(createProtector({ acts: failing }).protect(event, CONTEXT)).toEqual([
      { path: "actor.session", how: "removed", kind: "undecided" },
      { path: "message", how: "removed", kind: "undecided" },
    ]);
    expect(event).toEqual({
      actor: { session: "[removed:undecided]" },
      message: "session_id=[removed:undecided]",
    });
  });
});

describe("acts by kind", () => {
  const event = {
    message: "card 4111 1111 1111 1111 of alice@example.com",
    data: { card_number: "4111111111111111", contact: "bob@example.com", n: 4111111111111111 },
  };

  it("keep and remove", () => {
    expect(protect("version: 1\nkinds: { card: keep, email: remove }", event).event).toEqual({
      message: "card 4111 1111 1111 1111 of [removed:email]",
      data: { card_number: "4111111111111111", contact: "[removed:email]", n: 4111111111111111 },
    });
  });

  it("mask and last4", () => {
    const { event: masked } = protect("version: 1\nkinds: { card: mask, email: mask }", event);
    expect(masked["message"]).toBe("card [masked:card 411111******1111] of [masked:email]");
    expect(protect("version: 1\nkinds: { card: last4 }", event).event).toEqual({
      message: "card [masked:card ****1111] of [masked:email]",
      data: { card_number: "[masked:card ****1111]", contact: "[masked:email]", n: "[masked:card ****1111]" },
    });
    expect(
      protect("version: 1\nkinds: { pin: remove, session: last4 }", { data: { session_id: "abc" } }).event,
    ).toEqual({
      data: { session_id: "[masked:session]" },
    });
  });

  it("tokenize and encrypt", () => {
    const { event: hidden, fields } = protect("version: 1\nkinds: { card: tokenize, email: encrypt }", event);
    const token = acts.tokenize("acme", "card", "4111111111111111");
    expect(hidden["data"]).toMatchObject({ card_number: token, n: token });
    expect(open((hidden["data"] as Json)["contact"])).toBe("bob@example.com");
    expect(fields).toEqual([
      "message tokenized card",
      "message encrypted email",
      "data.card_number tokenized card",
      "data.contact encrypted email",
      "data.n tokenized card",
    ]);
  });

  it("tokenize addresses in a text once, and only where it was asked", () => {
    const policy = "version: 1\nkinds: { ip: tokenize }\ntenants: { other: { kinds: { ip: keep } } }";
    const seen = { message: "login from 203.0.113.7 and 203.0.113.8" };
    const tokens = ["203.0.113.7", "203.0.113.8"].map((address) => acts.tokenizeIp("acme", address));
    expect(protect(policy, seen).event).toEqual({
      message: `login from ${tokens[0] ?? ""} and ${tokens[1] ?? ""}`,
    });
    expect(protect(policy, seen, { ...CONTEXT, tenant: "other" }).event).toEqual(seen);
    expect(protect("version: 1", seen).event).toEqual(seen);
    const own = "version: 1\ntenants: { acme: { kinds: { ip: remove, name: encrypt } } }";
    expect(protect(own, seen).event).toEqual({ message: "login from [removed:ip] and [removed:ip]" });
    expect(
      protect(own, { ...seen, data: { full_name: "Alice" } }, { ...CONTEXT, tenant: "b" }).event,
    ).toEqual({
      ...seen,
      data: { full_name: "Alice" },
    });
  });

  it("encrypt what stands under the name of something personal, whole", () => {
    const { event: hidden } = protect("version: 1\nkinds: { name: encrypt, address: tokenize }", {
      data: { full_name: { first: "Alice", password: "x" }, last_name: "A", postal_address: { street: "1" } },
    });
    const data = hidden["data"] as Json;
    expect(open(data["full_name"])).toBe('{"first":"Alice","password":"[removed:password]"}');
    expect(open(data["last_name"])).toBe("A");
    expect(data["postal_address"]).toBe("[removed:address]");
  });

  it("hides a kind whole in a name of somebody", () => {
    const { event: hidden } = protect("version: 1\nkinds: { card: tokenize }", {
      actor: { name: "4111 1111 1111 1111" },
    });
    expect(hidden).toEqual({ actor: { name: acts.tokenize("acme", "card", "4111 1111 1111 1111") } });
  });
});

describe("acts by field", () => {
  const POLICY = `version: 1
fields:
  client.ip: tokenize
  data.customer: encrypt
  data.customer.id: keep
  "data.*.secretNote": remove
  data.diagnosis: { act: write-only, kind: health }
  data.tags: mask
  data.iban: last4
  request.status: remove
  changes.email: tokenize
  "**.note": encrypt
`;

  it("do what the most exact rule says", () => {
    const { event, fields } = protect(POLICY, {
      client: { ip: "203.0.113.7", port: 443 },
      request: { status: 200, path: "/" },
      changes: [
        { field: "email", from: "a@b.example", to: "c@b.example" },
        { field: "role", from: "user", to: "admin" },
      ],
      data: {
        customer: { id: 7, name: "Alice", deep: { list: ["x", true, null] } },
        order: { secretNote: { a: 1 }, other: 1 },
        diagnosis: "flu",
        tags: ["a", 1, false, null, ""],
        iban: "DE89 3704 0044 0532 0130 00",
        nested: [{ note: "hello password=hunter2x" }],
      },
    });
    const data = event["data"] as Record<string, Json> & { diagnosis: string };
    expect(event["client"]).toEqual({ ip: acts.tokenizeIp("acme", "203.0.113.7"), port: 443 });
    expect(event["request"]).toEqual({ path: "/" });
    expect(event["changes"]).toEqual([
      {
        field: "email",
        from: acts.tokenize("acme", "email", "a@b.example"),
        to: acts.tokenize("acme", "email", "c@b.example"),
      },
      { field: "role", from: "user", to: "admin" },
    ]);
    expect(data["customer"]?.["id"]).toBe(7);
    expect(open(data["customer"]?.["name"])).toBe("Alice");
    expect(open(data["customer"]?.["deep"] as Json | undefined as unknown)).toBe('{"list":["x",true,null]}');
    expect(data["order"]).toEqual({ secretNote: "[removed:secret_note]", other: 1 });
    expect(createSealedReader(SEAL_KEYS.privateKey)(data.diagnosis)).toBe("flu");
    expect(data["tags"]).toEqual(["[masked:tags]", "[masked:tags]", "[masked:tags]", null, ""]);
    expect(data["iban"]).toBe("[masked:iban ****3000]");
    expect(open((data["nested"] as unknown as Json[])[0]?.["note"])).toBe("hello password=[masked:password]");
    expect(fields).toContain("data.customer.deep encrypted customer");
    expect(fields).toContain("request.status removed status");
  });

  it("do not bring back what a name or a text hides", () => {
    const { event } = protect(
      'version: 1\nfields: { "data.**": keep, data.api_token: keep, message: keep }',
      {
        message: "mail a@b.example, token ghp_" + fakeCharacters("alnum", 36, "x"),
        data: { password: "x", credentials: { password: "y" }, api_token: "plain", contact: "a@b.example" },
      },
    );
    expect(event).toEqual({
      message: "mail a@b.example, token [masked:github_token]",
      data: {
        password: "[removed:password]",
        credentials: { password: "[removed:password]" },
        api_token: "plain",
        contact: "a@b.example",
      },
    });
  });

  it("remove secrets before anything is encrypted whole", () => {
    const { event, fields } = protect("version: 1\nfields: { data.customer: encrypt }", {
      data: { customer: { name: "Alice", password: "hunter2", mail: "a@b.example" } },
    });
    expect(open((event["data"] as Json)["customer"])).toBe(
      '{"name":"Alice","password":"[removed:password]","mail":"a@b.example"}',
    );
    expect(fields).toEqual(["data.customer encrypted customer"]);
  });

  it("leave what the rest is understood by", () => {
    const event = {
      actor: { type: "user", id: "x" },
      targets: [{ type: "file", id: "y" }],
      changes: [{ field: "a", to: 1 }],
    };
    const { event: hidden } = protect('version: 1\nfields: { "**": remove }', {
      id: "1",
      action: "a",
      time: "t",
      ...event,
    });
    expect(hidden).toEqual({
      id: "1",
      action: "a",
      time: "t",
      actor: { type: "user", id: "[removed:field]" },
      targets: [{ type: "file", id: "[removed:field]" }],
      changes: [{ field: "a", to: "[removed:field]" }],
    });
  });

  it("keep networks of addresses, in both spellings and for each tenant", () => {
    const policy = "version: 1\nfields: { client.ip: tokenize, data.origin_ip: tokenize }";
    const one = protect(policy, { client: { ip: "203.0.113.7" }, data: { origin_ip: "unknown" } });
    expect(one.event["data"]).toEqual({ origin_ip: acts.tokenize("acme", "origin_ip", "unknown") });
    const other = protect(policy, { client: { ip: "203.0.113.7" } }, { ...CONTEXT, tenant: "other" });
    expect(other.event).not.toEqual(one.event);
  });

  it("without keys fail closed", () => {
    const policy = compilePolicy(
      "version: 1\nfields: { client.ip: tokenize, data.a: encrypt, data.b: write-only }",
    );
    const event = { client: { ip: "203.0.113.7" }, data: { a: "1", b: "2" } };
    createProtector({ policy }).protect(event, CONTEXT);
    expect(event).toEqual({
      client: { ip: "[removed:undecided]" },
      data: { a: "[removed:undecided]", b: "[removed:undecided]" },
    });
  });
});

describe("unknown fields", () => {
  it("are removed when the policy says so, whatever they hold", () => {
    const { event, fields } = protect(
      'version: 1\nunknown: remove\nfields: { data.order: keep, data.customer.id: keep, changes.role: keep, "**.total": keep }',
      {
        message: "stays",
        changes: [
          { field: "role", from: "user", to: "admin" },
          { field: "name", from: "A", to: { b: 1 } },
        ],
        data: {
          order: { id: 1, password: "x" },
          customer: { id: 7, name: "Alice" },
          a: true,
          b: [1],
          c: null,
          sum: { total: 3, rest: 1 },
        },
      },
    );
    expect(event).toEqual({
      message: "stays",
      changes: [
        { field: "role", from: "user", to: "admin" },
        { field: "name", from: "[removed:unknown]", to: { b: "[removed:unknown]" } },
      ],
      data: {
        order: { id: 1, password: "[removed:password]" },
        customer: { id: 7, name: "[removed:unknown]" },
        a: "[removed:unknown]",
        // A total may stand anywhere, so every list is looked into.
        b: ["[removed:unknown]"],
        c: null,
        sum: { total: 3, rest: "[removed:unknown]" },
      },
    });
    expect(fields).toContain("data.b[0] removed unknown");
  });

  it("only for the tenant that asks", () => {
    const policy = "version: 1\ntenants: { acme: { unknown: remove } }";
    expect(protect(policy, { data: { a: 1 } }).event).toEqual({ data: { a: "[removed:unknown]" } });
    expect(protect(policy, { data: { a: 1 } }, { ...CONTEXT, tenant: "constructor" }).event).toEqual({
      data: { a: 1 },
    });
  });
});

const toEvent = (): Json => ({
  message: "alice@example.com wrote to bob@example.com",
  actor: {
    type: "user",
    id: "alice",
    name: "Alice",
    email: "alice@example.com",
    onBehalfOf: { id: "bob", name: "Bob" },
  },
  targets: [
    { type: "user", id: "bob", name: "Bob" },
    { type: "file", id: "f-1", name: "Alice's notes" },
  ],
});

describe("the erasable profile", () => {
  const POLICY = compilePolicy("version: 1\nprofile: erasable");
  const protector = createProtector({ policy: POLICY, acts, subjects });
  it("puts aliases in the place of people, and encrypts their names under their keys", () => {
    const hidden = toEvent();
    const fields = protector.protect(hidden, CONTEXT) ?? [];
    // The random text of a marker may spell any short name.
    const plain = JSON.stringify(hidden).replaceAll(/\[encrypted:[^\]]*\]/g, "");
    expect(plain).not.toMatch(/alice|bob/i);
    const actor = hidden["actor"] as Record<string, Json>;
    expect([actor["id"], actor["onBehalfOf"]?.["id"]]).toEqual([ALICE.alias, BOB.alias]);
    const targets = hidden["targets"] as Json[];
    expect(targets.map(({ id }) => id)).toEqual([BOB.alias, "f-1"]);
    const keyIds = [
      actor["name"],
      actor["email"],
      actor["onBehalfOf"]?.["name"],
      targets[0]?.["name"],
      targets[1]?.["name"],
    ].map((marker) => String(marker).split(":")[2]);
    expect(keyIds).toEqual([ALICE, ALICE, BOB, BOB, ALICE].map((record) => record.key.id));
    expect(open(targets[1]?.["name"])).toBe("Alice's notes");
    expect(
      String(hidden["message"])
        .match(/\[encrypted:email:[^\]]*\]/g)
        ?.map(open),
    ).toEqual(["alice@example.com", "bob@example.com"]);
    expect(fields.map(({ path, how, kind }) => `${path} ${how} ${kind}`)).toEqual([
      "actor.id tokenized subject",
      "actor.name encrypted name",
      "actor.email encrypted email",
      "actor.onBehalfOf.id tokenized subject",
      "actor.onBehalfOf.name encrypted name",
      "targets[0].id tokenized subject",
      "targets[0].name encrypted name",
      "targets[1].name encrypted name",
      "message encrypted email",
    ]);
    const once = JSON.stringify(hidden);
    expect(protector.protect(hidden, CONTEXT)).toBeNull();
    expect(JSON.stringify(hidden)).toBe(once);
  });

  it("asks for the subjects that it needs, and stores none that nobody could erase", () => {
    const stranger = { ...toEvent(), actor: { type: "user", id: "carol", name: "Carol" } };
    expect(protector.missingSubjects(toEvent(), CONTEXT)).toEqual([]);
    expect(protector.missingSubjects(stranger, CONTEXT)).toEqual(["carol"]);
    expect(protector.missingSubjects(toEvent(), { ...CONTEXT, tenant: "other" })).toEqual(["alice", "bob"]);
    protector.protect(stranger, CONTEXT);
    expect(stranger.actor).toMatchObject({ id: "[removed:undecided]" });
    expect(open(stranger.actor.name)).toBe("Carol");
  });

  it("gives services and the system no alias", () => {
    const service = {
      actor: { type: "service", id: "billing", name: "Billing" },
      targets: [{ type: "order", id: "7" }],
    };
    expect(protector.missingSubjects(service, CONTEXT)).toEqual([]);
    protector.protect(service, CONTEXT);
    expect(service.actor.id).toBe("billing");
    expect(open(service.actor.name)).toBe("Billing");
  });

  it("leaves a field to the rule that names it, and a secret to the walk", () => {
    const policy = compilePolicy(
      "version: 1\nprofile: erasable\nfields: { actor.name: keep, actor.id: tokenize }",
    );
    const jwt = ["eyJhbGciOiJIUzI1NiJ9", "eyJzdWIiOiIxIn0", "s".repeat(43)].join(".");
    const hidden = { actor: { id: "alice", name: "Alice", email: jwt } };
    createProtector({ policy, acts, subjects }).protect(hidden, CONTEXT);
    expect(hidden.actor).toEqual({
      id: acts.tokenize("acme", "user", "alice"),
      name: "Alice",
      email: "[masked:jwt]",
    });
  });

  it("costs nothing where nobody asked for it", () => {
    expect(createProtector({ acts, subjects }).missingSubjects(toEvent(), CONTEXT)).toEqual([]);
    expect(createProtector().missingSubjects(toEvent())).toEqual([]);
  });
});

describe("a preview", () => {
  it("shows what would be stored, changes nothing and tells nobody", () => {
    const told: CredentialSeen[] = [];
    const policy = compilePolicy("version: 1\nprofile: erasable");
    const protector = createProtector({ policy, acts, subjects, onCredential: (seen) => told.push(seen) });
    const event = { actor: { id: "carol" }, data: { password: "correct-horse-7" } };
    const before = JSON.stringify(event);
    const { event: shown, fields, sure } = protector.preview(event, CONTEXT);
    expect(JSON.stringify(event)).toBe(before);
    expect(shown).toEqual({
      actor: { id: `sub_${"x".repeat(26)}` },
      data: { password: "[removed:password]" },
    });
    expect(fields.map(({ path }) => path)).toEqual(["actor.id", "data.password"]);
    expect(sure).toEqual([{ path: "data.password", kind: "password" }]);
    expect(told).toEqual([]);
  });
});

function told(event: Json): string[] {
  const seen: CredentialSeen[] = [];
  const protector = createProtector({ onCredential: (each) => seen.push(each) });
  protector.protect(event);
  expect(protector.protect(event)).toBeNull();
  return seen.map(({ path, kind, value }) => `${path} ${kind} ${value}`);
}

describe("credentials that are told", () => {
  it("are those that somebody must replace", () => {
    const generated = fakeCharacters("alnum", 32, "told");
    expect(
      told({ data: { password: "$unter2!", api_key: generated, list: [{ db_password: "s3cret-pw" }] } }),
    ).toEqual([
      "data.password password $unter2!",
      `data.api_key api_key ${generated}`,
      "data.list[0].db_password password s3cret-pw",
    ]);
  });

  it("are no placeholders, examples, codes, and nothing that was hidden before", () => {
    expect(
      told({
        data: {
          password: "<your password>",
          db_password: "${DB_PASSWORD}",
          old_password: "aaaaaaaa",
          my_password: "$PASSWORD",
          our_password: "password123",
          new_password: "changeme",
          token: "short",
          api_key: "your-api-key-goes-here",
          otp: "123456",
          cookie: fakeCharacters("alnum", 32, "c"),
          secret: "[removed:secret]",
        },
      }),
    ).toEqual([]);
  });
});

function version(text: string): string {
  return createProtector(toProtectorOptions(compilePolicy(text))).policy;
}

describe("patterns of a policy", () => {
  it("must come with it", () => {
    const policy = compilePolicy(
      "version: 1\npatterns: [{ kind: badge, pattern: 'BDG-[0-9]{6}' }]\nkinds: { badge: tokenize }",
    );
    expect(() => createProtector({ policy, acts })).toThrow(TypeError);
    const protector = createProtector({ ...toProtectorOptions(structuredClone(policy)), acts });
    const event = { message: "badge BDG-123456" };
    protector.protect(event, CONTEXT);
    expect(event.message).toBe(`badge ${acts.tokenize("acme", "badge", "BDG-123456")}`);
  });

  it("have a part in the version", () => {
    expect(version("version: 1\npatterns: [{ kind: badge, pattern: a }]")).not.toBe(version("version: 1"));
    expect(version("version: 1\nunknown: remove")).not.toBe(version("version: 1"));
    expect(createProtector({ acts }).policy).not.toBe(createProtector().policy);
  });
});

describe("hostile events", () => {
  const rules = Array.from({ length: 60 }, (_, i) => `"**.a.k${i}": tokenize`);
  const wide = Array.from({ length: 900 }, (_, i) => `data.*.*.f${i}: mask`);
  const policy = compilePolicy(
    `version: 1\nprofile: erasable\nkinds: { ip: tokenize }\nfields: {${[...rules, ...wide].join()}}`,
  );
  const protector = createProtector({ policy, acts, subjects });

  it("get no more than fits an event; the rest is masked", () => {
    const list = "a@b.example ".repeat(500);
    const event = { message: list, data: { first: list, second: list, note: "x" } };
    const own = createProtector({
      policy: compilePolicy("version: 1\nkinds: { email: encrypt }\nfields: { data.note: remove }"),
      acts,
    });
    const fields = own.protect(event, CONTEXT);
    expect(JSON.stringify(event).length).toBeLessThan(140_000);
    expect(event.message).toMatch(/^\[encrypted:email:/);
    expect(event.data.second).toMatch(/\[masked:email\] $/);
    expect(event.data.note).toBe("[removed:note]");
    expect(new Set(fields?.map(({ how }) => how))).toEqual(new Set(["encrypted", "masked", "removed"]));
    expect(own.protect(event, CONTEXT)).toBeNull();
  });

  it("are masked whole where a text is a list of what is to be hidden", () => {
    const event = { message: "a@b.example ".repeat(4_000) };
    const own = createProtector({ policy: compilePolicy("version: 1\nkinds: { email: encrypt }"), acts });
    own.protect(event, CONTEXT);
    expect(event.message).toBe("[masked:email]");
  });

  it.each([
    ["addresses", () => ({ message: "a@b.example ".repeat(4_000) })],
    ["hosts", () => ({ message: "203.0.113.7 ".repeat(4_000) })],
    ["markers", () => ({ message: "[encrypted:email:".repeat(3_000) })],
    [
      "names that no rule knows",
      () => ({ data: Object.fromEntries(Array.from({ length: 4_000 }, (_, i) => [`n${i}`, { a: 1 }])) }),
    ],
    [
      "every way through the rules",
      () => ({
        data: Array.from({ length: 60 }, (_, i) =>
          Array.from({ length: 30 }, (__, j) => ((i >> (j % 6)) & 1 ? "a" : `k${j}`)).reduce<unknown>(
            (inner, name) => ({ [name]: inner }),
            "x",
          ),
        ),
      }),
    ],
    [
      "a long list",
      () => ({ targets: Array.from({ length: 1_500 }, () => ({ type: "user", id: "alice", name: "A" })) }),
    ],
  ])("of %s end in bounded time", (_, make) => {
    const start = performance.now();
    protector.missingSubjects(make(), CONTEXT);
    protector.protect(make(), CONTEXT);
    expect(performance.now() - start).toBeLessThan(10_000);
  });
});

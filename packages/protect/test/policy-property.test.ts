// SPDX-License-Identifier: Apache-2.0
import { createProtector, type FieldAct, isMarker, type KindAct } from "@telltale/protect";
import { createActs, generateSealKeys } from "@telltale/protect/acts";
import { compilePolicy } from "@telltale/protect/policy";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { fakeCharacters } from "./fill.js";

const KEY = new Uint8Array(32).fill(3);
const acts = createActs({
  epoch: () => 1,
  tokenKey: () => KEY,
  ipKey: KEY,
  classKey: (kind) => ({ id: kind.padEnd(22, "_"), key: KEY }),
  sealTo: { publicKey: generateSealKeys().publicKey, now: () => 0 },
});
const subjects = { get: () => ({ alias: `sub_${"a".repeat(26)}`, key: { id: "s".repeat(22), key: KEY } }) };
const CONTEXT = { tenant: "acme", received: "2026-11-22T10:00:00.000Z" };

const name = fc.constantFrom("a", "b", "note", "email", "password", "ip", "__proto__", "constructor");
const step = fc.oneof({ weight: 4, arbitrary: name }, { weight: 1, arbitrary: fc.constantFrom("*", "**") });
const path = fc
  .tuple(
    fc.constantFrom("data", "changes", "actor", "client", "request", "message", "**", "*"),
    fc.array(step, { maxLength: 3 }),
  )
  .map(([root, steps]) => [root, ...steps])
  .filter((steps) => steps.filter((each) => each === "**").length < 2)
  .map((steps) => steps.join("."))
  .filter((text) => !["actor.type", "changes.field"].includes(text));
const kindAct = fc.constantFrom<KindAct>("keep", "mask", "last4", "remove", "tokenize", "encrypt");
const fieldAct = fc.constantFrom<FieldAct>(
  "keep",
  "mask",
  "last4",
  "remove",
  "tokenize",
  "encrypt",
  "write-only",
);
const policy = fc.record({
  version: fc.constant(1),
  profile: fc.constantFrom("plain", "erasable"),
  unknown: fc.constantFrom("keep", "remove"),
  kinds: fc.dictionary(fc.constantFrom("email", "card", "ip", "phone", "session", "iban"), kindAct),
  fields: fc.dictionary(path, fieldAct, { maxKeys: 5 }),
});

const SECRET = `ghp_${fakeCharacters("alnum", 36, "policy")}`;
const scalar = fc.constantFrom(
  ..."alice@example.com|4111111111111111|203.0.113.7|DE89370400440532013000|x|hello alice@example.com from 203.0.113.7|[token:a:1:aaaaaaaaaaaaaaaaaaaaaa]|[removed:x]".split(
    "|",
  ),
  SECRET,
  `token=${SECRET}&x=1`,
  7,
  true,
  null,
);
const { tree } = fc.letrec((tie) => ({
  tree: fc.oneof(
    { depthSize: "small" },
    scalar,
    fc.array(tie("tree"), { maxLength: 3 }),
    fc.dictionary(name, tie("tree"), { maxKeys: 4 }),
  ),
}));
const event = fc.record(
  {
    message: scalar,
    actor: fc.record({ type: fc.constant("user"), id: scalar, name: scalar, email: scalar, session: scalar }),
    targets: fc.array(fc.record({ type: fc.constantFrom("user", "file"), id: scalar, name: scalar }), {
      maxLength: 2,
    }),
    client: fc.record({ ip: scalar, port: fc.constant(443) }),
    changes: fc.array(fc.record({ field: name, from: tree, to: tree }), { maxLength: 2 }),
    data: fc.dictionary(name, tree, { maxKeys: 4 }),
  },
  { requiredKeys: [] },
);

describe("any policy, any event", () => {
  it("ends, keeps every secret out, lists what it did, and does nothing the second time", () => {
    fc.assert(
      fc.property(policy, event, (text, written) => {
        const compiled = compilePolicy(JSON.stringify(text));
        const protector = createProtector({ policy: compiled, acts, subjects });
        const copy = JSON.parse(JSON.stringify(written)) as Record<string, unknown>;
        const before = JSON.stringify(copy);
        const fields = protector.protect(copy, CONTEXT);
        const after = JSON.stringify(copy);
        expect(after).not.toContain(SECRET);
        if (fields === null) {
          expect(after).toBe(before);
          return;
        }
        copy["protected"] = { policy: protector.policy, fields };
        const once = JSON.stringify(copy);
        expect(protector.protect(copy, CONTEXT)).toBeNull();
        expect(JSON.stringify(copy)).toBe(once);
      }),
      { numRuns: 200 },
    );
  });

  it("stores of a field that must be removed nothing but a marker", () => {
    fc.assert(
      fc.property(tree, (value) => {
        const protector = createProtector({
          policy: compilePolicy("version: 1\nfields: { data.a: remove }"),
          acts,
        });
        const copy = JSON.parse(JSON.stringify({ data: { a: value } })) as { data: { a: unknown } };
        protector.protect(copy, CONTEXT);
        const { a } = copy.data;
        const isEmpty = typeof a === "object" && (a === null || Object.keys(a).length === 0);
        expect(isEmpty || (typeof a === "string" && isMarker(a))).toBe(true);
      }),
    );
  });
});

// SPDX-License-Identifier: Apache-2.0
import { createProtector } from "@telltale/protect";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { fakeCharacters } from "./fill.js";

const protector = createProtector();

/** Secrets that are found by what they are. Made from a number, so that no case can hide behind a lucky example. */
const CONTENT = {
  jwt: (seed: string) =>
    `eyJ${fakeCharacters("alnum", 20, seed)}.eyJ${fakeCharacters("alnum", 30, seed)}.${fakeCharacters("base64url", 43, seed)}`,
  aws: (seed: string) => `AKIA${fakeCharacters("base32", 16, seed)}`,
  github: (seed: string) => `ghp_${fakeCharacters("alnum", 36, seed)}`,
  slack: (seed: string) => `xoxb-${fakeCharacters("digits", 12, seed)}-${fakeCharacters("alnum", 24, seed)}`,
  stripe: (seed: string) => `sk_live_${fakeCharacters("alnum", 24, seed)}`,
  google: (seed: string) => `AIza${fakeCharacters("base64url", 35, seed)}`,
  npm: (seed: string) => `npm_${fakeCharacters("alnum", 36, seed)}`,
  sendgrid: (seed: string) =>
    `SG.${fakeCharacters("base64url", 22, seed)}.${fakeCharacters("base64url", 43, seed)}`,
  telltale: (seed: string) => `tt_ingest_k3f7a2b4c5d6_${fakeCharacters("lower", 52, seed)}`,
  pem: (seed: string) =>
    `-----BEGIN PRIVATE KEY-----\n${fakeCharacters("alnum", 64, seed)}\n-----END PRIVATE KEY-----`,
  bearer: (seed: string) => `Bearer a1${fakeCharacters("alnum", 30, seed)}`,
  url: (seed: string) => `postgres://app:${fakeCharacters("alnum", 12, seed)}@db/shop`,
  named: (seed: string) => `password=Q7${fakeCharacters("alnum", 10, seed)}`,
  json: (seed: string) => `{"user":"x","passwd":"Q7${fakeCharacters("alnum", 10, seed)}"}`,
};

/** The part of a planted text that must be gone. */
const CORE = /[A-Za-z0-9_-]{12,}/g;

const NAMES = [
  "password",
  "X-Api-Key",
  "clientSecret",
  "access_token",
  "db.passwd",
  "authorization",
  "private_key",
];

const plain = fc.constantFrom("user", "note", "count", "state", "list", "a", "b", "__proto__", "constructor");
const value = fc.oneof(
  fc.integer(),
  fc.boolean(),
  fc.constant(null),
  fc.constantFrom("", "ok", "order 42", "10:00:00", "x=y", "[1]", "\u0000", "\ud800", "a\u202eb", "ünï"),
);
const { tree } = fc.letrec((tie) => ({
  tree: fc.oneof(
    { depthSize: "small" },
    value,
    fc.array(tie("tree"), { maxLength: 4 }),
    fc.dictionary(plain, tie("tree"), { maxKeys: 4 }),
  ),
}));

/** A place for a secret: in text, as a whole value, as a name, under a secret name. */
const planted = fc.record({
  seed: fc.nat(),
  kind: fc.constantFrom(...(Object.keys(CONTENT) as (keyof typeof CONTENT)[])),
  place: fc.constantFrom("text", "value", "key", "named", "identity"),
  name: fc.constantFrom(...NAMES),
  before: fc.constantFrom("", "failed: ", "(", '"', "x ", "a=b&"),
  after: fc.constantFrom("", " for bob", ")", '"', ", next", ".", "&c=d"),
  depth: fc.nat(12),
});

type Planted = typeof planted extends fc.Arbitrary<infer T> ? T : never;

function plant(
  base: unknown,
  { seed, kind, place, name, before, after, depth }: Planted,
): [Record<string, unknown>, string[]] {
  const secret = CONTENT[kind](String(seed));
  const opaque = fakeCharacters("alnum", 18, `opaque${seed}`);
  let inner: unknown;
  if (place === "named") inner = { [name]: opaque };
  else if (place === "key") inner = { [secret]: 1 };
  else inner = place === "value" || place === "identity" ? secret : `${before}${secret}${after}`;
  for (let i = 0; i < depth; i++) inner = i % 2 === 0 ? [inner] : { note: inner };
  const event =
    place === "identity" ? { actor: { id: inner }, data: base } : { message: "m", data: { base, inner } };
  const cores = place === "named" ? [opaque] : coresOf(kind, secret);
  return [JSON.parse(JSON.stringify(event)) as Record<string, unknown>, cores];
}

function coresOf(kind: string, secret: string): string[] {
  const cores = secret.match(CORE) ?? [];
  return cores
    .filter((core) => core !== "-----BEGIN" && core !== "-----END" && core !== "PRIVATE")
    .map((core) => (kind === "telltale" ? core.slice(-52) : core));
}

describe("planted secrets", () => {
  it("never survive, wherever they stand", () => {
    fc.assert(
      fc.property(tree, planted, (base, where) => {
        const [event, cores] = plant(base, where);
        const fields = protector.protect(event);
        const text = JSON.stringify(event) + JSON.stringify(fields);
        expect(fields).not.toBeNull();
        for (const core of cores) expect(text).not.toContain(core);
        expect(protector.protect(event)).toBeNull();
        expect(JSON.stringify(event) + JSON.stringify(fields)).toBe(text);
      }),
      { numRuns: 3000 },
    );
  });
});

const PIECES =
  "password|token|key|api |=|:| |\"|'|\\|{|}|[|]|,|;|&|@|%40|%3D|://|a|1|.|-|<|>|/|eyJabcdefgh.|Bearer |Basic |4111 1111 1111 1111|[masked:jwt]|[removed:|[masked:npm_token]|cookie|authorization|is |\u200b|\uff1d|密码|x@y.example".split(
    "|",
  );

describe("any JSON", () => {
  it("is protected without an error, and twice as once", () => {
    fc.assert(
      fc.property(
        fc.jsonValue({ maxDepth: 6 }),
        fc.array(fc.string({ unit: "binary", maxLength: 80 }), { maxLength: 5 }),
        (json, texts) => {
          const event = JSON.parse(JSON.stringify({ data: json, message: texts.join("=") })) as Record<
            string,
            unknown
          >;
          protector.protect(event);
          const once = JSON.stringify(event);
          expect(protector.protect(event)).toBeNull();
          expect(JSON.stringify(event)).toBe(once);
        },
      ),
      { numRuns: 2000 },
    );
  });

  it("texts of the characters that detectors look for are protected twice as once", () => {
    const pieces = fc.constantFrom(...PIECES);
    fc.assert(
      fc.property(fc.array(pieces, { maxLength: 14 }), (parts) => {
        const once = protector.protectText(parts.join("")).text;
        expect(protector.protectText(once)).toEqual({ text: once, found: [] });
      }),
      { numRuns: 8000 },
    );
  });
});

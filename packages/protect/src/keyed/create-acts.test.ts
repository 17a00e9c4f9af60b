// SPDX-License-Identifier: Apache-2.0
import { isIP } from "node:net";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { isMarker, parseMarker } from "../act/marker.js";
import { createActs } from "./create-acts.js";
import { openEncrypted } from "./encrypt.js";
import { createSealedReader, generateSealKeys } from "./sealed.js";
import { normalizeForToken } from "./token.js";

const KEYS = {
  epoch: () => 3,
  tokenKey: (epoch: number) => new Uint8Array(32).fill(epoch),
  ipKey: new Uint8Array(32).fill(9),
  classKey: (kind: string, day: string) =>
    day === "2026-11-22"
      ? { id: kind.padEnd(22, "x"), key: new Uint8Array(32).fill(kind.length) }
      : undefined,
};
const acts = createActs(KEYS);

const tenant = fc.constantFrom(undefined, "acme", "b");
const kind = fc.constantFrom("email", "session", "phone", "iban", "user");
const value = fc.oneof(
  fc.constantFrom("a@b.example", "A@B.example", "+49 30 1", "+49301", "DE89 3704", "de893704", "x\0y", ""),
  fc.string({ unit: "grapheme" }),
);

describe("tokens", () => {
  it("are equal exactly for equal values of one tenant and kind", () => {
    fc.assert(
      fc.property(tenant, kind, value, tenant, kind, value, (tenantA, kindA, a, tenantB, kindB, b) => {
        const equal =
          tenantA === tenantB &&
          kindA === kindB &&
          normalizeForToken(kindA, a) === normalizeForToken(kindB, b);
        const token = acts.tokenize(tenantA, kindA, a);
        expect(token === acts.tokenize(tenantB, kindB, b)).toBe(equal);
        expect(isMarker(token)).toBe(true);
      }),
      { numRuns: 1000 },
    );
  });

  it("have nothing in common in two epochs", () => {
    const bodies = [1, 2].map((epoch) => {
      const marker = parseMarker(createActs({ ...KEYS, epoch: () => epoch }).tokenize("t", "session", "abc"));
      return marker?.type === "token" ? marker : undefined;
    });
    expect(bodies.map((marker) => marker?.epoch)).toEqual([1, 2]);
    expect(bodies[0]?.token).not.toBe(bodies[1]?.token);
  });

  it("take two spellings for one value", () => {
    expect(normalizeForToken("email", " Alice@Example.COM ")).toBe("alice@example.com");
    expect(normalizeForToken("phone", "+49 (30) 12-34")).toBe("+49301234");
    expect(normalizeForToken("iban", "de89 3704 0044")).toBe("DE8937040044");
    expect(normalizeForToken("session", "aBc ")).toBe("aBc ");
  });
});

describe("addresses", () => {
  it("get addresses of the same version, others for each tenant, nothing for what is none", () => {
    fc.assert(
      fc.property(fc.oneof(fc.ipV4(), fc.ipV6()), (address) => {
        const own = acts.tokenizeIp("acme", address);
        expect(isIP(own ?? "")).toBe(isIP(address));
        expect(acts.tokenizeIp("acme", address)).toBe(own);
      }),
    );
    expect(acts.tokenizeIp("acme", "203.0.113.7")).not.toBe(acts.tokenizeIp("b", "203.0.113.7"));
    expect(acts.tokenizeIp("acme", "example.com")).toBeUndefined();
    expect(acts.tokenizeIp("acme", "::ffff:203.0.113.7")).toBe(
      `::ffff:${acts.tokenizeIp("acme", "203.0.113.7") ?? ""}`,
    );
  });
});

describe("encryption", () => {
  it("uses the subject's key where there is one, else that of kind and day", () => {
    const subject = {
      alias: `sub_${"a".repeat(26)}`,
      key: { id: "s".repeat(22), key: new Uint8Array(32).fill(1) },
    };
    const day = "2026-11-22";
    const own = acts.encrypt("email", "a@b.example", { subject, day });
    expect(parseMarker(own)).toMatchObject({ keyId: subject.key.id });
    expect(openEncrypted(own, () => subject.key.key)).toBe("a@b.example");
    expect(parseMarker(acts.encrypt("email", "a@b.example", { day }))).toMatchObject({
      keyId: "email".padEnd(22, "x"),
    });
    expect(() => acts.encrypt("email", "a@b.example", { day: "2026-11-23" })).toThrow(Error);
  });

  it("seals only when there is a public key", () => {
    const keys = generateSealKeys();
    expect(acts.seal).toBeUndefined();
    const { seal } = createActs({ ...KEYS, sealTo: { publicKey: keys.publicKey, now: () => 0 } });
    expect(createSealedReader(keys.privateKey)(seal?.("health", "flu") ?? "")).toBe("flu");
  });
});

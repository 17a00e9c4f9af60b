// SPDX-License-Identifier: Apache-2.0
import { readFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { parseAuthorities } from "./chain.js";
import { DerError, DerReader, encode, TAG } from "./der.js";
import { createRequest, parseResponse } from "./request.js";
import { verifyToken } from "./token.js";

// Answers of `openssl ts -reply`, kept: one authority with an RSA key and SHA-256, one with P-256 and SHA-384, under one CA.
const kept = (name: string): Buffer =>
  readFileSync(path.join(import.meta.dirname, "..", "..", "test", "fixtures", "timestamp", name));
const data = kept("data");
const authorities = parseAuthorities(kept("ca.pem").toString());
const NAMES = ["rsa.tsr", "ec.tsr"];

// Another CA, of the same name: the key is what counts.
const SELF_MADE = `-----BEGIN CERTIFICATE-----
MIIBeTCCAR+gAwIBAgIUfRQJ4hb+8ArptjRH71Dpdt6+mn8wCgYIKoZIzj0EAwIw
EjEQMA4GA1UEAwwHVGVzdCBDQTAeFw0yNjExMjIyMzM3MjVaFw0zNTAyMDgyMzM3
MjVaMBIxEDAOBgNVBAMMB1Rlc3QgQ0EwWTATBgcqhkjOPQIBBggqhkjOPQMBBwNC
AARS526ysZ973OATf2c68rP6N1V67IenHNq9dlwNH6TBU86Y/TPDLgn/gPCU54oX
1WHxlrWI5YFCuvzWq+3Rsrtdo1MwUTAdBgNVHQ4EFgQUDER3RdC3o0vtqDuebc/J
xekXkHUwHwYDVR0jBBgwFoAUDER3RdC3o0vtqDuebc/JxekXkHUwDwYDVR0TAQH/
BAUwAwEB/zAKBggqhkjOPQQDAgNIADBFAiAC7pinifdJ3J67p0RN902zikR6Xi7q
dXsMnmAlXZYFZAIhAJsKcAdkyBMrRIQ6aXyywMUhurdjZnb2XyaFtN0HMY8u
-----END CERTIFICATE-----`;

function outcomeOf(work: () => unknown): string {
  try {
    return JSON.stringify(work());
  } catch (error) {
    if (error instanceof DerError) return "refused";
    throw error;
  }
}

describe("a timestamp token", () => {
  it.each(NAMES)("%s says when and by whom, and leads to the authority", (name) => {
    const token = parseResponse(kept(name));
    const verified = verifyToken({ token, data, authorities });
    expect(verified).toMatchObject({ isTrusted: true });
    expect(verified.authority).toMatch(/^CN=Test TSA/);
    expect(new Date(verified.time).toISOString()).toMatch(/^2026-11-22T23:/);
    expect(verifyToken({ token, data })).toEqual({ ...verified, isTrusted: false });
  });

  it.each(NAMES)("%s is refused for other data, another question and an unknown authority", (name) => {
    const token = parseResponse(kept(name));
    expect(() => verifyToken({ token, data: Buffer.from("other") })).toThrow("other data");
    expect(() => verifyToken({ token, data, nonce: Buffer.from("x") })).toThrow("another question");
    expect(() => verifyToken({ token, data, authorities: parseAuthorities(SELF_MADE) })).toThrow("no chain");
  });

  it.each(NAMES)("%s with any byte changed is refused or says the very same", (name) => {
    const token = parseResponse(kept(name));
    const said = JSON.stringify(verifyToken({ token, data, authorities }));
    for (let at = 0; at < token.length; at++) {
      const bytes = Buffer.from(token);
      bytes[at] = (bytes[at] as number) ^ (1 << (at % 8));
      expect(["refused", said]).toContain(outcomeOf(() => verifyToken({ token: bytes, data, authorities })));
    }
  });

  it("cut anywhere, or with bytes behind it, is refused", () => {
    const token = parseResponse(kept("ec.tsr"));
    for (let length = 0; length < token.length; length += 7)
      expect(outcomeOf(() => verifyToken({ token: token.subarray(0, length), data }))).toBe("refused");
    expect(outcomeOf(() => verifyToken({ token: Buffer.concat([token, Buffer.of(0)]), data }))).toBe(
      "refused",
    );
    expect(outcomeOf(() => parseResponse(Buffer.alloc(70_000)))).toBe("refused");
    const refusal = encode(TAG.sequence, encode(TAG.sequence, encode(TAG.integer, Buffer.of(2))));
    expect(() => parseResponse(refusal)).toThrow("refused the request");
  });
});

describe("a request", () => {
  it("is DER with a fresh nonce in its shortest form", () => {
    const nonces = Array.from({ length: 100 }, () => {
      const { der, nonce } = createRequest(data);
      const request = new DerReader(DerReader.only(der, TAG.sequence).content);
      expect(request.unsigned()).toEqual(Buffer.of(1));
      const imprint = request.sequence();
      expect(imprint.sequence().oid()).toBe("2.16.840.1.101.3.4.2.1");
      imprint.take(TAG.octets);
      expect(request.unsigned()).toEqual(nonce);
      expect(request.take(TAG.boolean).content).toEqual(Buffer.of(0xff));
      request.end();
      return nonce.toString("hex");
    });
    expect(new Set(nonces).size).toBe(100);
  });
});

describe("DER", () => {
  it.each([
    ["an indefinite length", "30800000"],
    ["a length that is not the shortest", "30810100"],
    ["a length of four bytes", "308400000001ff"],
    ["a tag of several bytes", "1f2001ff"],
    ["a cut value", "300500"],
  ])("refuses %s", (_what, hex) => {
    expect(() => new DerReader(Buffer.from(hex, "hex")).any()).toThrow(DerError);
  });

  it("refuses integers and object identifiers in another form than the shortest", () => {
    for (const hex of ["02020001", "020180", "0200"])
      expect(() => new DerReader(Buffer.from(hex, "hex")).unsigned()).toThrow(DerError);
    expect(new DerReader(Buffer.from("02020080", "hex")).unsigned()).toEqual(Buffer.of(0x80));
    for (const hex of ["0600", "06022a80", "06032a8001"])
      expect(() => new DerReader(Buffer.from(hex, "hex")).oid()).toThrow(DerError);
    expect(new DerReader(Buffer.from("06062a864886f70d", "hex")).oid()).toBe("1.2.840.113549");
  });
});

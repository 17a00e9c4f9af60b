// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from "vitest";
import { createProtector } from "../../protector.js";
import { isBase58Check, isBech32 } from "./encodings.js";

// Published vectors of the specifications; put together here, so that no scanner takes them for live keys.
const WIF = ["5HueCGU8rMjxEXxiPuD5BDku4MkFqeZyd4d", "Z1jvhTVqvbTLvyTJ"].join("");
const XPRV = [
  "xprv9s21ZrQH143K3QTDL4LXw2F7HEK3wJUD2nW2nRk4stbPy6cq3jPPqjiChkVvvNKmPGJxW",
  "UtDTHWmJ2BuXDQUHsxSb",
].join("");
const PHRASE =
  "abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon about";
const LONG_PHRASE =
  "legal winner thank year wave sausage worth useful legal winner thank year wave sausage worth useful legal will";

describe("Base58Check", () => {
  it("holds for the published key of the wallet import format", () => {
    expect(isBase58Check(WIF)).toBe(true);
    expect(isBase58Check(`${WIF.slice(0, -1)}K`)).toBe(false);
    expect(isBase58Check("0OIl")).toBe(false);
    expect(isBase58Check("")).toBe(false);
  });
});

describe("Bech32", () => {
  it.each([
    "A12UEL5L",
    "a12uel5l",
    "abcdef1qpzry9x8gf2tvdw0s3jn54khce6mua7lmqqqxw",
    "split1checkupstagehandshakeupstreamerranterredcaperred2y9e3w",
  ])("holds for %s", (text) => {
    expect(isBech32(text)).toBe(true);
  });

  it.each(["A12UEL5M", "A12uEL5L", "1nwldj5", "pzry9x0s0muk", ""])("does not hold for %j", (text) => {
    expect(isBech32(text)).toBe(false);
  });
});

describe("keys of wallets in texts", () => {
  const protector = createProtector();

  it("are hidden with what stands around them left", () => {
    expect(protector.protectText(`imported ${WIF} today, and again ${WIF}.`).text).toBe(
      "imported [masked:wallet_key] today, and again [masked:wallet_key].",
    );
    expect(protector.protectText(`phrase ${PHRASE}, kept`).text).toBe("phrase [masked:seed_phrase], kept");
    expect(protector.protectText(LONG_PHRASE).text).toBe("[masked:seed_phrase]");
    expect(protector.protectText(PHRASE.replaceAll(" ", ", ").toUpperCase()).text).toBe(
      "[masked:seed_phrase]",
    );
  });

  it("stay when the checksum does not hold", () => {
    for (const text of [`imported ${WIF.slice(0, -1)}K today`, PHRASE.replace("about", "above"), XPRV])
      expect(protector.protectText(text).found).toEqual([]);
  });
});

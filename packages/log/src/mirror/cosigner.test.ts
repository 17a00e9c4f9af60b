// SPDX-License-Identifier: Apache-2.0
import { parseNote, parseVkey, rangeOfOne, verifyNote } from "@telltale/merkle";
import { nodeCrypto } from "@telltale/merkle/node";
import { describe, expect, it } from "vitest";
import { createSigner, parseSigner } from "../keys.js";
import { createCosigner, parseCosigner } from "./cosigner.js";
import { parseHeld } from "./held.js";

const { signer } = createSigner("example.com/log");
const note = signer.signCheckpoint(5, Buffer.alloc(32, 7));
const SECONDS = 1_795_000_000;

describe("a cosignature/v1", () => {
  it("verifies by the C2SP rules, states its time, and replaces an older one of the same key", () => {
    const { cosigner, file } = createCosigner("example.com/mirror");
    const again = parseCosigner(file);
    expect(again.vkey).toBe(cosigner.vkey);
    const twice = again.cosign(cosigner.cosign(note, SECONDS - 9), SECONDS);
    expect(twice.startsWith(note)).toBe(true);
    expect(parseNote(twice).signatures).toHaveLength(2);
    const key = parseVkey(nodeCrypto, cosigner.vkey);
    expect(verifyNote(nodeCrypto, parseNote(twice), [key])).toEqual([key]);
    expect(parseHeld(Buffer.from(twice), rangeOfOne(signer.verifier), key)).toMatchObject({
      size: 5,
      seen: SECONDS,
    });
  });

  it("is missed, and not taken from another key, another time or another text", () => {
    const { cosigner } = createCosigner("example.com/mirror");
    const other = createCosigner("example.com/mirror").cosigner;
    const whole = cosigner.cosign(note, SECONDS);
    const held = (text: string) => () =>
      parseHeld(Buffer.from(text), rangeOfOne(signer.verifier), cosigner.verifier);
    expect(held(whole)).not.toThrow();
    expect(held(note)).toThrow("no signature by a known key");
    expect(held(other.cosign(note, SECONDS))).toThrow("no signature by a known key");
    expect(held(whole.replace("\n5\n", "\n6\n"))).toThrow("cannot be believed");
    const { name, keyId, signature } = parseNote(whole).signatures[1] ?? {
      name: "",
      keyId: 0,
      signature: Buffer.of(),
    };
    const later = Buffer.from(signature);
    later.writeBigUInt64BE(BigInt(SECONDS + 1));
    const id = Buffer.alloc(4);
    id.writeUInt32BE(keyId);
    const line = `\u2014 ${name} ${Buffer.concat([id, later]).toString("base64")}\n`;
    expect(held(note + line)).toThrow("cannot be believed");
  });

  it("has a key of its own kind: a log's key is none, and the other way round", () => {
    const log = createSigner("example.com/log").file;
    const cosigner = createCosigner("example.com/mirror").file;
    expect(() => parseCosigner(log)).toThrow("expected type");
    expect(() => parseSigner(cosigner)).toThrow("expected type");
    expect(() => parseCosigner(cosigner.replace("mirror", "other"))).toThrow("key ID");
    expect(() => parseCosigner("")).toThrow("expected form");
  });
});

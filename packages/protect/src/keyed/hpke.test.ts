// SPDX-License-Identifier: Apache-2.0
import { createPrivateKey, createPublicKey, type KeyObject } from "node:crypto";
import { describe, expect, it } from "vitest";
import { type Aead, AEADS, openIn, sealIn, setupRecipient, setupSender, toRawPublicKey } from "./hpke.js";

const hex = (text: string): Buffer => Buffer.from(text, "hex");
const PKCS8 = hex("302e020100300506032b656e04220420");

function privateKey(raw: string): KeyObject {
  return createPrivateKey({ key: Buffer.concat([PKCS8, hex(raw)]), format: "der", type: "pkcs8" });
}

const INFO = hex("4f6465206f6e2061204772656369616e2055726e");
const PLAIN = hex("4265617574792069732074727574682c20747275746820626561757479");

/** RFC 9180, appendix A.1.1, and the entry for AES-256-GCM of the test vectors that the RFC refers to. */
const VECTORS: readonly {
  readonly name: string;
  readonly aead: Aead;
  readonly skEm: string;
  readonly skRm: string;
  readonly pkRm: string;
  readonly enc: string;
  readonly key: string;
  readonly baseNonce: string;
  readonly encryptions: readonly (readonly [number, string])[];
}[] = [
  {
    name: "AES-128-GCM",
    aead: AEADS.aes128,
    skEm: "52c4a758a802cd8b936eceea314432798d5baf2d7e9235dc084ab1b9cfa2f736",
    skRm: "4612c550263fc8ad58375df3f557aac531d26850903e55a9f23f21d8534e8ac8",
    pkRm: "3948cfe0ad1ddb695d780e59077195da6c56506b027329794ab02bca80815c4d",
    enc: "37fda3567bdbd628e88668c3c8d7e97d1d1253b6d4ea6d44c150f741f1bf4431",
    key: "4531685d41d65f03dc48f6b8302c05b0",
    baseNonce: "56d890e5accaaf011cff4b7d",
    encryptions: [
      [0, "f938558b5d72f1a23810b4be2ab4f84331acc02fc97babc53a52ae8218a355a96d8770ac83d07bea87e13c512a"],
      [1, "af2d7e9ac9ae7e270f46ba1f975be53c09f8d875bdc8535458c2494e8a6eab251c03d0c22a56b8ca42c2063b84"],
    ],
  },
  {
    name: "AES-256-GCM",
    aead: AEADS.aes256,
    skEm: "179d4b53b6365c45b600c4163b61d95cbc2f4d9e36f1695558dce265ab8bab11",
    skRm: "497b4502664cfea5d5af0b39934dac72242a74f8480451e1aee7d6a53320333d",
    pkRm: "430f4b9859665145a6b1ba274024487bd66f03a2dd577d7753c68d7d7d00c00c",
    enc: "6c93e09869df3402d7bf231bf540fadd35cd56be14f97178f0954db94b7fc256",
    key: "f50b0609186798729ed0564b36ef2ef8044f1f9d05636874d1f46c819c7a669f",
    baseNonce: "151d9929e2449747889bc923",
    encryptions: [
      [0, "e5d84cd531cfb583096e7cfa9641bd3079cf3a91cda813c52deb5f512be9931980a41de125a925cdad859d5b7a"],
    ],
  },
];

describe.each(VECTORS)("HPKE in base mode with $name", (vector) => {
  const recipient = privateKey(vector.skRm);
  const publicKey = createPublicKey(recipient);
  const sender = setupSender(vector.aead, publicKey, INFO, privateKey(vector.skEm));

  it("sets up both sides as in the vectors", () => {
    expect(toRawPublicKey(publicKey).toString("hex")).toBe(vector.pkRm);
    expect(sender.encapsulated.toString("hex")).toBe(vector.enc);
    expect(sender.context.key.toString("hex")).toBe(vector.key);
    expect(sender.context.baseNonce.toString("hex")).toBe(vector.baseNonce);
    expect(setupRecipient(vector.aead, hex(vector.enc), recipient, INFO)).toEqual(sender.context);
  });

  it.each([...vector.encryptions])("seals and opens number %i", (sequence, ciphertext) => {
    const additional = Buffer.from(`Count-${sequence}`);
    expect(sealIn(sender.context, sequence, additional, PLAIN).toString("hex")).toBe(ciphertext);
    expect(openIn(sender.context, sequence, additional, hex(ciphertext))).toEqual(PLAIN);
    expect(() => openIn(sender.context, sequence + 1, additional, hex(ciphertext))).toThrow(Error);
    expect(() => openIn(sender.context, sequence, Buffer.from("Count-9"), hex(ciphertext))).toThrow(Error);
  });

  it("refuses a key of small order", () => {
    expect(() => setupRecipient(vector.aead, Buffer.alloc(32), recipient, INFO)).toThrow(Error);
  });
});

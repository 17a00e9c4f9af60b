// SPDX-License-Identifier: Apache-2.0
import { generateKeyPairSync, sign } from "node:crypto";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { formatBundle, parseBundle } from "./bundle.js";
import { parseBase64, parseDecimal, parseUtf8, toBase64 } from "./bytes.js";
import { formatCheckpoint, parseCheckpoint, verifyCheckpoint } from "./checkpoint.js";
import { emptyRoot, leafHash } from "./hash.js";
import { nobleCrypto } from "./noble.js";
import { nodeCrypto } from "./node.js";
import { formatNote, parseNote, verifyNote } from "./note.js";
import { formatReceipt, parseReceipt, verifyReceipt } from "./receipt.js";
import { formatTilePath, parseTilePath, partialWidth } from "./tile.js";
import { formatVkey, parseVkey, toKeyId } from "./vkey.js";
import { codeOf } from "../test/code-of.js";

function makeKey(name: string, type = 1) {
  const { privateKey, publicKey } = generateKeyPairSync("ed25519");
  const raw = publicKey.export({ format: "der", type: "spki" }).subarray(12);
  const key = { name, keyId: toKeyId(nodeCrypto, name, type, raw), type, publicKey: raw };
  return { key, signText: (text: string) => sign(null, Buffer.from(text), privateKey) };
}

const log = makeKey("example.com/log");
const text = formatCheckpoint("example.com/log", 1n, leafHash(nodeCrypto, Buffer.from("only")));
const note = formatNote(text, [{ ...log.key, signature: log.signText(text) }]);
const receipt = formatReceipt({ index: 0n, proof: [], checkpoint: note });
const vkey = formatVkey(log.key);

describe("base64", () => {
  it("goes there and back for any bytes, as Node does it", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 100 }), (bytes) => {
        expect(toBase64(bytes)).toBe(Buffer.from(bytes).toString("base64"));
        expect(parseBase64(toBase64(bytes))).toEqual(bytes);
      }),
    );
  });

  it.each([
    "A",
    "AA",
    "AAA",
    "AB==",
    "AAB=",
    "AA=A",
    "====",
    "A===",
    "AA-_",
    "AA==\n",
    " AA==",
    "AAAA=",
    "ÄAA=",
  ])("refuses %j", (bad) => expect(codeOf(() => parseBase64(bad))).toBe("bad_base64"));
});

describe("numbers and text", () => {
  it.each([
    "",
    "01",
    "-1",
    "+1",
    "1.0",
    "1e3",
    " 1",
    "0x1",
    "9223372036854775808",
    "99999999999999999999",
    "١",
  ])("refuses the number %j", (bad) => expect(codeOf(() => parseDecimal(bad))).toBe("bad_number"));

  it("keeps numbers beyond 2^53 exact", () => {
    expect(parseDecimal("9007199254740993")).toBe(9007199254740993n);
    expect(parseDecimal("9223372036854775807")).toBe(2n ** 63n - 1n);
  });

  it("refuses what is not UTF-8 and keeps a byte order mark", () => {
    expect(codeOf(() => parseUtf8(Uint8Array.of(0xc3, 0x28)))).toBe("bad_utf8");
    expect(parseUtf8(Uint8Array.of(0xef, 0xbb, 0xbf, 0x41))).toBe("\ufeffA");
  });
});

describe("tile paths", () => {
  it.each([
    ["tile/0/000", { level: 0, n: 0n, width: 256 }],
    ["tile/0/x001/x234/067", { level: 0, n: 1234067n, width: 256 }],
    ["tile/entries/x001/000.p/17", { level: "entries", n: 1000n, width: 17 }],
    ["tile/63/999.p/255", { level: 63, n: 999n, width: 255 }],
  ] as const)("%s", (path, address) => {
    expect(formatTilePath(address)).toBe(path);
    expect(parseTilePath(path)).toEqual(address);
  });

  it.each([
    "tile/0/0",
    "tile/00/000",
    "tile/64/000",
    "tile/0/x000/001",
    "tile/0/000.p/256",
    "tile/0/000.p/0",
    "tile/0/000.p/01",
    "tile/0/001/000",
    "tile/0/../000",
    "/tile/0/000",
    "tile/0/000/",
    "tile/data/000",
  ])("refuses %s", (path) => expect(codeOf(() => parseTilePath(path))).toMatch(/^bad_/));

  it("knows the widths of the worked example of tlog-tiles", () => {
    expect([0, 1, 2].map((level) => partialWidth(level, 70_000n))).toEqual([112, 17, 1]);
    expect([0, 1].map((level) => partialWidth(level, 256n))).toEqual([0, 1]);
  });
});

describe("entry bundles", () => {
  it("goes there and back", () => {
    const entries = fc.array(fc.uint8Array({ maxLength: 40 }), { maxLength: 256 });
    fc.assert(
      fc.property(entries, (list) => {
        expect(parseBundle(formatBundle(list), list.length)).toEqual(list);
      }),
    );
  });

  it("refuses other counts and, whatever the bytes, reads nothing outside", () => {
    const bundle = formatBundle([Buffer.from("ab"), Buffer.from("")]);
    expect([1, 3].map((count) => codeOf(() => parseBundle(bundle, count)))).toEqual([
      "bad_bundle",
      "bad_bundle",
    ]);
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 64 }), fc.nat(256), (bytes, count) => {
        expect(["accepted", "bad_bundle"]).toContain(codeOf(() => parseBundle(bytes, count)));
      }),
    );
  });
});

function vkeyOf(publicKey: Uint8Array, type = 1): string {
  return formatVkey({ name: "n", keyId: toKeyId(nodeCrypto, "n", type, publicKey), type, publicKey });
}

describe("verifier keys", () => {
  it("goes there and back", () => {
    expect(parseVkey(nodeCrypto, vkey)).toEqual({
      ...log.key,
      publicKey: Uint8Array.from(log.key.publicKey),
    });
  });

  it("refuses another key ID, another type, small-order and non-canonical keys", () => {
    const one = Buffer.alloc(32);
    one[0] = 1;
    const order8 = Buffer.from("c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a", "hex");
    const signed8 = Buffer.from("c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa", "hex");
    const minusOne = Buffer.from(`ec${"ff".repeat(30)}7f`, "hex");
    const prime = Buffer.from(`ed${"ff".repeat(30)}7f`, "hex");
    for (const weak of [Buffer.alloc(32), one, order8, signed8, minusOne, prime, Buffer.alloc(32, 255)]) {
      expect(codeOf(() => parseVkey(nodeCrypto, vkeyOf(weak)))).toBe("bad_key");
    }
    expect(codeOf(() => parseVkey(nodeCrypto, vkeyOf(Buffer.from(log.key.publicKey), 9)))).toBe("bad_key");
    expect(codeOf(() => parseVkey(nodeCrypto, vkey.replace(/\+[0-9a-f]/, "+x")))).toBe("bad_key");
    expect(codeOf(() => parseVkey(nodeCrypto, vkey.replace("example", "exomple")))).toBe("bad_key");
  });
});

describe("notes", () => {
  it("the text ends at the last empty line", () => {
    const odd = "a\n\nb\n";
    const signed = formatNote(odd, [{ ...log.key, signature: log.signText(odd) }]);
    expect(parseNote(signed).text).toBe(odd);
    expect(verifyNote(nodeCrypto, parseNote(signed), [log.key])).toEqual([log.key]);
  });

  it("unknown keys are ignored, a false signature of a known key is not", () => {
    const other = makeKey("other");
    const both = formatNote(text, [
      { ...other.key, signature: Buffer.alloc(64) },
      { ...log.key, signature: log.signText(text) },
    ]);
    expect(verifyNote(nodeCrypto, parseNote(both), [log.key])).toHaveLength(1);
    expect(codeOf(() => verifyNote(nodeCrypto, parseNote(both), [log.key, other.key]))).toBe(
      "signature_invalid",
    );
    expect(codeOf(() => verifyNote(nodeCrypto, parseNote(note), [other.key]))).toBe("signature_missing");
  });

  it("a cosignature/v1 signs the time and the whole text", () => {
    const witness = makeKey("witness", 4);
    const cosign = (seconds: bigint, signedSeconds = seconds): string => {
      const time = Buffer.alloc(8);
      time.writeBigUInt64BE(seconds);
      const signature = Buffer.concat([
        time,
        witness.signText(`cosignature/v1\ntime ${signedSeconds}\n${text}`),
      ]);
      return formatNote(text, [{ ...witness.key, signature }]);
    };
    expect(verifyNote(nodeCrypto, parseNote(cosign(1_700_000_000n)), [witness.key])).toHaveLength(1);
    expect(codeOf(() => verifyNote(nodeCrypto, parseNote(cosign(1n, 2n)), [witness.key]))).toBe(
      "signature_invalid",
    );
  });

  it.each([
    "",
    "a\n",
    "a\n\n",
    "a\n\n— n AAAA\n",
    "a\n\n- n AAAAAAAA\n",
    "a\n\n— n AAAAAAAA",
    "a\n\n— n+ AAAAAAAA\n",
    "a\n\n—  AAAAAAAA\n",
    "a\tb\n\n— n AAAAAAAA\n",
    "a\ud800\n\n— n AAAAAAAA\n",
  ])("refuses %j", (bad) => expect(codeOf(() => parseNote(bad))).toBe("bad_note"));
});

it("a note has at most 100 signatures", () => {
  expect(codeOf(() => parseNote(`a\n\n${"— n AAAAAAAA\n".repeat(101)}`))).toBe("bad_note");
});

describe("checkpoints and receipts", () => {
  it("verifies in Node and in the browser's crypto", () => {
    for (const crypto of [nodeCrypto, nobleCrypto]) {
      const found = verifyReceipt({ proof: receipt, entry: Buffer.from("only"), vkey, crypto });
      expect(found).toMatchObject({ index: 0n, size: 1n, origin: "example.com/log" });
    }
    expect(
      codeOf(() => verifyReceipt({ proof: receipt, entry: Buffer.from("0nly"), vkey, crypto: nodeCrypto })),
    ).toBe("proof_mismatch");
  });

  it("a checkpoint of another origin is refused though the key signed it", () => {
    const foreign = text.replace("example.com/log", "example.com/other");
    const signed = formatNote(foreign, [{ ...log.key, signature: log.signText(foreign) }]);
    expect(codeOf(() => verifyCheckpoint(nodeCrypto, signed, log.key))).toBe("wrong_origin");
  });

  it("carries extra data without believing it", () => {
    const extra = Buffer.from("context");
    const withExtra = formatReceipt({ index: 0n, proof: [], checkpoint: note, extra });
    expect(Buffer.from(parseReceipt(withExtra).extra ?? [])).toEqual(extra);
    expect(
      codeOf(() => verifyReceipt({ proof: withExtra, entry: Buffer.from("only"), vkey, crypto: nodeCrypto })),
    ).toBe("accepted");
  });

  it.each([
    "example.com/log\n01\nAAAA\n",
    "example.com/log\n0\nbjQLnP+zepicpUTmu3gKLHiQHT+zNzh2hRGjBhevoB0=\n",
    "a b\n0\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n",
    "a\n1\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFV=\n",
    "a\n1\n47DE\n",
    "a\n1\n",
    "",
  ])("refuses the checkpoint %j", (bad) => expect(codeOf(() => parseCheckpoint(bad))).toBe("bad_checkpoint"));

  it("accepts the empty tree", () => {
    expect(parseCheckpoint(formatCheckpoint("a", 0n, emptyRoot()))).toMatchObject({ size: 0n });
  });

  it("no mutation of a receipt is accepted or makes the verifier throw anything of its own", () => {
    const bytes = Buffer.from(receipt);
    for (let at = 0; at < bytes.length; at++) {
      for (const bit of [0, 3, 5, 7]) {
        const bad = Buffer.from(bytes);
        bad[at] = (bad[at] as number) ^ (1 << bit);
        const proof = bad.toString("latin1");
        const check = (): unknown =>
          verifyReceipt({ proof, entry: Buffer.from("only"), vkey, crypto: nodeCrypto });
        expect(codeOf(check)).not.toBe("accepted");
      }
    }
    const pieces = fc.constantFrom(
      "c2sp.org/tlog-proof@v1\n",
      "index 0\n",
      "\n",
      "extra AA==\n",
      note,
      text,
      "— ",
      "x",
    );
    fc.assert(
      fc.property(fc.array(pieces, { maxLength: 8 }), (parts) => {
        codeOf(() =>
          verifyReceipt({ proof: parts.join(""), entry: Buffer.from("x"), vkey, crypto: nodeCrypto }),
        );
      }),
    );
  });
});

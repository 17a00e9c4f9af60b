// SPDX-License-Identifier: Apache-2.0
import { generateKeyPairSync, sign } from "node:crypto";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { formatCheckpoint } from "./checkpoint.js";
import { nodeCrypto } from "./node.js";
import {
  cosignedMessage,
  formatCosignature,
  formatNote,
  formatSignatures,
  type NoteSignature,
} from "./note.js";
import { rangeOfOne } from "./key-ranges.js";
import { policyOfAll } from "./policy.js";
import { toKeyId, type VerifierKey } from "./vkey.js";
import {
  formatAddCheckpoint,
  MAX_WITNESS_BYTES,
  parseAddCheckpoint,
  parseCosignature,
  parseSizeAnswer,
} from "./witness.js";
import { verifyWitnessed } from "./witnessed.js";
import { codeOf } from "../test/code-of.js";

interface Key {
  key: VerifierKey;
  line(text: string, seconds?: bigint): NoteSignature;
}

function makeKey(name: string, type: number): Key {
  const { privateKey, publicKey } = generateKeyPairSync("ed25519");
  const raw = publicKey.export({ format: "der", type: "spki" }).subarray(12);
  const key = { name, keyId: toKeyId(nodeCrypto, name, type, raw), type, publicKey: raw };
  const line = (text: string, seconds = 1_795_000_000n): NoteSignature => ({
    name,
    keyId: key.keyId,
    signature:
      type === 4
        ? formatCosignature(seconds, sign(null, cosignedMessage(text, seconds), privateKey))
        : sign(null, Buffer.from(text), privateKey),
  });
  return { key, line };
}

const log = makeKey("example.com/log", 1);
const w1 = makeKey("example.com/w1", 4);
const w2 = makeKey("example.com/w2", 4);
const text = formatCheckpoint("example.com/log", 5n, new Uint8Array(32).fill(7));
const other = formatCheckpoint("example.com/log", 6n, new Uint8Array(32).fill(8));
const note = formatNote(text, [log.line(text)]);
const HASH = new Uint8Array(32).fill(9);

describe("an add-checkpoint request", () => {
  it("is the bytes of the specification, and back", () => {
    const request = { oldSize: 3n, proof: [HASH, HASH], checkpoint: note };
    const body = formatAddCheckpoint(request);
    const line = "CQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQk=";
    expect(body).toBe(`old 3\n${line}\n${line}\n\n${note}`);
    expect(parseAddCheckpoint(Buffer.from(body))).toEqual(request);
    const first = formatAddCheckpoint({ oldSize: 0n, proof: [], checkpoint: note });
    expect(first).toBe(`old 0\n\n${note}`);
    expect(parseAddCheckpoint(Buffer.from(first))).toMatchObject({
      oldSize: 0n,
      proof: [],
      checkpoint: note,
    });
  });

  it("is refused when it is anything else", () => {
    const line = "CQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQk=";
    const wrong = [
      "",
      "old 3\n",
      `old\n\n${note}`,
      `old 03\n\n${note}`,
      `old -1\n\n${note}`,
      `old 9223372036854775808\n\n${note}`,
      `old 3 \n\n${note}`,
      `Old 3\n\n${note}`,
      `old 3\r\n\r\n${note}`,
      `old 3\n${line.slice(0, -2)}l=\n\n${note}`,
      `old 3\nCQk=\n\n${note}`,
      `old 3\n${`${line}\n`.repeat(64)}\n${note}`,
      "a".repeat(MAX_WITNESS_BYTES + 1),
    ];
    for (const body of wrong) {
      expect(
        codeOf(() => parseAddCheckpoint(Buffer.from(body))),
        body,
      ).toBe("bad_request");
    }
    expect(codeOf(() => parseAddCheckpoint(Buffer.of(0x6f, 0xff)))).toBe("bad_request");
    const full = Buffer.from(`old 3\n${`${line}\n`.repeat(63)}\n${note}`);
    expect(parseAddCheckpoint(full).proof).toHaveLength(63);
    expect(
      codeOf(() => formatAddCheckpoint({ oldSize: 3n, proof: Array(64).fill(HASH), checkpoint: "" })),
    ).toBe("bad_request");
  });

  it("never makes the parser throw anything else", () => {
    const good = Buffer.from(formatAddCheckpoint({ oldSize: 3n, proof: [HASH], checkpoint: note }));
    fc.assert(
      fc.property(fc.nat(good.length - 1), fc.integer({ min: 1, max: 255 }), (at, by) => {
        const bytes = Buffer.from(good);
        bytes[at] = (bytes[at] as number) ^ by;
        expect(["accepted", "bad_request"]).toContain(codeOf(() => parseAddCheckpoint(bytes)));
      }),
    );
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 100 }), (bytes) => {
        expect(codeOf(() => parseAddCheckpoint(bytes))).toBe("bad_request");
      }),
    );
  });
});

describe("the size of the answer 409", () => {
  it("is a plain decimal and a newline", () => {
    expect(parseSizeAnswer(Buffer.from("0\n"))).toBe(0n);
    expect(parseSizeAnswer(Buffer.from("9223372036854775807\n"))).toBe(2n ** 63n - 1n);
    for (const text of [
      "",
      "\n",
      "5",
      "05\n",
      "5\n\n",
      " 5\n",
      "-5\n",
      "5e3\n",
      "9223372036854775808\n",
      "\u0665\n",
      "9".repeat(99),
    ]) {
      expect(
        codeOf(() => parseSizeAnswer(Buffer.from(text))),
        JSON.stringify(text),
      ).not.toBe("accepted");
    }
  });
});

const take = (answer: string) => parseCosignature(nodeCrypto, text, Buffer.from(answer), w1.key);

describe("a cosignature in an answer", () => {
  it("is found among others, with its time", () => {
    const answer = formatSignatures([w2.line(text), w1.line(text, 1_795_000_007n), log.line(text)]);
    const { line, seconds } = take(answer);
    expect(seconds).toBe(1_795_000_007n);
    expect(formatSignatures([line])).toBe(formatSignatures([w1.line(text, 1_795_000_007n)]));
  });

  it("is not believed when it is of another key or text, or when the answer says more", () => {
    const mine = formatSignatures([w1.line(text)]);
    const cases: [string, string][] = [
      ["", "bad_note"],
      ["garbage", "bad_note"],
      ["\n", "bad_note"],
      [mine.trimEnd(), "bad_note"],
      [formatSignatures([w2.line(text)]), "signature_missing"],
      [formatSignatures([w1.line(other)]), "signature_invalid"],
      [formatSignatures([{ ...w1.line(text), name: w2.key.name }]), "signature_missing"],
      [
        formatSignatures([{ ...w1.line(text), signature: w1.line(text).signature.slice(1) }]),
        "signature_invalid",
      ],
      [mine.repeat(101), "bad_note"],
      ["x".repeat(MAX_WITNESS_BYTES + 1), "bad_note"],
    ];
    for (const [answer, code] of cases)
      expect(
        codeOf(() => take(answer)),
        answer.slice(0, 99),
      ).toBe(code);
  });

  it("cannot choose its text: lines behind an empty line would make it part of what was signed", () => {
    const longer = `${text}\nmore\n`;
    const answer = `more\n\n${formatSignatures([w1.line(longer)])}`;
    expect(codeOf(() => take(answer))).toBe("bad_note");
  });

  it("never makes the parser throw anything else", () => {
    const good = Buffer.from(formatSignatures([w1.line(text)]));
    fc.assert(
      fc.property(fc.nat(good.length - 1), fc.integer({ min: 1, max: 255 }), (at, by) => {
        const bytes = Buffer.from(good);
        bytes[at] = (bytes[at] as number) ^ by;
        expect(codeOf(() => parseCosignature(nodeCrypto, text, bytes, w1.key))).not.toBe("accepted");
      }),
      { numRuns: 300 },
    );
  });
});

describe("a witnessed checkpoint", () => {
  const policy = policyOfAll([
    { name: "one", key: w1.key },
    { name: "two", key: w2.key },
  ]);
  const judge = (lines: NoteSignature[]) =>
    verifyWitnessed(nodeCrypto, formatNote(text, lines), rangeOfOne(log.key), policy);

  it("says who cosigned, and whether that is enough", () => {
    const whole = judge([log.line(text), w2.line(text, 9n), w1.line(text, 8n)]);
    expect(whole).toMatchObject({ quorum: true, head: { size: 5n } });
    expect(whole.cosigned.map(({ witness, seconds }) => [witness.name, seconds])).toEqual([
      ["one", 8n],
      ["two", 9n],
    ]);
    expect(judge([log.line(text), w1.line(text)])).toMatchObject({ quorum: false });
    expect(judge([log.line(text), w1.line(text), w2.line(text, 0n)])).toMatchObject({ quorum: false });
  });

  it("is nothing without the log's own signature, or with a line that does not verify", () => {
    expect(codeOf(() => judge([w1.line(text), w2.line(text)]))).toBe("signature_missing");
    expect(codeOf(() => judge([log.line(text), w1.line(other)]))).toBe("signature_invalid");
    expect(codeOf(() => judge([log.line(other), w1.line(text)]))).toBe("signature_invalid");
    const foreign = formatCheckpoint("example.com/else", 5n, new Uint8Array(32).fill(7));
    const signed = formatNote(foreign, [log.line(foreign)]);
    expect(codeOf(() => verifyWitnessed(nodeCrypto, signed, rangeOfOne(log.key), policy))).toBe(
      "wrong_origin",
    );
  });
});

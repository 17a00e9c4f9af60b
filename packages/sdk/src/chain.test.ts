// SPDX-License-Identifier: Apache-2.0
import { createHash, createHmac } from "node:crypto";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { ChainReader, idOf, SourceChain } from "./chain.js";

const SECRET = "abcdefghijklmnopqrstuvwxyz234567abcdefghijklmnopqrst";
const KEY = `tt_ingest_k3k3k3k3k3k3_${SECRET}`;

const first16 = (key: Buffer | undefined, message: string): string =>
  createHmac("sha256", key as Buffer)
    .update(message, "utf8")
    .digest()
    .subarray(0, 16)
    .toString("hex");

/** The contract in its own words: k[0] … k[n], and `prev` of the events 1 … n + 1. */
function textbook(secret: string, boot: string, events: readonly string[]): string[] {
  const k = [
    createHmac("sha256", createHash("sha256").update(secret).digest()).update(boot, "utf8").digest(),
  ];
  const prev = [first16(k[0], "")];
  for (const [i, event] of events.entries()) {
    k.push(
      createHash("sha256")
        .update(k[i] as Buffer)
        .digest(),
    );
    prev.push(first16(k[i + 1], event));
  }
  return prev;
}

function chain(events: readonly string[], key = KEY, boot = "b0"): string[] {
  const made = new SourceChain(key, boot);
  const prev: string[] = [];
  for (const [i, event] of events.entries()) {
    const link = made.next();
    expect(link).toMatchObject({ boot, seq: i + 1 });
    expect(made.next()).toEqual(link);
    prev.push(link.prev);
    expect(made.add(event, Buffer.byteLength(event))).toBe(made.next().prev);
  }
  return [...prev, made.next().prev];
}

describe("SourceChain", () => {
  test("is what the contract says, for any events", () => {
    fc.assert(
      fc.property(fc.array(fc.string({ unit: "grapheme", maxLength: 200 })), fc.string(), (events, boot) => {
        expect(chain(events, KEY, boot)).toEqual(textbook(SECRET, boot, events));
      }),
    );
  });

  test("gives 32 lowercase hex digits, also for an event as large as there may be and a larger one", () => {
    const events = ["x".repeat(65_535), "ä".repeat(40_000), ""];
    const links = chain(events);
    expect(links).toEqual(textbook(SECRET, "b0", events));
    for (const each of links) expect(each).toMatch(/^[0-9a-f]{32}$/);
  });

  test("takes a key of another form whole", () => {
    expect(chain(["a"], "k")).toEqual(textbook("k", "b0", ["a"]));
    expect(idOf(KEY)).toBe("ingest_k3k3k3k3k3k3");
    expect(idOf("tt_ingest_k1_0123456789abcdef")).toBe("");
  });

  test("differs with the boot, the key and every byte before", () => {
    const base = chain(["a", "b"]);
    for (const other of [
      chain(["a", "b"], KEY, "b1"),
      chain(["a", "b"], KEY.replace("_a", "_b")),
      chain(["A", "b"]),
    ]) {
      expect(other[1]).not.toBe(base[1]);
    }
    expect(chain(["A", "b"])[2]).toBe(base[2]);
  });
});

describe("ChainReader", () => {
  test("finds again what was written, from any place on", () => {
    const events = ["a", "b", "c", "d"];
    const links = chain(events);
    for (let from = 1; from <= 4; from++) {
      const reader = ChainReader.begin(KEY, "b0");
      expect(reader.skipTo(from, 1)).toBe(from <= 2);
      expect(reader.skipTo(from, 10)).toBe(true);
      for (let i = from; i <= 4; i++)
        expect(reader.macOf(Buffer.from(events[i - 1] as string))).toBe(links[i]);
    }
    const reader = ChainReader.begin(KEY, "b0");
    expect(reader.macOf(Buffer.from("x"))).not.toBe(links[1]);
    expect(reader.skipTo(1, 10)).toBe(false);
  });
});

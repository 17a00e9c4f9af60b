// SPDX-License-Identifier: Apache-2.0
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ChainKey } from "../chain/chain-key.js";
import type { SentBody } from "./prepare-sent.js";
import type { Share } from "./prepare.js";
import { packBodies, packShares, unpackBodies, unpackShares } from "./transport.js";

const senders = ["a", "b"].map((via) => ({ via, received: "2026-11-22T10:00:00.000Z", tenant: "t" }));
const keys = [ChainKey.fromHex("11".repeat(32)), ChainKey.fromHex("22".repeat(32)), undefined];

const body: fc.Arbitrary<SentBody> = fc.record({
  bytes: fc.uint8Array({ maxLength: 40 }).map((bytes) => Buffer.from(bytes)),
  gzip: fc.boolean(),
  format: fc.constantFrom("json" as const, "ndjson" as const, "otlp" as const),
  sender: fc.constantFrom(...senders),
  chainKey: fc.constantFrom(...keys),
});

const share: fc.Arbitrary<Share> = fc
  .record({
    via: fc.constantFrom("a", "b", "c"),
    end: fc.nat(),
    kept: fc.nat(),
    claimed: fc.nat(),
    lone: fc.boolean(),
    rejected: fc.array(fc.constant({ line: 3, code: "not_json" as const, message: "no" }), { maxLength: 2 }),
    refused: fc.option(fc.constant({ code: "bad_gzip" as const, message: "no" }), { nil: undefined }),
  })
  .map(({ refused, ...rest }) => ({
    ...rest,
    rejectedCount: rest.rejected.length,
    ...(refused === undefined ? {} : { refused }),
  }));

describe("what goes between threads", () => {
  it("comes out as it went in: bodies", () => {
    fc.assert(
      fc.property(fc.array(body, { maxLength: 12 }), (bodies) => {
        const expected = bodies.map((each) => ({
          ...each,
          bytes: Buffer.from(each.bytes).toString("hex"),
          chainKey: each.chainKey?.reveal(),
        }));
        const packed = packBodies(bodies);
        const arrived = unpackBodies(structuredClone(packed, { transfer: [packed.memory] }));
        expect(
          arrived.map((each) => ({
            ...each,
            bytes: each.bytes.toString("hex"),
            chainKey: each.chainKey?.reveal(),
          })),
        ).toEqual(expected);
      }),
    );
  });

  it("comes out as it went in: shares", () => {
    fc.assert(
      fc.property(fc.array(share, { maxLength: 12 }), (shares) => {
        expect(unpackShares(structuredClone(packShares(shares)))).toEqual(shares);
      }),
    );
  });

  it("names a sender once, and takes a large body's memory as it is", () => {
    const bytes = Buffer.allocUnsafeSlow(100_000);
    const alone = { bytes, gzip: false, format: "json" as const, sender: senders[0]! };
    expect(packBodies([alone]).memory).toBe(bytes.buffer);
    const packed = packBodies([alone, { ...alone, sender: senders[1]! }, alone]);
    expect(packed.senders).toEqual(senders);
    expect(packed.memory.byteLength).toBe(300_000);
  });
});

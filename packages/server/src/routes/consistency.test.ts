// SPDX-License-Identifier: Apache-2.0
import { MerkleError, parseCheckpoint, verifyConsistency } from "@telltale/merkle";
import { nodeCrypto } from "@telltale/merkle/node";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startIngest, type IngestFixture } from "../../test/ingest-fixture.js";
import { ConsistencyProofs } from "./consistency.js";
import type { IngestAnswer } from "./ingest.js";

let server: IngestFixture;
beforeAll(async () => {
  server = await startIngest();
});
afterAll(() => server.close());

async function send(seen?: string | string[]): Promise<IngestAnswer> {
  const response = await server.app.inject({
    method: "POST",
    url: "/v1/events",
    headers: { "content-type": "application/json", ...(seen === undefined ? {} : { "telltale-seen": seen }) },
    payload: JSON.stringify(Array.from({ length: 7 }, () => ({ action: "order_placed" }))),
  });
  expect(response.statusCode).toBe(200);
  return response.json<IngestAnswer>();
}

function headOf({ checkpoint }: IngestAnswer): { size: bigint; root: Uint8Array } {
  return parseCheckpoint(checkpoint.slice(0, checkpoint.indexOf("\n\n") + 1));
}

function verify(old: IngestAnswer, now: IngestAnswer): void {
  const before = headOf(old);
  const after = headOf(now);
  verifyConsistency(nodeCrypto, {
    size1: before.size,
    root1: before.root,
    size2: after.size,
    root2: after.root,
    proof: (now.consistency ?? []).map((hash) => Buffer.from(hash, "base64")),
  });
}

describe("telltale-seen", () => {
  it("is answered with the proof that the checkpoint extends that size", async () => {
    const answers = [await send()];
    expect(answers[0]).not.toHaveProperty("consistency");
    for (let i = 1; i < 20; i++) {
      for (const old of answers) {
        const now = await send(String(headOf(old).size));
        verify(old, now);
        expect(now.consistency?.length).toBeGreaterThan(0);
      }
      answers.push(await send("0"));
      expect(answers.at(-1)?.consistency).toEqual([]);
      if (i > 4) answers.shift();
    }
  });
  it("proves nothing else: neither another old root nor a changed hash passes", async () => {
    const old = await send();
    const other = await send();
    const now = await send(String(headOf(old).size));
    expect(() =>
      verify(old, { ...now, consistency: now.consistency!.map((hash) => `A${hash.slice(1)}`) }),
    ).toThrow(MerkleError);
    expect(() => verify(other, now)).toThrow(MerkleError);
  });
  it.each(["", "-1", "01", "1.0", "1e3", "0x1", " 1x", "18446744073709551616", "99999999999999999"])(
    "takes %j for no size",
    async (seen) => expect(await send(seen)).not.toHaveProperty("consistency"),
  );
  it("takes two for none", async () => expect(await send(["1", "2"])).not.toHaveProperty("consistency"));
  it("is left out for a size that the log has not reached, and empty for its own", async () => {
    const { size } = server.log;
    expect(await send(String(size + 8))).not.toHaveProperty("consistency");
    expect((await send(String(size + 14))).consistency).toEqual([]);
  });
});

describe("ConsistencyProofs", () => {
  it("makes one proof for all that ask for the same, and forgets the oldest", async () => {
    let made = 0;
    const proofs = new ConsistencyProofs({
      consistency: async (from) => [Buffer.alloc(32, ++made * from)],
      onError() {},
    });
    await Promise.all(Array.from({ length: 50 }, () => proofs.prove("1", 2)));
    expect(made).toBe(1);
    for (let to = 3; to < 1100; to++) await proofs.prove("1", to);
    await proofs.prove("1", 1099);
    expect(made).toBe(1098);
    await proofs.prove("1", 2);
    expect(made).toBe(1099);
  });
  it("says nothing where the log cannot prove it, reports why, and tries again", async () => {
    const errors: string[] = [];
    let healthy = false;
    const proofs = new ConsistencyProofs({
      consistency: async () => {
        if (!healthy) throw new Error("a tile is missing");
        return [Buffer.alloc(32)];
      },
      onError: (error) => errors.push(error.message),
    });
    expect(await proofs.prove("1", 2)).toBeUndefined();
    expect(errors).toEqual(["a tile is missing"]);
    healthy = true;
    expect(await proofs.prove("1", 2)).toEqual([Buffer.alloc(32).toString("base64")]);
  });
});

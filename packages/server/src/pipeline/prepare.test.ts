// SPDX-License-Identifier: Apache-2.0
import { createHash } from "node:crypto";
import { canonicalJson, LIMITS, type SecurityEvent } from "@telltale/event";
import { createProtector } from "@telltale/protect";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { RatchetTable } from "../chain/ratchet-table.js";
import { Ratchets } from "../chain/ratchets.js";
import { splitLines } from "./ingest/split.js";
import { prepare, prepareInternal, toIdWords, type Prepared } from "./prepare.js";
import { loadRules } from "./rules.js";
import { Fingerprint, makeFingerprintSeed } from "./seal/fingerprint.js";
import type { Sender } from "./stages.js";

const FAILED = `
title: Failed sign-in
id: 5f7d2f5c-1c5e-4a2e-9b25-0c8f1f6f0001
logsource: { product: telltale }
detection: { selection: { action: authn_login_fail }, condition: selection }
level: low
`;
const rules = loadRules([{ file: "failed/rule.yml", text: FAILED }]);
const tools = {
  protector: createProtector(),
  rules: rules.set,
  ruleSet: rules.name,
  fingerprint: new Fingerprint(makeFingerprintSeed()),
  ratchets: new Ratchets(new RatchetTable()),
};
const sender: Sender = { received: "2026-11-22T10:00:00.000Z", via: "ingest_a" };

function run(body: string | Buffer, from: Sender = sender): Prepared {
  const bytes = Buffer.from(body);
  return prepare([{ body: bytes, split: splitLines(bytes), sender: from }], tools);
}

function linesOf(prepared: Prepared): string[] {
  let start = 0;
  return Array.from(prepared.ends, (end) => {
    const line = prepared.bytes.toString("utf8", start, end - 1);
    expect(prepared.bytes[end - 1]).toBe(0x0a);
    start = end;
    return line;
  });
}

const eventsOf = (prepared: Prepared): SecurityEvent[] =>
  linesOf(prepared).map((line) => JSON.parse(line) as SecurityEvent);

const canonical = canonicalJson({
  v: 1,
  id: "0193500a-0000-7000-8000-000000000001",
  time: "2026-11-22T09:59:59.000Z",
  source: { app: "shop" },
  action: "authn_login_fail",
  outcome: "failure",
  level: "warn",
  actor: { type: "user", id: "alice" },
});

const claimedIn = (...args: Parameters<typeof run>): number | undefined => run(...args).shares[0]?.claimed;

describe("events of the server itself", () => {
  it("leave what they were made of alone: its maker goes on using it", () => {
    const settings = { name: "siem", secret: "env:TELLTALE_SECRET_SIEM" };
    const prepared = prepareInternal([{ ...JSON.parse(canonical), data: { settings } }], sender, tools);
    expect(prepared.bytes.includes("TELLTALE_SECRET_SIEM")).toBe(false);
    expect(settings.secret).toBe("env:TELLTALE_SECRET_SIEM");
  });
});

describe("prepare", () => {
  it("keeps the bytes of a canonical event and puts the server's fields in front", () => {
    const prepared = run(canonical);
    expect(prepared.shares[0]?.kept).toBe(1);
    expect(linesOf(prepared)).toEqual([
      `{"received":"2026-11-22T10:00:00.000Z","via":"ingest_a",${canonical.slice(1)}`,
    ]);
    expect(prepared.prints[0]).toBe(prepared.sealedPrints[0]);
  });
  it("puts the tenant of the key in front too", () => {
    expect(eventsOf(run(canonical, { ...sender, tenant: "acme" }))[0]?.tenant).toBe("acme");
  });
  it("rewrites an event in which something is hidden, and never lets the secret through", () => {
    const prepared = run(JSON.stringify({ action: "x", data: { password: "hunter2hunter2" } }));
    expect(prepared.shares[0]?.kept).toBe(0);
    expect(prepared.bytes.includes("hunter2")).toBe(false);
    expect(eventsOf(prepared)[0]?.protected?.fields).toMatchObject([{ path: "data.password" }]);
  });
  it("hashes each line as RFC 6962 says", () => {
    const prepared = run(`${canonical}\n${JSON.stringify({ action: "y" })}\n${canonical}`);
    for (const [i, line] of linesOf(prepared).entries()) {
      const leaf = createHash("sha256")
        .update(Buffer.from([0]))
        .update(line)
        .digest();
      expect(prepared.leafHashes.subarray(i * 32, i * 32 + 32)).toEqual(leaf);
    }
  });
  it("hints which rule matched which line", () => {
    const prepared = run(`${JSON.stringify({ action: "y" })}\n${canonical}`);
    expect(prepared.ruleSet).toBe(rules.name);
    expect([...prepared.hints]).toEqual([1, 0]);
  });
  it("matches the event as it is sealed: with the fields that the server adds", () => {
    const ofKey = loadRules([
      {
        file: "r.yml",
        text: FAILED.replace("{ action: authn_login_fail }", "{ via: ingest_b, tenant: acme }"),
      },
    ]);
    const body = Buffer.from(canonical);
    const hintsFor = (from: Partial<Sender>): number =>
      prepare([{ body, split: splitLines(body), sender: { ...sender, ...from } }], {
        ...tools,
        rules: ofKey.set,
      }).hints.length;
    expect(hintsFor({ via: "ingest_b", tenant: "acme" })).toBe(2);
    expect(hintsFor({ via: "ingest_b" })).toBe(0);
    expect(hintsFor({ tenant: "acme" })).toBe(0);
  });
  it("cuts what protection made too long, and lists it", () => {
    const short = Array.from({ length: 2500 }, (_, n) => `${n}@a.io`);
    const prepared = run(JSON.stringify({ action: "x", data: { text: "\u202e".repeat(9000), short } }));
    expect(prepared.ends[0]).toBeLessThanOrEqual(LIMITS.sealedBytes + 1);
    expect(prepared.count).toBe(1);
    expect(eventsOf(prepared)[0]?.protected?.fields.some((each) => each.how === "truncated")).toBe(true);
  });
  it("makes every accepted event fit a line, however its characters grow", () => {
    const text = fc
      .tuple(
        fc.constantFrom("\u007f", "\u0085", "\u202e", "\0", "é", "x"),
        fc.constantFrom(1, 10, 100, 9000, 20_000),
      )
      .map(([char, count]) => char.repeat(count));
    const many = fc
      .tuple(text, fc.constantFrom(1, 30, 2500))
      .map(([one, count]) => Array(count).fill(one.slice(0, 15)));
    const event = fc.record(
      {
        action: text,
        id: text,
        source: fc.record({ app: text, host: text }),
        actor: fc.record({ type: fc.constant("user"), id: text, name: text, roles: many }),
        client: fc.record({ ip: text, userAgent: text }),
        reason: text,
        message: text,
        data: fc.dictionary(text, many, { maxKeys: 3 }),
      },
      { requiredKeys: ["action"] },
    );
    fc.assert(
      fc.property(event, (each) => {
        const prepared = run(JSON.stringify(each));
        expect(prepared.count + prepared.shares[0]!.rejectedCount).toBe(1);
        if (prepared.count === 1) expect(prepared.ends[0]).toBeLessThanOrEqual(LIMITS.sealedBytes + 1);
        if (prepared.count === 1) JSON.parse(linesOf(prepared)[0]!);
      }),
      { numRuns: 200 },
    );
  });
  it("counts claims", () => {
    expect(claimedIn(`${canonical}\n${JSON.stringify({ action: "log_pruned" })}`)).toBe(1);
    expect(claimedIn(canonical, { ...sender, app: "billing" })).toBe(1);
    expect(claimedIn(canonical, { ...sender, app: "shop" })).toBe(0);
  });
  it("keeps the place in the source's chain, however much has to be cut", () => {
    const boot = "b".repeat(43);
    const prev = "0123456789abcdef".repeat(2);
    const link = { boot, seq: 7, prev };
    const event = (more: object): Buffer =>
      Buffer.from(JSON.stringify({ action: "x", source: { app: "a", ...link }, ...more }));
    // Characters that turn the text around are sealed as escapes, which takes twice as many bytes.
    const long = { data: { long: "\u202e".repeat(15_000) } };
    const wide = { actor: { type: "user", roles: Array.from({ length: 9000 }, () => "\u202e") } };
    for (const more of [long, wide]) {
      const sent = event(more);
      expect(eventsOf(run(sent))[0]?.source).toMatchObject(link);
    }
    const bad = run(
      Buffer.from(
        JSON.stringify({ action: "x", source: { app: "a", boot: "b".repeat(50_000), seq: 1, prev } }),
      ),
    );
    expect(bad.chained).toBeUndefined();
  });
  it("puts the fields of its own sender in front of each body's lines", () => {
    const bodies = ["a", "b"].map((via) => {
      const body = Buffer.from(`${canonical}\nnonsense\n${canonical}`);
      return { body, split: splitLines(body), sender: { ...sender, via, tenant: `of ${via}` } };
    });
    const prepared = prepare(bodies, tools);
    expect(eventsOf(prepared).map(({ via, tenant }) => [via, tenant])).toEqual([
      ["a", "of a"],
      ["a", "of a"],
      ["b", "of b"],
      ["b", "of b"],
    ]);
    expect(prepared.shares).toMatchObject([
      { via: "a", end: 2, rejected: [{ line: 2, code: "not_json" }] },
      { via: "b", end: 4, rejected: [{ line: 2, code: "not_json" }] },
    ]);
  });
  it("gives one sealed line or one refusal for each line, whatever the bytes", () => {
    const piece = fc.oneof(
      fc.json(),
      fc.string(),
      fc.constant(canonical),
      fc.object().map((o) => JSON.stringify({ action: "x", ...o })),
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 20 }), (pieces) => {
        const body = Buffer.from(pieces.join("\n"));
        const split = splitLines(body);
        const prepared = prepare([{ body, split, sender }], tools);
        expect(prepared.count + prepared.shares[0]!.rejectedCount).toBe(split.starts.length);
        for (const event of eventsOf(prepared)) expect(event.via).toBe("ingest_a");
      }),
      { numRuns: 300 },
    );
  });
  it("takes bytes that are no text", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 100 }), (bytes) => {
        const body = Buffer.concat([Buffer.from('{"action":"x","message":"'), bytes, Buffer.from('"}')]);
        const prepared = run(body);
        for (const line of linesOf(prepared)) JSON.parse(line);
      }),
    );
  });
});

describe("prepareInternal", () => {
  it("allows reserved actions and still hides secrets", () => {
    const event = {
      ...(JSON.parse(canonical) as object),
      action: "log_viewed",
      message: "password=hunter2hunter2",
    };
    const [sealed] = eventsOf(prepareInternal([event], { ...sender, via: "telltale" }, tools));
    expect(sealed?.action).toBe("log_viewed");
    expect(sealed?.message).not.toContain("hunter2");
  });
});

describe("toIdWords", () => {
  it("reads the bits of a UUID, whatever its case, and hashes anything else", () => {
    const words = new Uint32Array(8);
    toIdWords("0193500a-1122-7000-8000-00000000beef", words, 0);
    expect([...words.subarray(0, 4)]).toEqual([0x0193500a, 0x11227000, 0x80000000, 0x0000beef]);
    toIdWords("0193500A-1122-7000-8000-00000000BEEF", words, 4);
    expect(words.subarray(4)).toEqual(words.subarray(0, 4));
    toIdWords("0193500a-1122-7000-8000-00000000beeg", words, 4);
    expect(words.subarray(4)).not.toEqual(words.subarray(0, 4));
    toIdWords("order-1", words, 0);
    expect(words[0]).toBe(createHash("sha256").update("order-1").digest().readUInt32BE(0));
  });
});

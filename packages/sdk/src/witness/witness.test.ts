// SPDX-License-Identifier: Apache-2.0
import fc from "fast-check";
import { beforeEach, describe, expect, test } from "vitest";
import { MemoryLog } from "../../test/log-server.js";
import { judgeClaim, Finding, type LogClaim, type Seen } from "./judge.js";
import { parseLogKey } from "./log-key.js";
import { type Evidence, Witness, type WitnessMemory, type WitnessOptions } from "./witness.js";

let log: MemoryLog;
let clock: number;
let found: Evidence[];
let asked: number;

beforeEach(() => {
  log = new MemoryLog();
  log.append(["a", "b", "c"]);
  clock = 0;
  found = [];
  asked = 0;
});

function witness(options: Partial<WitnessOptions> = {}): Witness {
  return new Witness({
    vkey: log.vkey,
    memory: undefined,
    learnKey: async () => {
      asked++;
      return log.vkey;
    },
    learnHistory: async () => log.keyHistory,
    everyMs: 1000,
    now: () => clock,
    onFinding: (evidence) => found.push(evidence),
    ...options,
  });
}

/** One acknowledgement, as the server would give it or changed on the way. */
async function acknowledge(
  by: Witness,
  change: (claim: LogClaim) => LogClaim = (claim) => claim,
): Promise<void> {
  clock += 1000;
  const question = by.ask();
  expect(question).toBeDefined();
  question?.answered(change(await log.claim(question.seen)));
  await new Promise((resolve) => setImmediate(resolve));
}

const codes = (): string[] => found.map(({ finding }) => finding.code);

describe("a log that only grows", () => {
  test("is believed at every size", async () => {
    const one = witness();
    for (let i = 0; i < 70; i++) {
      await acknowledge(one);
      expect(one.size).toBe(BigInt(log.leaves.length));
      log.append(Array.from({ length: i % 9 }, (_, n) => `${i} ${n}`));
    }
    expect(found).toEqual([]);
  });

  test("is asked about once in a while, by one request at a time, and again when nobody answered", () => {
    const one = witness();
    const first = one.ask();
    expect(first?.seen).toBe("0");
    clock += 5000;
    expect(one.ask()).toBeUndefined();
    first?.unanswered();
    expect(one.ask()).toBeDefined();
  });

  test("may be as large as a log can be", async () => {
    const key = parseLogKey(log.vkey);
    const [root1, root2] = [await log.root(2), await log.root(3)];
    const seen = { size: 2n ** 63n - 1n, root: root1, checkpoint: "" };
    const same = log.sign(`${log.origin}\n${2n ** 63n - 1n}\n${Buffer.from(root1).toString("base64")}\n`);
    expect(judgeClaim(key, seen, { checkpoint: same })).toBe(seen);
    const other = log.sign(`${log.origin}\n${2n ** 63n - 1n}\n${Buffer.from(root2).toString("base64")}\n`);
    expect(() => judgeClaim(key, seen, { checkpoint: other })).toThrow(Finding);
  });
});

describe("a log that", () => {
  const attacks: [string, (by: Witness) => Promise<void>, string][] = [
    [
      "was cut back",
      async (by) => {
        log.leaves = log.leaves.slice(0, 2);
        await acknowledge(by);
      },
      "log_rollback",
    ],
    [
      "was cut back and grew again",
      async (by) => {
        log.leaves = log.leaves.slice(0, 2);
        log.append(["x", "y", "z"]);
        await acknowledge(by);
      },
      "log_fork",
    ],
    [
      "has the same size and other events",
      async (by) => {
        log.leaves = log.leaves.slice(0, 2);
        log.append(["x"]);
        await acknowledge(by);
      },
      "log_fork",
    ],
    [
      "is signed by another key",
      async (by) => {
        log.changeKey();
        await acknowledge(by);
      },
      "log_wrong_key",
    ],
    [
      "is another log",
      async (by) => {
        log = new MemoryLog("telltale/another");
        log.append(["a", "b", "c", "d"]);
        await acknowledge(by);
      },
      "log_wrong_key",
    ],
    [
      "leaves the proof out",
      async (by) => {
        log.append(["d"]);
        await acknowledge(by, ({ checkpoint }) => ({ checkpoint }));
      },
      "log_unproven",
    ],
    ["leaves the checkpoint out", async (by) => acknowledge(by, () => ({})), "log_unproven"],
    [
      "proves another growth",
      async (by) => {
        log.append(["d", "e"]);
        const other = await log.claim("2");
        await acknowledge(by, ({ checkpoint }) => ({ checkpoint, consistency: other.consistency }));
      },
      "log_fork",
    ],
  ];
  test.each(attacks)("%s is found, with evidence, until a person has looked", async (_, attack, code) => {
    const one = witness();
    await acknowledge(one);
    const honest = await log.checkpoint();
    await attack(one);
    expect(codes()).toEqual([code]);
    expect(found[0]?.remembered).toBe(honest);
    expect(one.size).toBe(3n);
    await acknowledge(one, () => ({}));
    expect(codes()).toHaveLength(2);
  });

  test("comes back to what it was is no longer accused", async () => {
    const one = witness();
    await acknowledge(one);
    const { leaves } = log;
    log.leaves = leaves.slice(0, 1);
    await acknowledge(one);
    log.leaves = leaves;
    log.append(["d"]);
    await acknowledge(one);
    expect(codes()).toEqual(["log_rollback"]);
    expect(one.size).toBe(4n);
  });
});

describe("the key of the log", () => {
  test("is learned once, from the server, and held against it from then on", async () => {
    const one = witness({ vkey: undefined });
    await acknowledge(one);
    expect(one.size).toBe(3n);
    log.changeKey();
    await acknowledge(one);
    await acknowledge(one);
    expect(codes()).toEqual(["log_wrong_key", "log_wrong_key"]);
    expect(asked).toBe(1);
  });

  test("is not pinned when it did not sign what the server answered", async () => {
    const other = new MemoryLog();
    const one = witness({ vkey: undefined, learnKey: async () => other.vkey });
    await acknowledge(one);
    expect(codes()).toEqual(["log_wrong_key"]);
    expect(one.size).toBeUndefined();
  });

  test.each([
    ["no answer", () => Promise.reject(new Error("404"))],
    ["no key", async () => "<html>"],
    ["a witness's key", async () => log.vkey.replace(/\+[^+]*$/, "+BAAA")],
  ])("%s is told, and asked for again only after a while", async (_, learnKey) => {
    const one = witness({ vkey: undefined, learnKey });
    await acknowledge(one);
    await acknowledge(one);
    expect(codes()).toEqual(["log_unproven"]);
    clock += 60_000;
    await acknowledge(one);
    expect(codes()).toHaveLength(2);
    await one.close();
  });

  test("may change, when the one before named it; then the old one is believed no more", async () => {
    const saved: string[] = [];
    const memory: WitnessMemory = { load: () => undefined, save: (vkey) => saved.push(vkey) };
    const one = witness({ memory });
    await acknowledge(one);
    const old = log.vkey;
    await log.rotate();
    log.append(["d"]);
    await acknowledge(one);
    await log.rotate();
    clock += 60_000;
    await acknowledge(one);
    expect(codes()).toEqual([]);
    expect(one.size).toBe(6n);
    expect(new Set(saved)).toEqual(new Set([old, ...saved.slice(1)]));
    expect(saved.at(-1)).toBe(log.vkey);
    log.changeKey();
    await acknowledge(one);
    expect(codes()).toEqual(["log_wrong_key"]);
  });

  test.each([
    ["a shorter one is a rollback", 6, "log_rollback"],
    ["another one of that length is a fork", 8, "log_fork"],
    ["another one that is longer is a fork", 10, "log_fork"],
  ])(
    "that follows from the one given is held to what an earlier process saw under it: %s",
    async (_, size, code) => {
      const known = new Map<string, Seen>();
      const memory: WitnessMemory = {
        load: (vkey) => {
          const seen = vkey === undefined ? undefined : known.get(vkey);
          return vkey === undefined || seen === undefined ? undefined : { vkey, seen };
        },
        save: (vkey, seen) => known.set(vkey, seen),
      };
      const given = log.vkey;
      const before = witness({ vkey: given, memory });
      await acknowledge(before);
      await log.rotate();
      await acknowledge(before);
      log.append(["d", "e", "f", "g"]);
      await acknowledge(before);
      await before.close();
      expect(known.get(log.vkey)?.size).toBe(8n);
      // The newest events are cut off, and others take their place.
      log.leaves = log.leaves.slice(0, 5);
      log.append(Array.from({ length: size - 5 }, (_each, i) => `x${i}`));
      const after = witness({ vkey: given, memory });
      await acknowledge(after);
      await acknowledge(after);
      expect(new Set(codes())).toEqual(new Set([code]));
      await after.close();
      expect(known.get(log.vkey)?.size).toBe(8n);
    },
  );

  test("that follows from the one given is believed again by the next process", async () => {
    const known = new Map<string, Seen>();
    const memory: WitnessMemory = {
      load: (vkey = "") => ({ vkey, seen: known.get(vkey) }),
      save: (vkey, seen) => known.set(vkey, seen),
    };
    const given = log.vkey;
    await log.rotate();
    for (let i = 0; i < 3; i++) {
      const one = witness({ vkey: given, memory });
      await acknowledge(one);
      log.append([`${i}`]);
      await acknowledge(one);
      await acknowledge(one);
      await one.close();
    }
    expect(codes()).toEqual([]);
    expect(known.get(log.vkey)?.size).toBe(7n);
  });

  test("that follows is not believed for a log that is another, or from before what was seen", async () => {
    const one = witness();
    await acknowledge(one);
    log.append(["d", "e", "f"]);
    await acknowledge(one);
    const honest = log.leaves;
    // A thief of the key rewrites the log and leads it over to a key of his own.
    log.leaves = honest.slice(0, 2);
    await log.rotate();
    log.append(["x", "y", "z", "w"]);
    await acknowledge(one);
    expect(codes()).toEqual(["log_wrong_key"]);
    expect(one.size).toBe(6n);
  });

  test("that follows is held to what was seen: a fork under it is a fork", async () => {
    const one = witness();
    await acknowledge(one);
    log.leaves = [...log.leaves.slice(0, 2), ...log.leaves.slice(1, 2)];
    log.append(["d"]);
    await log.rotate();
    await acknowledge(one);
    expect(codes()).toEqual(["log_fork"]);
  });

  test.each(["", "{}", "null", "[".repeat(1e5), '{"format":"telltale-keys/1","first":"x","changes":[{}]}'])(
    "with a history of %.20s is not believed",
    async (history) => {
      const one = witness({ learnHistory: async () => history });
      await acknowledge(one);
      log.changeKey();
      await acknowledge(one);
      expect(codes()).toEqual(["log_wrong_key"]);
    },
  );

  test("given by a person is checked at once", () => {
    expect(() => witness({ vkey: "nonsense" })).toThrow(/not a verifier key/);
  });
});

describe("memory", () => {
  test("is used at start and written now and then, and at the end", async () => {
    const saved: Seen[] = [];
    const memory: WitnessMemory = {
      load: () => undefined,
      save: (vkey, seen) => {
        expect(vkey).toBe(log.vkey);
        saved.push(seen);
      },
    };
    const one = witness({ memory });
    for (let i = 0; i < 12; i++) {
      log.append([String(i)]);
      await acknowledge(one);
    }
    await one.close();
    await one.close();
    expect(saved.map(({ size }) => size)).toEqual([4n, 14n, 15n]);
    const last = saved.at(-1);
    const next = witness({
      vkey: undefined,
      memory: { ...memory, load: () => ({ vkey: log.vkey, seen: last }) },
    });
    log.leaves = log.leaves.slice(0, 14);
    await acknowledge(next);
    expect(codes()).toEqual(["log_rollback"]);
    expect(asked).toBe(0);
  });
});

describe("hostile answers", () => {
  const hash = fc.oneof(
    fc.uint8Array({ minLength: 32, maxLength: 32 }).map((bytes) => Buffer.from(bytes).toString("base64")),
    fc.string(),
    fc.anything(),
  );
  const text = fc.oneof(
    fc.string(),
    fc.tuple(fc.bigInt(), fc.string()).map(([size, root]) => `${log.origin}\n${size}\n${root}\n`),
    fc.nat({ max: 400 }).map((cut) => `X${"—".repeat(cut)}`),
  );

  test("never throw, never are believed, never change what is remembered", async () => {
    const one = witness();
    await acknowledge(one);
    log.append(["d"]);
    const signed = await log.checkpoint();
    const key = parseLogKey(log.vkey);
    const seen = { size: 3n, root: await log.root(3), checkpoint: await log.checkpoint(3) };
    const checkpoint = fc.oneof(
      fc.anything(),
      text,
      text.map((each) => log.sign(each.endsWith("\n") && !/\p{Cc}[^\n]|\p{Cs}/u.test(each) ? each : "x\n")),
      fc.constant(signed),
      fc
        .tuple(fc.nat({ max: signed.length - 1 }), fc.string({ minLength: 1, maxLength: 1 }))
        .map(([at, char]) => signed.slice(0, at) + char + signed.slice(at + 1)),
    );
    const consistency = fc.oneof(fc.anything(), fc.array(hash, { maxLength: 70 }));
    await fc.assert(
      fc.asyncProperty(checkpoint, consistency, async (c, proof) => {
        const claim = { checkpoint: c, consistency: proof };
        if (c === signed && JSON.stringify(proof) === JSON.stringify((await log.claim("3")).consistency))
          return;
        if (c === signed || typeof c !== "string" || !c.startsWith(signed)) {
          expect(() => judgeClaim(key, seen, claim)).toThrow(Finding);
        }
        const before = one.size;
        clock += 1000;
        one.ask()?.answered(claim);
        expect(one.size).toBe(before);
      }),
      { numRuns: 500 },
    );
    // What is true is still believed afterwards.
    await acknowledge(one);
    expect(one.size).toBe(4n);
  });

  test("cost little, however long they are", () => {
    const key = parseLogKey(log.vkey);
    const start = performance.now();
    for (const checkpoint of ["x".repeat(4e6), "—".repeat(1e6), "\n".repeat(4e6)]) {
      expect(() => judgeClaim(key, undefined, { checkpoint })).toThrow(Finding);
    }
    expect(performance.now() - start).toBeLessThan(200);
  });
});

// SPDX-License-Identifier: Apache-2.0
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Channel } from "../../src/alert/notify/channel.js";
import { DeliveryError } from "../../src/alert/notify/channel.js";
import { Reach } from "../../src/alert/notify/reach.js";
import { DIGEST, HOSTILE, makeAlert, makeNotice, TEST, toDelivery } from "./notices.js";

export type Mood = "well" | "busy" | "refusing" | "slow" | "dead" | "endless";

/** A service as it is outside, in this process and speaking its protocol. */
export interface Service {
  readonly host: string;
  mood: Mood;
  /** What it took: what people would read, as one text. */
  readonly taken: readonly string[];
  /** Connections that were made, taken or not. */
  readonly connections: number;
  close(): Promise<void>;
}

export interface ChannelCase<S extends Service> {
  readonly name: string;
  start(): Promise<S>;
  channel(service: S, reach: Reach): Channel;
  /** What no error and no message may hold. */
  readonly secrets: readonly string[];
  /** Texts that would be mark-up, a mention or a header if they stood like this in what was sent. */
  readonly markup: readonly (string | RegExp)[];
  /** False where the protocol cannot say no. */
  readonly refuses?: boolean;
}

const signal = () => new AbortController().signal;

async function failureOf(work: Promise<unknown>): Promise<DeliveryError> {
  const error = await work.then(
    () => new Error("it was delivered"),
    (cause: unknown) => cause,
  );
  expect(error).toBeInstanceOf(DeliveryError);
  return error as DeliveryError;
}

/** What holds for every channel. */
export function describeChannel<S extends Service>(one: ChannelCase<S>): void {
  describe(one.name, () => {
    let service: S;
    let channel: Channel;
    beforeEach(async () => {
      service = await one.start();
      channel = one.channel(service, new Reach([service.host]));
    });
    afterEach(() => service.close());

    it("tells an alert, a digest with its counts, and that a test is one", async () => {
      await channel.send(toDelivery(makeNotice()), signal());
      await channel.send(toDelivery(DIGEST), signal());
      await channel.send(toDelivery(TEST), signal());
      expect(service.taken[0]).toContain("Password brute force");
      expect(service.taken[0]).toContain("alice");
      expect(service.taken[1]).toContain("37");
      expect(service.taken[1]).toMatch(/4 more found no room/);
      expect(service.taken[2]).toMatch(/test/i);
      expect(service.taken).toHaveLength(3);
    });

    it("makes nothing of what an attacker writes into an event", async () => {
      const group = { "actor.id": HOSTILE, [HOSTILE]: "x" };
      const alert = makeAlert({ title: HOSTILE, key: HOSTILE, group, ruleId: HOSTILE, tags: [HOSTILE] });
      await channel.send(toDelivery(makeNotice({ alert })), signal());
      const line = { ...DIGEST.lines[0]!, title: HOSTILE, key: HOSTILE };
      await channel.send(toDelivery({ ...DIGEST, lines: [line] }), signal());
      await channel.send(toDelivery({ ...TEST, by: HOSTILE }), signal());
      expect(service.taken).toHaveLength(3);
      for (const text of service.taken)
        for (const bad of one.markup) {
          if (typeof bad === "string") expect(text).not.toContain(bad);
          else expect(text).not.toMatch(bad);
        }
    });

    it("stays within bounds however large the alert", async () => {
      const group = Object.fromEntries(
        Array.from({ length: 500 }, (_, n) => [`field${n}`, "v".repeat(2_000)]),
      );
      const alert = makeAlert({
        title: "t".repeat(100_000),
        group,
        tags: Array.from({ length: 500 }, () => "tag"),
      });
      await channel.send(toDelivery(makeNotice({ alert })), signal());
      expect((service.taken[0] ?? "").length).toBeLessThan(28_000);
    });

    it("takes a receiver that is busy, slow or gone for one that may take it later", async () => {
      for (const mood of ["busy", "slow", "dead"] as const) {
        service.mood = mood;
        const error = await failureOf(channel.send(toDelivery(makeNotice()), signal()));
        expect([mood, error.isFinal]).toEqual([mood, false]);
        for (const secret of one.secrets) expect(error.message).not.toContain(secret);
      }
      service.mood = "well";
      await channel.send(toDelivery(makeNotice()), signal());
      expect(service.taken).toHaveLength(1);
    });

    it.runIf(one.refuses !== false)("takes a no for a no", async () => {
      service.mood = "refusing";
      const error = await failureOf(channel.send(toDelivery(makeNotice()), signal()));
      expect(error.isFinal).toBe(true);
      for (const secret of one.secrets) expect(error.message).not.toContain(secret);
    });

    it("does not read an answer that has no end", async () => {
      service.mood = "endless";
      await Promise.race([
        channel.send(toDelivery(makeNotice()), signal()).catch(() => undefined),
        new Promise((_, reject) => setTimeout(() => reject(new Error("it still reads")), 3_000)),
      ]);
    });

    it("stops when it is told to", async () => {
      service.mood = "slow";
      const stop = new AbortController();
      const sending = channel.send(toDelivery(makeNotice()), stop.signal);
      setTimeout(() => stop.abort(), 30);
      await failureOf(sending);
    });

    it("connects to no private address that nobody allowed", async () => {
      const fenced = one.channel(service, new Reach([]));
      const before = service.connections;
      await failureOf(fenced.send(toDelivery(makeNotice()), signal()));
      expect(service.connections).toBe(before);
    });
  });
}

// SPDX-License-Identifier: Apache-2.0
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { ForwardState } from "../../src/follow/forward/status.js";
import type { Target } from "../../src/follow/forward/target.js";
import { Rig, until } from "./rig.js";

/**
 * `dead`: breaks connections. `slow`: takes all and says nothing. `half`: takes the events and dies in the middle of saying
 * so. `garbage`: answers something else. `huge`: answers without end. `busy`: asks for time. `no-access`: refuses the credential.
 */
export type Mood = "well" | "dead" | "slow" | "half" | "garbage" | "huge" | "busy" | "no-access";

/** The other side of a target, as a test has it. */
export interface SuitePeer {
  /** What it does next; in every mood but the good one it MUST NOT be able to confirm anything. */
  mood: Mood;
  /** Addresses of the events that it took, in order, repeats included. */
  readonly taken: string[];
  /** Addresses that it refuses for good, when it is in a good mood. */
  readonly refused: Set<string>;
  /** Makes a target with a time-out of some 300 ms and this name. */
  target(name: string): Target;
  close(): Promise<void>;
}

export interface SuiteOptions {
  readonly name: string;
  start(): Promise<SuitePeer>;
  /** The moods it knows, and what a target is said to be then. */
  readonly moods: Partial<Record<Exclude<Mood, "well">, ForwardState>>;
  /** The peer can refuse single events. */
  readonly refuses: boolean;
  /** What must be in no message. */
  readonly secrets: readonly string[];
}

const addresses = (from: number, to: number): string[] =>
  Array.from({ length: to - from }, (_, i) => `main:${from + i}`);

/** Each address once, in the order in which it was taken first. */
const firsts = (taken: readonly string[]): string[] => [...new Set(taken)];

/** What holds for every target. */
export function describeTarget(options: SuiteOptions): void {
  describe(`${options.name} as a target`, () => {
    let peer: SuitePeer;
    let rig: Rig;
    beforeEach(async () => {
      peer = await options.start();
      rig = new Rig(40);
    });
    afterEach(async () => {
      await rig.stop();
      await peer.close();
      rig.dir.dispose();
    });
    const isDone = (): boolean => rig.forwarder.status().lag === 0;

    it("gets every event once and in order while all is well", async () => {
      await rig.start(peer.target("t"));
      await until(isDone, "all delivered");
      rig.log.grow(3);
      await until(isDone, "the newest delivered");
      expect(peer.taken).toEqual(addresses(0, 43));
      expect(rig.forwarder.status()).toMatchObject({
        name: "t",
        state: "running",
        next: 43,
        lag: 0,
        counts: { delivered: 43, refused: 0, retried: 0 },
      });
      expect(rig.errors).toEqual([]);
    });

    it.each(Object.entries(options.moods))(
      "%s: waits (%s), says so, and loses nothing",
      async (mood, state) => {
        peer.mood = mood as Mood;
        const forwarder = await rig.start(peer.target("t"));
        await until(() => forwarder.status().state === state, `state ${state}`);
        await until(() => forwarder.status().counts.retried >= 14, "more than one attempt");
        const status = forwarder.status();
        expect(status).toMatchObject({ state, next: 0, lag: 40, counts: { delivered: 0, refused: 0 } });
        expect(status.lastDelivered).toBeUndefined();
        expect(status.lastError?.message.length).toBeLessThan(200);
        for (const secret of options.secrets) expect(JSON.stringify(status)).not.toContain(secret);
        peer.mood = "well";
        await until(isDone, "all delivered after it was mended");
        expect(firsts(peer.taken)).toEqual(addresses(0, 40));
        expect(forwarder.status()).toMatchObject({ state: "running", counts: { delivered: 40 } });
        expect(forwarder.status().lastError?.message).toBe(status.lastError?.message);
        expect(rig.letters("t")).toEqual([]);
      },
    );

    it("goes on where it was after a restart, and repeats rather than leaves out", async () => {
      await rig.start(peer.target("t"));
      await until(() => peer.taken.length >= 14, "some delivered");
      await rig.stop();
      const before = peer.taken.length;
      rig.log.grow(10);
      await rig.start(peer.target("t"));
      await until(isDone, "the rest delivered");
      expect(firsts(peer.taken)).toEqual(addresses(0, 50));
      // What was confirmed before the stop is not sent again.
      expect(peer.taken.length).toBeLessThanOrEqual(50 + 7);
      expect(before).toBeGreaterThanOrEqual(14);
    });

    it("goes on after a stop in the middle of a delivery that is not answered", async () => {
      const [mood] = ["slow", "dead"].filter((each) => each in options.moods) as Mood[];
      peer.mood = mood ?? "well";
      await rig.start(peer.target("t"));
      await new Promise((resolve) => setTimeout(resolve, 30));
      const began = Date.now();
      await rig.stop();
      expect(Date.now() - began).toBeLessThan(250);
      peer.mood = "well";
      await rig.start(peer.target("t"));
      await until(isDone, "all delivered");
      expect(firsts(peer.taken)).toEqual(addresses(0, 40));
    });

    it.runIf(options.refuses)("puts aside what is refused for good and delivers the rest", async () => {
      for (const index of [0, 8, 9, 39]) peer.refused.add(`main:${index}`);
      const forwarder = await rig.start(peer.target("t"));
      await until(isDone, "all settled");
      const expected = addresses(0, 40).filter((each) => !peer.refused.has(each));
      expect(firsts(peer.taken)).toEqual(expected);
      const letters = rig.letters("t");
      expect(letters.map(({ address }) => address)).toEqual([...peer.refused]);
      expect(letters[1]).toMatchObject({
        target: "t",
        action: "api_request",
        id: expect.stringMatching(/8$/),
      });
      for (const { reason } of letters) {
        expect(reason.length).toBeGreaterThan(3);
        for (const secret of options.secrets) expect(reason).not.toContain(secret);
      }
      expect(forwarder.status()).toMatchObject({ state: "running", counts: { refused: 4 } });
    });

    it("is sent again from an index on", async () => {
      const forwarder = await rig.start(peer.target("t"));
      await until(isDone, "all delivered");
      await forwarder.replay(35);
      await until(() => peer.taken.length >= 45, "the last five again");
      expect(peer.taken.slice(40)).toEqual(addresses(35, 40));
    });
  });
}

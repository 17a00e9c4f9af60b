// SPDX-License-Identifier: Apache-2.0
import { openLog } from "@telltale/log";
import { tempDir, toBatch } from "@telltale/testkit";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { followKey } from "./follow-key.js";
import type { Pin, Seen } from "./pinned-key.js";

let close: () => Promise<void>;
let pin: Pin;
let middle: Seen;
let seen: Seen;
let history: string;

beforeEach(async () => {
  const dir = tempDir("follow-key");
  const log = await openLog({ dataDir: dir.path, create: { originName: "t" }, onFatal: () => undefined });
  close = async () => {
    await log.close();
    dir.dispose();
  };
  const look = (): Seen => {
    const { size, root } = log.checkpoint();
    return { origin: log.origin, vkey: log.vkey, size, root: root.toString("base64") };
  };
  const change = async (): Promise<void> => {
    const data = await log.prepareKeyChange();
    await log.append(toBatch([JSON.stringify({ via: "telltale", action: "log_key_changed", data })]));
  };
  await log.append(toBatch(["{}"]));
  pin = { ...look(), since: "2026-11-22T10:00:00.000Z" };
  await change();
  middle = look();
  await change();
  seen = look();
  history = log.keyHistory;
});
afterEach(() => close());

describe("a browser that pinned a key", () => {
  it("follows it to the log's new one, over any number of changes", async () => {
    expect(await followKey(pin, seen, history)).toEqual({ ...pin, vkey: seen.vkey });
    const later = { ...middle, since: pin.since };
    expect(await followKey(later, seen, history)).toEqual({ ...later, vkey: seen.vkey });
  });

  it("follows nothing else", async () => {
    const other = { ...pin, vkey: seen.vkey.replace(/.$/, (last) => (last === "A" ? "B" : "A")) };
    for (const [from, to, text] of [
      [pin, { ...seen, vkey: middle.vkey }, history],
      [pin, { ...seen, vkey: pin.vkey }, history],
      [other, seen, history],
      [{ ...pin, vkey: seen.vkey }, middle, history],
      // It has seen more, or something else, signed with the old key than the change says there was.
      [{ ...pin, size: 3 }, seen, history],
      [{ ...pin, size: 2 }, seen, history],
      [pin, seen, history.slice(0, -9)],
      [pin, seen, ""],
      [pin, seen, "null"],
    ] as const)
      expect(await followKey(from, to, text)).toBeUndefined();
  });
});

// SPDX-License-Identifier: Apache-2.0
import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import path from "node:path";
import type { lookup as dnsLookup } from "node:dns";
import { tempDir, type TempDir } from "@telltale/testkit";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { HttpTestPeer } from "../../../test/forward/http-peer.js";
import { makeOutgoing } from "../../../test/forward/sealed.js";
import { parseTargetSettings, type TargetSettings } from "./config.js";
import { createFence, type FenceOptions } from "./fence.js";
import { SecretRef, systemSecrets } from "./secret-ref.js";

let dir: TempDir;
let secrets: string;
beforeEach(() => {
  dir = tempDir("fence");
  secrets = path.join(dir.path, "secrets");
  mkdirSync(secrets);
  writeFileSync(path.join(secrets, "token"), "inside\n");
  writeFileSync(path.join(dir.path, "outside"), "outside\n");
  symlinkSync(path.join(dir.path, "outside"), path.join(secrets, "link"));
});
afterEach(() => dir.dispose());

const fence = (over: Partial<FenceOptions> = {}) =>
  createFence({
    sources: systemSecrets({ TELLTALE_SECRET_A: "a-secret", HOME: "/root" }),
    secretsDir: secrets,
    allowPrivate: false,
    filesDir: dir.path,
    ...over,
  });
const readRef = (reference: string, over: Partial<FenceOptions> = {}): string => {
  const found = SecretRef.parse(reference, fence(over).secrets);
  if (found === undefined) throw new Error("no reference");
  return found.read().reveal();
};
const hook = (more: TargetSettings = {}): TargetSettings => ({
  name: "hook",
  to: "webhook",
  url: "https://hooks.example.com/in",
  secret: "env:TELLTALE_SECRET_A",
  ...more,
});
/** Every name is at this address. */
const lookupOf = (address: string) =>
  ((_: string, __: unknown, done: (error: null, found: { address: string; family: number }[]) => void) =>
    done(null, [{ address, family: 4 }])) as unknown as typeof dnsLookup;

describe("the fence around targets of the API", () => {
  it("keeps what may wait in memory small, for there may be many", () => {
    const batch = { events: 5_001, bytes: 1024, waitMs: 0 };
    expect(() => parseTargetSettings({ ...hook(), batch }, fence())).toThrow("batch.events");
    const large = { ...batch, events: 5_000, bytes: 64 * 1024 * 1024 };
    expect(() => parseTargetSettings({ ...hook(), batch: large }, fence())).toThrow("batch.bytes");
    expect(parseTargetSettings({ ...hook(), batch: { ...batch, events: 5_000 } }, fence()).batch.events).toBe(
      5_000,
    );
  });

  it("opens variables by their prefix and files by their directory", () => {
    expect(readRef("env:TELLTALE_SECRET_A")).toBe("a-secret");
    expect(readRef(`file:${secrets}/token`)).toBe("inside");
  });

  it.each([
    ["another variable", () => "env:HOME", {}, /only variables that begin/],
    ["the prototype", () => "env:__proto__", {}, /only variables that begin/],
    ["a file beside the directory", () => `file:${dir.path}/outside`, {}, /only files inside/],
    ["a way up", () => `file:${secrets}/../outside`, {}, /only files inside/],
    ["the directory itself", () => `file:${secrets}`, {}, /only files inside/],
    ["a directory with a longer name", () => `file:${secrets}-other/x`, {}, /only files inside/],
    ["a link that leads out", () => `file:${secrets}/link`, {}, /EOUTSIDE/],
    [
      "any file where no directory is named",
      () => `file:${secrets}/token`,
      { secretsDir: undefined },
      /names no directory/,
    ],
  ])("keeps %s shut", (_, reference, over, message) => {
    expect(() => readRef(reference(), over)).toThrow(message);
  });

  it.each([
    "https://127.0.0.1:9200",
    "https://localhost:9200",
    "https://[::1]:9200",
    "https://[::ffff:127.0.0.1]",
    "https://10.1.2.3",
    "https://169.254.169.254/latest/meta-data",
    "https://0x7f.1",
    "https://2130706433",
  ])("refuses the private address %s as it is written", (url) => {
    expect(() => parseTargetSettings(hook({ url }), fence())).toThrow("private network");
    expect(parseTargetSettings(hook({ url }), fence({ allowPrivate: true })).name).toBe("hook");
  });

  it("refuses a name that leads to a private address when it is asked, and reaches nobody", async () => {
    const peer = await new HttpTestPeer(() => ({ status: 200 })).start();
    const { port } = peer.url;
    const signal = new AbortController().signal;
    const settings = hook({ url: `http://siem.example.com:${port}`, allowPlaintext: true });
    const closed = parseTargetSettings(settings, fence({ lookup: lookupOf("127.0.0.1") })).create();
    await expect(closed.deliver([makeOutgoing(1)], signal)).rejects.toMatchObject({
      code: "misconfigured",
      message: expect.stringContaining("private address") as string,
    });
    const syslog = { name: "s", to: "syslog", url: `tcp://siem.example.com:${port}`, allowPlaintext: true };
    const plain = parseTargetSettings(syslog, fence({ lookup: lookupOf("127.0.0.1") })).create();
    await expect(plain.deliver([makeOutgoing(1)], signal)).rejects.toMatchObject({ code: "misconfigured" });
    expect(peer.asked).toEqual([]);
    await Promise.all([closed.close(), plain.close(), peer.close()]);
  });
});

// SPDX-License-Identifier: Apache-2.0
import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { tempDir, type TempDir } from "@telltale/testkit";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type Asked, HttpTestPeer } from "../../../test/forward/http-peer.js";
import { until } from "../../../test/forward/rig.js";
import { FollowedLog } from "../../../test/forward/sealed.js";
import { createMetrics } from "../../metrics.js";
import type { SelfEvent } from "../../self-log.js";
import { openState, type State } from "../../state/state.js";
import { FollowerRunner } from "../runner.js";
import { type Forwarding, openForwarding } from "./open.js";

const BY = { kind: "user", id: "u1", name: "Ada" } as const;
const WHY = "the new SIEM";

/** What a new process would open, on one directory and one log. */
class Bench {
  readonly dir: TempDir = tempDir("managed");
  readonly log = new FollowedLog(10);
  readonly sealed: SelfEvent[] = [];
  readonly errors: Error[] = [];
  env: Record<string, string> = {
    TELLTALE_SECRET_HOOK: "a-secret-of-the-receiver",
    OTHER: "not-for-the-page",
  };
  /** Refuses to seal while true, as a full disk does. */
  isRefusing = false;
  state!: State;
  runner!: FollowerRunner;
  forwarding!: Forwarding;

  async open(forward: Parameters<typeof openForwarding>[0]["config"]["forward"] = []): Promise<void> {
    const { dir, log, env, errors } = this;
    this.state = openState(path.join(dir.path, "state.db"));
    this.runner = new FollowerRunner({ log, logName: "main", retryMs: 5, onError() {}, onAhead() {} });
    this.forwarding = openForwarding({
      config: { dataDir: dir.path, forward, secretsDir: undefined, forwardAllowPrivate: true },
      log,
      state: this.state,
      runner: this.runner,
      selfLog: {
        emit: () => undefined,
        seal: (events) => {
          if (this.isRefusing) return Promise.reject(new Error("full"));
          this.sealed.push(...events);
          return Promise.resolve();
        },
      },
      metrics: createMetrics(),
      env,
      onError: (error) => errors.push(error),
    });
    await this.runner.start(this.forwarding.forwarders.followers);
    await this.forwarding.managed.open();
  }

  async close(): Promise<void> {
    this.forwarding.forwarders.stop();
    await this.runner.close();
    await this.state.close();
  }
}

const indicesOf = (asked: readonly Asked[]): number[] =>
  asked.flatMap(({ body }) =>
    (JSON.parse(body) as { events: { address: string }[] }).events.map(({ address }) =>
      Number(address.split(":")[1]),
    ),
  );
const upTo = (n: number): number[] => Array.from({ length: n }, (_, i) => i);

let bench: Bench;
let peer: HttpTestPeer;
const hook = (more: Record<string, string | number> = {}) => ({
  name: "hook",
  to: "webhook",
  url: peer.url.href,
  secret: "env:TELLTALE_SECRET_HOOK",
  batch: { waitMs: 0 },
  ...more,
});
const status = () => bench.forwarding.forwarders.status().find(({ name }) => name === "hook");

beforeEach(async () => {
  bench = new Bench();
  peer = await new HttpTestPeer(() => ({ status: 200 })).start();
  await bench.open();
});
afterEach(async () => {
  await bench.close();
  await peer.close();
  bench.dir.dispose();
});

describe("targets that are configured over the API", () => {
  it("begin at the beginning or now, as chosen, and outlive a restart at their place", async () => {
    const { managed } = bench.forwarding;
    await managed.create(hook(), BY, WHY);
    await managed.create(hook({ name: "late", from: "now" }), BY, WHY);
    await until(() => status()?.lag === 0, "all ten");
    expect(indicesOf(peer.asked)).toEqual(upTo(10));
    expect(bench.forwarding.forwarders.status().map(({ name, next }) => [name, next])).toEqual([
      ["hook", 10],
      ["late", 10],
    ]);
    await bench.close();
    bench.log.grow(2);
    await bench.open();
    await until(() => peer.asked.length === 3, "the two new ones, for each");
    expect(
      indicesOf(peer.asked)
        .slice(10)
        .toSorted((a, b) => a - b),
    ).toEqual([10, 10, 11, 11]);
    expect(bench.forwarding.managed.list()).toMatchObject([
      { name: "hook", createdBy: "Ada", problem: undefined },
      { name: "late", problem: undefined },
    ]);
  });

  it("are changed without losing their place, while the other targets go on", async () => {
    const { managed, forwarders } = bench.forwarding;
    await managed.create(hook(), BY, WHY);
    await until(() => status()?.lag === 0, "all ten");
    const second = await new HttpTestPeer(() => ({ status: 200 })).start();
    // The one under way never answers: a change does not wait for it.
    peer.mood = "slow";
    bench.log.grow(3);
    await until(() => peer.asked.length >= 1 && (status()?.lag ?? 0) === 3, "a delivery that hangs");
    await managed.change("hook", hook({ url: second.url.href }), BY, "it has moved");
    await until(() => status()?.lag === 0, "the rest at the new place");
    expect(indicesOf(second.asked)).toEqual([10, 11, 12]);
    expect(forwarders.status()).toHaveLength(1);
    expect(bench.runner.status().map(({ name }) => name)).toEqual(["forward:hook"]);
    await second.close();
  });

  it("are removed with their place, so that one of the same name begins anew", async () => {
    const { managed, forwarders } = bench.forwarding;
    await managed.create(hook(), BY, WHY);
    await until(() => status()?.lag === 0, "all ten");
    await forwarders.pause("hook", BY);
    await managed.remove("hook", BY, "not needed any more");
    expect(forwarders.status()).toEqual([]);
    expect(bench.runner.status()).toEqual([]);
    expect(await bench.state.cursors.get("forward:hook")).toBeUndefined();
    peer.asked.length = 0;
    await managed.create(hook(), BY, WHY);
    await until(() => status()?.lag === 0, "all ten again");
    expect(indicesOf(peer.asked)).toEqual(upTo(10));
    await expect(managed.remove("nobody", BY, WHY)).rejects.toMatchObject({ code: "unknown_target" });
  });

  it("are sealed in the log before anything changes: what changed, by whom, why, and no secret", async () => {
    const { managed } = bench.forwarding;
    bench.isRefusing = true;
    await expect(managed.create(hook(), BY, WHY)).rejects.toThrow("full");
    expect(bench.forwarding.managed.list()).toEqual([]);
    bench.isRefusing = false;
    await managed.create(hook(), BY, WHY);
    await managed.change("hook", hook({ filter: "level:warn" }), BY, "too much");
    bench.isRefusing = true;
    await expect(managed.change("hook", hook(), BY, WHY)).rejects.toThrow("full");
    await expect(managed.remove("hook", BY, WHY)).rejects.toThrow("full");
    expect(bench.forwarding.forwarders.configOf("hook")?.filterText).toBe("level:warn");
    bench.isRefusing = false;
    await managed.remove("hook", BY, "gone");
    expect(bench.sealed).toMatchObject([
      { action: "log_forward_changed", reason: "created", actor: { id: "u1" }, data: { why: WHY } },
      {
        reason: "changed",
        data: { why: "too much", settings: { filter: "level:warn" }, before: { to: "webhook" } },
      },
      { reason: "removed", targets: [{ type: "forward", id: "hook" }], data: { why: "gone" } },
    ]);
    // Under the key of the secret the reference would be masked.
    expect(bench.sealed[0]?.data?.["references"]).toEqual(["env:TELLTALE_SECRET_HOOK"]);
    expect(JSON.stringify(bench.sealed)).not.toContain("a-secret-of-the-receiver");
  });

  it("that cannot run after a start are listed with their problem and stop nothing else", async () => {
    await bench.forwarding.managed.create(hook(), BY, WHY);
    await bench.forwarding.managed.create(hook({ name: "second" }), BY, WHY);
    await bench.close();
    bench.env = { TELLTALE_SECRET_SECOND: "another" };
    await bench.open();
    expect(bench.forwarding.managed.list().map(({ problem }) => problem)).toEqual([
      expect.stringContaining("env:TELLTALE_SECRET_HOOK is not set or empty"),
      expect.stringContaining("env:TELLTALE_SECRET_HOOK is not set or empty"),
    ]);
    expect(bench.forwarding.forwarders.status()).toEqual([]);
    await bench.forwarding.managed.change(
      "hook",
      hook({ secret: "env:TELLTALE_SECRET_SECOND" }),
      BY,
      "renamed",
    );
    expect(status()).toMatchObject({ state: "running" });
  });

  it("give way to a target of the file with the same name, and never stop it", async () => {
    await bench.forwarding.managed.create(hook(), BY, WHY);
    const config = bench.forwarding.forwarders.configOf("hook");
    await bench.close();
    if (config === undefined) throw new Error("no config");
    await bench.open([config]);
    const { managed, forwarders } = bench.forwarding;
    expect(managed.list()[0]?.problem).toContain("file");
    await expect(managed.change("hook", hook(), BY, WHY)).rejects.toMatchObject({ code: "name_taken" });
    await managed.remove("hook", BY, WHY);
    expect(forwarders.status()).toHaveLength(1);
    await expect(managed.remove("hook", BY, WHY)).rejects.toMatchObject({ code: "not_editable" });
    await expect(managed.create(hook(), BY, WHY)).rejects.toMatchObject({ code: "name_taken" });
  });

  it.each([
    ["a secret written out", { secret: "hunter2-hunter2" }, /^secret must say where the secret is/],
    [
      "another variable of the process",
      { secret: "env:OTHER" },
      /only variables that begin with TELLTALE_SECRET_/,
    ],
    ["a variable that is not there", { secret: "env:TELLTALE_SECRET_NONE" }, /is not set or empty/],
    ["a file", { secret: "file:/etc/passwd" }, /TELLTALE_SECRETS_DIR names no directory/],
    ["a file as address", { url: "file:/etc/passwd" }, /TELLTALE_SECRETS_DIR names no directory/],
    ["a certificate anywhere", { tls: { ca: "/etc/passwd" } }, /^tls\.ca may not be used here/],
    ["a misspelt key", { filtre: "x" }, /^the target is not known|^filtre is not known here/],
    ["a bad filter", { filter: "level:(" }, /^filter is no query/],
    ["no kind", { to: "ftp" }, /^to must be one of/],
    ["a list in disguise", { batch: "all" }, /^batch must be a mapping/],
    ["another scheme", { url: "gopher://example.com" }, /^url must begin with https/],
    ["a name that is a path", { name: "../../etc" }, /^name must be of/],
  ])("are refused with %s", async (_, change, message) => {
    const settings = { ...hook(), ...change } as Parameters<Forwarding["managed"]["create"]>[0];
    const refused = bench.forwarding.managed.create(settings, BY, WHY);
    await expect(refused).rejects.toMatchObject({
      code: "bad_target",
      message: expect.stringMatching(message) as string,
    });
    await expect(refused).rejects.not.toMatchObject({
      message: expect.stringMatching(/hunter2|not-for-the-page/) as string,
    });
    expect(bench.sealed).toEqual([]);
  });

  it("write files beside the log and nowhere else", async () => {
    const { managed } = bench.forwarding;
    const file = { name: "wazuh", to: "json-file", batch: { waitMs: 0 } };
    const elsewhere = managed.create({ ...file, path: path.join(bench.dir.path, "x") }, BY, WHY);
    await expect(elsewhere).rejects.toMatchObject({ message: "path is chosen by the server: leave it out." });
    const huge = managed.create({ ...file, keep: 1000 }, BY, WHY);
    await expect(huge).rejects.toMatchObject({ code: "bad_target" });
    await managed.create(file, BY, WHY);
    const written = path.join(bench.dir.path, "forward", "wazuh.jsonl");
    await until(
      () => existsSync(written) && readFileSync(written, "utf8").split("\n").length === 11,
      "ten lines",
    );
  });
});

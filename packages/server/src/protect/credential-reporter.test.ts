// SPDX-License-Identifier: Apache-2.0
import { createProtector } from "@telltale/protect";
import { expect, it } from "vitest";
import type { SelfEvent } from "../self-log.js";
import { CredentialReporter } from "./credential-reporter.js";
import { CredentialWatch } from "./thread/credential-watch.js";

const found = {
  path: "data.note",
  kind: "github",
  fingerprint: "f".repeat(22),
  app: "shop",
  via: "ingest_a",
  tenant: undefined,
  line: 3,
  index: 17,
};

function bench() {
  const events: SelfEvent[] = [];
  const clock = { now: 1_000_000 };
  const reporter = new CredentialReporter({ emit: (event) => void events.push(event) }, () => clock.now);
  return { events, clock, reporter };
}

it("tells each credential once a day and place", () => {
  const { events, clock, reporter } = bench();
  for (let i = 0; i < 5; i++) reporter.report(found);
  reporter.report({ ...found, path: "message" });
  reporter.report({ ...found, fingerprint: "g".repeat(22) });
  expect(events).toHaveLength(3);
  expect(events[0]).toMatchObject({
    action: "log_credential_seen",
    reason: "github",
    targets: [
      { type: "credential", id: "f".repeat(22) },
      { type: "api_key", id: "ingest_a" },
    ],
    data: { path: "data.note", kind: "github", app: "shop", index: 17 },
  });
  clock.now += 86_400_000;
  reporter.report(found);
  expect(events).toHaveLength(4);
});

it("spends a budget an hour on each key and on all, and counts the rest", () => {
  const { events, clock, reporter } = bench();
  const report = (via: string, n: number): void =>
    reporter.report({ ...found, via, fingerprint: `${via}${n}` });
  for (let i = 0; i < 1000; i++) report("a", i);
  expect(events).toHaveLength(60);
  report("b", 0);
  expect(events.at(-1)?.data).toMatchObject({ untold: 940 });
  for (let via = 0; via < 100; via++) for (let i = 0; i < 60; i++) report(`v${via}`, i);
  expect(events).toHaveLength(600);
  clock.now += 3_600_000;
  report("a", 5000);
  expect(events).toHaveLength(601);
});

it("says nothing that protecting would hide", () => {
  const { events, reporter } = bench();
  for (const kind of ["api_key", "password", "jwt", "private_key", "url_password", "aws_key"])
    reporter.report({ ...found, kind, fingerprint: kind });
  const protector = createProtector();
  for (const event of events) expect(protector.protect(structuredClone({ ...event }))).toBeNull();
});

it("knows a value by a fingerprint under a key, and keeps the value nowhere", () => {
  let key: Uint8Array | undefined;
  const watch = new CredentialWatch(() => key);
  const see = (value: string): void => watch.see({ path: "p", kind: "jwt", value });
  see("hunter2");
  expect(watch.take()).toBeUndefined();
  key = new Uint8Array(32).fill(1);
  watch.at(4, "shop", { via: "ingest_a", tenant: "t" });
  see("hunter2");
  see("hunter2");
  see("hunter3");
  const seen = watch.take() ?? [];
  expect(seen[0]).toEqual({
    path: "p",
    kind: "jwt",
    fingerprint: expect.stringMatching(/^[\w-]{22}$/) as string,
    app: "shop",
    via: "ingest_a",
    tenant: "t",
    line: 4,
  });
  expect(new Set(seen.map(({ fingerprint }) => fingerprint)).size).toBe(2);
  expect(JSON.stringify(seen)).not.toContain("hunter");
  key = new Uint8Array(32).fill(2);
  see("hunter2");
  expect(watch.take()?.[0]?.fingerprint).not.toBe(seen[0]?.fingerprint);
  for (let i = 0; i < 500; i++) see(`${i}`);
  expect(watch.take()).toHaveLength(100);
});

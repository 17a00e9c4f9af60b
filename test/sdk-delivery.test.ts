// SPDX-License-Identifier: Apache-2.0
// The SDK and the real program: chain, spool and witness, over a kill, a new key and an old backup of the server.
import { cpSync, rmSync } from "node:fs";
import path from "node:path";
import { createTelltale, type TelltaleError } from "@telltale/sdk";
import { afterAll, beforeAll, expect, it } from "vitest";
import {
  createKey,
  serve,
  type ServerProcess,
  telltale as run,
  temporaryDirectory,
  until,
} from "./harness.js";

const { dir, clean } = temporaryDirectory();
const spools = temporaryDirectory();
let server: ServerProcess;
let ingest: string;
let read: string;
const errors: TelltaleError[] = [];

beforeAll(async () => {
  server = await serve(dir);
  ingest = await createKey(dir, "ingest");
  read = await createKey(dir, "read");
});
afterAll(async () => {
  await server.kill("SIGTERM");
  clean();
  spools.clean();
});

/** One address for the server, whatever port it has now. */
const ADDRESS = "http://localhost:1";
const start = () =>
  createTelltale({
    app: "shop",
    url: ADDRESS,
    fetch: (input, init) =>
      fetch(new URL(new URL(input instanceof Request ? input.url : input).pathname, server.url), init),
    key: ingest,
    witnessMs: 0,
    batch: { ms: 5 },
    spool: { directory: path.join(spools.dir, "spool") },
    onError: (error) => errors.push(error),
  });
const codes = (): string[] => [
  ...new Set(errors.map(({ code, message }) => (code === "events_lost" ? `${code}: ${message}` : code))),
];

async function actions(query: string): Promise<string[]> {
  const response = await fetch(`${server.url}/v1/events?limit=1000&q=${encodeURIComponent(query)}`, {
    headers: { authorization: `Bearer ${read}` },
  });
  const { events } = (await response.json()) as { events: { event: { action: string } }[] };
  return events.map(({ event }) => event.action);
}

it("loses nothing over a kill of the server, and the server finds every chain whole and its log proven", async () => {
  const telltale = start();
  for (let i = 0; i < 300; i++) telltale.emit({ action: "thing_done", data: { i } });
  telltale.api.request({ request: { path: "/x" } });
  expect(await telltale.flush()).toBe(true);
  await server.kill("SIGKILL");
  for (let i = 300; i < 350; i++) telltale.emit({ action: "thing_done", data: { i, password: "hunter2" } });
  await telltale.emitAndWait({ action: "thing_kept" });
  expect(await telltale.close(200)).toBe(false);
  server = await serve(dir);
  const next = start();
  await next.emitAndWait({ action: "thing_done" }, { until: "acknowledged", ms: 20_000 });
  await until("what was left", async () => (next.stats().spooledBytes === 0 ? true : undefined));
  expect(await next.close()).toBe(true);
  await until("the index", async () =>
    (await actions("action:source_stopped")).length >= 2 ? true : undefined,
  );
  expect(await actions("action:thing_done")).toHaveLength(351);
  expect(await actions("action:thing_kept")).toHaveLength(1);
  expect(
    await actions("action:log_gap_detected or action:log_source_silent or action:log_id_conflict"),
  ).toEqual([]);
  expect(next.stats().provenSize).toBeGreaterThan(350);
  expect(codes()).toEqual(["delivery_delayed"]);
}, 60_000);

it("follows a change of the log's key, and finds that an old backup was put back", async () => {
  errors.length = 0;
  const backup = `${dir}-backup`;
  await server.kill("SIGTERM");
  cpSync(dir, backup, { recursive: true });
  server = await serve(dir);
  const telltale = start();
  await telltale.emitAndWait({ action: "thing_done" }, { until: "acknowledged" });
  const proven = telltale.stats().provenSize ?? 0;
  const rotated = await run(["key", "rotate", "--data", dir, "--reason", "test"]);
  expect(rotated.code, rotated.stderr).toBe(0);
  await telltale.emitAndWait({ action: "thing_done" }, { until: "acknowledged" });
  await until("the new key", async () => ((telltale.stats().provenSize ?? 0) > proven ? true : undefined));
  for (let i = 0; i < 20; i++)
    await telltale.emitAndWait({ action: "thing_done" }, { until: "acknowledged" });
  expect(codes()).toEqual([]);

  await server.kill("SIGTERM");
  rmSync(dir, { recursive: true });
  cpSync(backup, dir, { recursive: true });
  rmSync(backup, { recursive: true });
  server = await serve(dir);
  await telltale.emitAndWait({ action: "thing_done" }, { until: "acknowledged", ms: 20_000 });
  await until("the finding", async () =>
    codes().some((code) => code.startsWith("log_")) ? true : undefined,
  );
  // The old key again, which was replaced.
  expect(codes().filter((code) => code.startsWith("log_"))).toEqual(["log_wrong_key"]);
  expect(await telltale.close(20_000)).toBe(true);
  await until("the alarm in the log", async () =>
    (await actions("action:source_log_alarm")).length > 0 ? true : undefined,
  );
}, 60_000);

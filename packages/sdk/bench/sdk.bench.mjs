// SPDX-License-Identifier: Apache-2.0
// Prints what reporting costs an application: the call of emit, and delivery in the background, with and without a spool.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { Worker } from "node:worker_threads";
import { createTelltale } from "../dist/esm/index.js";

const COUNT = 20_000;
const SERVER = `
  const { createServer } = require("node:http");
  const server = createServer((request, response) => {
    request.resume().on("end", () => response.end("{}"));
  });
  server.listen(0, "127.0.0.1", () => require("node:worker_threads").parentPort.postMessage(server.address().port));
`;

const worker = new Worker(SERVER, { eval: true });
const port = await new Promise((resolve) => worker.once("message", resolve));
const directory = mkdtempSync(path.join(tmpdir(), "telltale-sdk-bench-"));
const spool = (fsync) => ({ spool: { directory: path.join(directory, fsync), fsync } });
// This server has no log: what the SDK says about that is of no interest here.
const onError = () => undefined;
for (const [name, options] of [
  ["node:http", {}],
  ["fetch", { fetch: globalThis.fetch }],
  ["spool, never", spool("never")],
  ["spool, interval", spool("interval")],
  ["spool, always", spool("always")],
]) {
  const url = `http://127.0.0.1:${port}`;
  const telltale = createTelltale({ app: "bench", url, key: "k", maxBytes: 2 ** 28, onError, ...options });
  const emit = (i) =>
    telltale.authn.loginFail({
      actor: { id: `user-${i}`, name: "alice" },
      reason: "bad_password",
      client: { ip: "203.0.113.7", userAgent: "Mozilla/5.0 (X11; Linux x86_64)" },
      request: { id: "r-88a1b2c3", method: "POST", path: "/login", route: "/login", status: 401 },
      data: { attempt: 3, mfa: false },
    });
  for (let i = 0; i < COUNT; i++) emit(i);
  await telltale.flush(60_000);
  const start = process.cpuUsage();
  for (let i = 0; i < COUNT; i++) emit(i);
  const emitted = process.cpuUsage(start);
  const before = process.cpuUsage();
  if (!(await telltale.flush(60_000))) throw new Error("not everything arrived");
  const sent = process.cpuUsage(before);
  const each = ({ user, system }) => ((user + system) / COUNT).toFixed(1).padStart(6);
  console.log(`${name.padEnd(15)} emit ${each(emitted)} us, delivery ${each(sent)} us of CPU per event`);
  await telltale.close();
}
rmSync(directory, { recursive: true });
await worker.terminate();

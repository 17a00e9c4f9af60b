// SPDX-License-Identifier: Apache-2.0
// Runs all tests of the bundle for one mutant after another; answers with the test that noticed, or nothing.
import { parentPort, workerData } from "node:worker_threads";

/** No test has as many turns of loops. */
const MAX_TICKS = 20_000_000;
let ticks = 0;
globalThis.__tick = () => {
  if (++ticks > MAX_TICKS) throw new Error("a loop that does not end");
};
globalThis.__mutant = workerData.loadWith;
let tests;
let loading;
try {
  ({ tests } = await import(workerData.bundle));
} catch (error) {
  // A mutant that keeps the module from loading is noticed by whoever imports it.
  loading = error;
}

/** What is quick goes first: most mutants are noticed by something quick. */
function inOrder() {
  const rank = new Map(workerData.order.map((name, index) => [name, index]));
  const wanted = tests.filter(({ name }) => !workerData.without.includes(name));
  return wanted.sort((a, b) => (rank.get(a.name) ?? 0) - (rank.get(b.name) ?? 0));
}

const times = new Map();

async function findFailure() {
  if (loading !== undefined) return `loading: ${loading.message}`;
  for (const { name, run } of inOrder()) {
    const began = performance.now();
    ticks = 0;
    try {
      await run();
      times.set(name, performance.now() - began);
      if (process.env.TELLTALE_MUTATION_DEBUG) console.error(ticks, name);
      parentPort.postMessage({ isAlive: true });
    } catch (error) {
      if (process.env.TELLTALE_MUTATION_DEBUG) console.error(name, error);
      return name;
    }
  }
  return undefined;
}

async function answer(id) {
  globalThis.__mutant = id;
  const noticedBy = await findFailure();
  const order = [...times.keys()].sort((a, b) => times.get(a) - times.get(b));
  parentPort.postMessage({ id, noticedBy, count: tests?.length ?? 0, order });
}

parentPort.on("message", ({ id }) => void answer(id));
parentPort.postMessage({ ready: true });

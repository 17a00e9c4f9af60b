// SPDX-License-Identifier: Apache-2.0
// One changed byte, wherever it lies, is found and named by the command that people run.
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createKey, serve, telltale, temporaryDirectory } from "./harness.js";

const { dir, clean } = temporaryDirectory();
const EVENTS = 700;

beforeAll(async () => {
  const key = await createKey(dir, "ingest");
  const server = await serve(dir);
  const body = Array.from({ length: EVENTS }, (_, n) =>
    JSON.stringify({ action: "user_updated", data: { n } }),
  ).join("\n");
  const response = await fetch(`${server.url}/v1/events`, {
    method: "POST",
    headers: { authorization: `Bearer ${key}`, "content-type": "application/x-ndjson" },
    body,
  });
  expect(response.status).toBe(200);
  await server.kill("SIGTERM");
});
afterAll(clean);

function filesBelow(folder: string): string[] {
  return readdirSync(path.join(dir, folder), { recursive: true, withFileTypes: true })
    .filter((each) => each.isFile())
    .map((each) => path.join(each.parentPath, each.name));
}

async function verify(): Promise<{ code: number | null; report: { verdict: string; firstBad?: number } }> {
  const { code, stdout } = await telltale(["verify", "--data", dir, "--json"]);
  return { code, report: JSON.parse(stdout) as { verdict: string; firstBad?: number } };
}

async function withFlippedByte(file: string, at: number, check: () => Promise<void>): Promise<void> {
  const original = readFileSync(file);
  const changed = Buffer.from(original);
  changed[at] = changed[at]! ^ 0x01;
  writeFileSync(file, changed);
  try {
    await check();
  } finally {
    writeFileSync(file, original);
  }
}

describe("telltale verify", () => {
  it("says intact for an untouched log", async () => {
    expect(await verify()).toMatchObject({ code: 0, report: { verdict: "intact" } });
  });
  it("names the first bad index of a changed event", async () => {
    const [segment] = filesBelow("log/main/segment").filter((each) => each.endsWith(".ndjson"));
    const text = readFileSync(segment!);
    const lines = text.toString("latin1").split("\n");
    for (const index of [0, 300, lines.length - 2]) {
      const at = lines.slice(0, index).join("\n").length + (index === 0 ? 0 : 1) + lines[index]!.length - 5;
      await withFlippedByte(segment!, at, async () => {
        expect(await verify()).toMatchObject({ code: 1, report: { verdict: "tampered", firstBad: index } });
      });
    }
  });
  it("finds a changed tile", async () => {
    const tiles = filesBelow("log/main/tile");
    expect(tiles.length).toBeGreaterThan(0);
    for (const tile of tiles.slice(0, 3)) {
      await withFlippedByte(tile, 40, async () => {
        const { code, report } = await verify();
        expect(code).toBe(1);
        expect(report.firstBad).toBeTypeOf("number");
      });
    }
  });
});

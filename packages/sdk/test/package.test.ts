// SPDX-License-Identifier: Apache-2.0
import { execFile } from "node:child_process";
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Collector, createCollector } from "./collector.js";

// What a user gets: packed as for publishing, unpacked where nothing of this repository is near, type-checked and run.

const here = path.resolve(import.meta.dirname, "..");
const root = path.resolve(here, "../..");
const tsc = path.join(root, "node_modules/typescript/bin/tsc");
const run = promisify(execFile);
let folder = "";
let collector: Collector;

function newest(directory: string): number {
  const files = readdirSync(directory, { recursive: true, withFileTypes: true }).filter((entry) =>
    entry.isFile(),
  );
  return Math.max(0, ...files.map((file) => statSync(path.join(file.parentPath, file.name)).mtimeMs));
}

async function buildWhenStale(): Promise<void> {
  const sources = ["event", "protect", "merkle", "sdk"].map((name) =>
    newest(path.join(root, "packages", name, "src")),
  );
  const built = statSync(path.join(here, "dist/cjs/index.js"), { throwIfNoEntry: false })?.mtimeMs ?? 0;
  if (built > Math.max(...sources, statSync(path.join(here, "build.mjs")).mtimeMs)) return;
  await run(process.execPath, [tsc, "-b", here]);
  await run(process.execPath, [path.join(here, "build.mjs")]);
}

const CONSUMER = `
import { createTelltale, type Telltale, type TelltaleError, type TelltaleOptions } from "@telltale/sdk";
import { telltaleExpress } from "@telltale/sdk/express";
import express = require("express");

const options: TelltaleOptions = {
  app: "consumer",
  url: process.env.URL ?? "",
  key: "k",
  spool: { directory: process.env.SPOOL ?? "", fsync: "always", onFull: "block" },
  onError: (error) => console.log(error.code, error.evidence?.answered),
};
const telltale: Telltale = createTelltale(options);
const kept: Promise<void> = telltale.emitAndWait({ action: "payout" }, { until: "acknowledged" });
kept.catch((error: TelltaleError) => console.log(error.code));
telltale.authn.loginFail({ actor: { id: "alice" }, reason: "bad_password" });
telltale.transaction.payout({ money: { amount: "1.00", currency: "EUR" }, targets: [{ type: "account", id: "a" }] });
// @ts-expect-error a failed sign-in needs a reason
telltale.authn.loginFail({ actor: { id: "alice" } });
const app = express();
const { request, errors } = telltaleExpress(telltale, { trustProxy: 1 });
app.use(request);
app.post("/role", telltale.audit("role_changed", (_req: express.Request, res: express.Response) => {
  res.end();
}));
app.use(errors);
const twice: (n: number) => number = telltale.audit("twice", (n: number) => n * 2);
twice(2);
`;
const FINISH = "telltale.close().then((done) => { console.log(done, telltale.stats().delivered); });\n";

beforeAll(async () => {
  await buildWhenStale();
  collector = await createCollector();
  folder = mkdtempSync(path.join(tmpdir(), "telltale-sdk-"));
  const { stdout } = await run("npm", ["pack", "--ignore-scripts", "--json", "--pack-destination", folder], {
    cwd: here,
  });
  const [packed] = JSON.parse(stdout) as { filename: string }[];
  const modules = path.join(folder, "node_modules");
  mkdirSync(path.join(modules, "@telltale/sdk"), { recursive: true });
  const archive = path.join(folder, packed?.filename ?? "");
  await run("tar", ["-xzf", archive, "-C", path.join(modules, "@telltale/sdk"), "--strip-components=1"]);
  // The consumer's own dependencies; nothing of @telltale is among them.
  mkdirSync(path.join(modules, "@types"));
  for (const name of readdirSync(path.join(root, "node_modules/@types"))) {
    symlinkSync(path.join(root, "node_modules/@types", name), path.join(modules, "@types", name));
  }
  for (const name of ["express", "undici-types"])
    symlinkSync(path.join(root, "node_modules", name), path.join(modules, name));
}, 120_000);

afterAll(async () => {
  await collector.close();
  rmSync(folder, { recursive: true, force: true });
});

async function execute(file: string): Promise<string> {
  const env = {
    ...process.env,
    URL: collector.url,
    SPOOL: path.join(folder, `${file}.spool`),
    NODE_OPTIONS: "",
  };
  const { stdout } = await run(process.execPath, [path.join(folder, file)], { env });
  return stdout.trim();
}

async function typeCheck(files: Record<string, string>): Promise<void> {
  for (const [name, source] of Object.entries(files)) writeFileSync(path.join(folder, name), source);
  const compilerOptions = {
    module: "nodenext",
    target: "es2022",
    strict: true,
    esModuleInterop: true,
    exactOptionalPropertyTypes: true,
    types: ["node"],
    preserveSymlinks: true,
  };
  writeFileSync(
    path.join(folder, "tsconfig.json"),
    JSON.stringify({ compilerOptions, files: Object.keys(files) }),
  );
  await run(process.execPath, [tsc, "-p", folder]).catch((error: { stdout?: string }) => {
    throw new Error(error.stdout);
  });
}

describe("the published package", () => {
  test("type-checks and runs in an ES module and in CommonJS", async () => {
    await typeCheck({
      "esm.mts":
        CONSUMER.replace('import express = require("express")', 'import express from "express"') + FINISH,
      "cjs.cts": CONSUMER + FINISH,
    });
    expect(readFileSync(path.join(folder, "cjs.cjs"), "utf8")).toContain('require("@telltale/sdk")');
    expect(await execute("esm.mjs")).toBe("true 6");
    expect(await execute("cjs.cjs")).toBe("true 6");
  }, 120_000);

  test("sends what waits when the process has nothing left to do", async () => {
    const before = collector.events.length;
    const source = `
      import { createTelltale } from "@telltale/sdk";
      const telltale = createTelltale({ app: "script", url: process.env.URL, key: "k", batch: { ms: 60_000 } });
      for (let i = 0; i < 3; i++) telltale.emit({ action: "ran" });
    `;
    writeFileSync(path.join(folder, "exit.mjs"), source);
    expect(await execute("exit.mjs")).toBe("");
    expect(collector.events).toHaveLength(before + 3);
  });

  test("lets the process end in time when nobody answers", async () => {
    const source = `
      import { createTelltale } from "@telltale/sdk";
      const telltale = createTelltale({ app: "script", url: "http://127.0.0.1:1", key: "k", onError: () => {} });
      telltale.emit({ action: "ran" });
    `;
    writeFileSync(path.join(folder, "alone.mjs"), source);
    const start = performance.now();
    expect(await execute("alone.mjs")).toBe("");
    expect(performance.now() - start).toBeLessThan(15_000);
  });

  test("needs nothing else and brings nothing of this repository's own names", () => {
    const directory = path.join(folder, "node_modules/@telltale/sdk");
    const manifest = JSON.parse(readFileSync(path.join(directory, "package.json"), "utf8")) as Record<
      string,
      unknown
    >;
    expect(manifest.dependencies).toBeUndefined();
    const imported = new Set<string>();
    for (const file of readdirSync(directory, { recursive: true }) as string[]) {
      if (!/\.(?:js|d\.ts)$/.test(file)) continue;
      const text = readFileSync(path.join(directory, file), "utf8").replace(/\/\*[\s\S]*?\*\//g, "");
      const names = text.matchAll(/\bfrom "([^"]+)";|\brequire\("([^"]+)"\)|\bimport\("([^"]+)"\)/g);
      for (const [, ...groups] of names) imported.add(groups.find((name) => name !== undefined) ?? "");
    }
    const foreign = [...imported].filter((name) => !name.startsWith("node:") && !name.startsWith("."));
    expect(imported.size).toBeGreaterThan(5);
    expect(foreign).toEqual([]);
  });
});

// SPDX-License-Identifier: Apache-2.0
import { chmodSync, mkdirSync, statSync } from "node:fs";
import path from "node:path";
import { tempDir } from "@telltale/testkit";
import { afterEach, beforeEach, expect, it } from "vitest";
import { Database } from "./database.js";
import { openFiles } from "./files.js";

let dir: ReturnType<typeof tempDir>;
beforeEach(() => {
  dir = tempDir("index-modes");
  chmodSync(dir.path, 0o755);
});
afterEach(() => dir.dispose());

it.each([true, false])("keeps other users out of an index, there before: %s", async (isThere) => {
  const folder = path.join(dir.path, "index");
  const files = path.join(folder, "main");
  if (isThere) {
    mkdirSync(files, { recursive: true });
    for (const each of [folder, files]) chmodSync(each, 0o755);
  }
  const database = await Database.open({ folder, memoryBytes: 64e6, threads: 1 });
  try {
    const connection = await database.connect();
    await openFiles(files, { origin: "example.com/log", size: 0, from: 0 }, connection);
    connection.close();
  } finally {
    database.close();
  }
  expect([folder, files].map((each) => statSync(each).mode & 0o777)).toEqual([0o700, 0o700]);
});

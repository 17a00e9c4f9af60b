#!/usr/bin/env node
// SPDX-License-Identifier: Apache-2.0
// CommonJS on purpose: the size of the thread pool is read when the first task uses it, and loading an ES module is one.
// Every statement of the search engine holds a thread; with the usual four, the log's fsync would wait behind searches.
"use strict";
process.env.UV_THREADPOOL_SIZE ??= "8";

const { existsSync } = require("node:fs");
const path = require("node:path");
const { pathToFileURL } = require("node:url");

const main = path.join(__dirname, "../dist/main.js");
if (existsSync(main)) {
  import(pathToFileURL(main).href).catch((error) => {
    console.error(error);
    process.exitCode = 70;
  });
} else {
  console.error("telltale is not built yet. Run: npm run build");
  process.exitCode = 70;
}

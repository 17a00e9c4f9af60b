// SPDX-License-Identifier: Apache-2.0
import { readFileSync } from "node:fs";
import type { Register } from "../context.js";
import { writeOut } from "../io.js";

/** The version of this package. */
export function readVersion(): string {
  const text = readFileSync(new URL("../../package.json", import.meta.url), "utf8");
  return (JSON.parse(text) as { version: string }).version;
}

/** What `telltale --version` prints. */
export function formatVersion(): string {
  return `telltale ${readVersion()} (Node.js ${process.versions.node}, ${process.platform}-${process.arch})`;
}

export const registerVersion: Register = (program, { io }) => {
  program
    .command("version")
    .description("print the versions of Telltale and of Node.js")
    .option("--json", "print one JSON object")
    .action(async (options: { json?: boolean }) => {
      const facts = {
        telltale: readVersion(),
        node: process.versions.node,
        platform: `${process.platform}-${process.arch}`,
      };
      await writeOut(io.stdout, `${options.json === true ? JSON.stringify(facts) : formatVersion()}\n`);
    });
};

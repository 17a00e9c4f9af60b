// SPDX-License-Identifier: Apache-2.0
import { readFileSync } from "node:fs";

/** Version of this package, from its manifest. */
export function readVersion(): string {
  const manifest = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8")) as {
    version: string;
  };
  return manifest.version;
}

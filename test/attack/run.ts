// SPDX-License-Identifier: Apache-2.0
// scripts/attack-matrix.mjs bundles and runs this.
import { writeFileSync } from "node:fs";
import { runMatrix } from "./matrix.js";
import { formatPage } from "./page.js";

const say = (text: string): boolean => process.stderr.isTTY && process.stderr.write(text);

/** Runs the matrix, prints it, and writes it to `file` when one is given. */
export async function main(seed: number, trials: number, file: string | undefined): Promise<void> {
  const matrix = await runMatrix(seed, trials, (done) => say(`\r${done} of ${trials} worlds`));
  say("\n");
  const page = formatPage(matrix);
  process.stdout.write(page);
  if (file !== undefined) writeFileSync(file, page);
}

// SPDX-License-Identifier: Apache-2.0
import { readFileSync } from "node:fs";
import { CliFailure } from "./failure.js";

const MAX_EVIDENCE = 2 * 1024 * 1024;

/** The bytes of a file of `--evidence`: a checkpoint or a receipt that somebody kept. Throws CliFailure. */
export function readEvidence(file: string): Buffer {
  try {
    const bytes = readFileSync(file);
    if (bytes.length <= MAX_EVIDENCE) return bytes;
  } catch (cause) {
    throw new CliFailure("noInput", `--evidence: ${(cause as Error).message}`, undefined, { cause });
  }
  throw new CliFailure("usage", `--evidence ${file} is too long for a checkpoint or a receipt`);
}

// SPDX-License-Identifier: Apache-2.0
import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";

/** Where the build puts it: beside `src` and `dist` alike. */
const PAGE = fileURLToPath(new URL("../../public/verifier.html", import.meta.url));

/** The page that checks bundles of evidence in a browser: one file without a network. Undefined where it is not built. */
export async function readVerifierPage(): Promise<Buffer | undefined> {
  try {
    return await readFile(PAGE);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}

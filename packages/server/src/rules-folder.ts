// SPDX-License-Identifier: Apache-2.0
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";

/** The rules that ship with Telltale: inside the package when it is installed, beside it in the repository. */
export function shippedRules(): string {
  const places = ["../rules", "../../../rules"].map((each) => fileURLToPath(new URL(each, import.meta.url)));
  const found = places.find((each) => existsSync(each));
  if (found === undefined) throw new Error(`the rules that ship with Telltale are missing: ${places[0]}`);
  return found;
}

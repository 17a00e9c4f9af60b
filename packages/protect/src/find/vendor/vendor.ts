// SPDX-License-Identifier: Apache-2.0
import { prefixDetector } from "../detector.js";
import { VENDORS } from "./list.js";

/** Tokens of other vendors that a prefix gives away; the table is list.ts. */
export const vendor = prefixDetector({
  name: "vendor_token",
  literals: VENDORS.flatMap(({ literals }) => literals),
  pattern: new RegExp(`(?<![A-Za-z0-9_-])(?:${VENDORS.map(({ pattern }) => pattern).join("|")})`, "g"),
});

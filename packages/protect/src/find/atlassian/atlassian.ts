// SPDX-License-Identifier: Apache-2.0
import { prefixDetector } from "../detector.js";

/** Atlassian API tokens, which end in `=` and a CRC-32 in hexadecimal, and Bitbucket app passwords and access tokens. */
export const atlassian = prefixDetector({
  name: "atlassian_token",
  literals: ["ATATT3", "ATCTT3", "ATBB", "ATSTT3"],
  pattern:
    /(?<![A-Za-z0-9])(?:AT(?:A|C|S)TT3[\w-]{20,400}(?:=[0-9A-F]{8})?|ATBB[A-Za-z0-9]{28,36}(?![A-Za-z0-9]))/g,
  cut: /(?<![A-Za-z0-9])AT(?:A|C|S)TT3[\w-]{4,19}$/,
  isSure: (token) => /=[0-9A-F]{8}$/.test(token) || token.startsWith("ATBB"),
});

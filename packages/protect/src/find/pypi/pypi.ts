// SPDX-License-Identifier: Apache-2.0
import { prefixDetector } from "../detector.js";

/** `pypi-` and a macaroon in base64url whose location is `pypi.org` or `test.pypi.org` (PyPI help, "API tokens"). */
const MACAROON = /^pypi-(?:AgEIcHlwaS5vcmc|AgENdGVzdC5weXBpLm9yZw)/;

/** PyPI API tokens. */
export const pypi = prefixDetector({
  name: "pypi_token",
  literals: ["pypi-"],
  pattern:
    /(?<![A-Za-z0-9])pypi-(?:Ag[A-Za-z0-9_-]{24,1024}|(?=[\w-]{0,40}\d)(?=[\w-]{0,40}[A-Z])[A-Za-z0-9_-]{50,1024})/g,
  isSure: (token) => MACAROON.test(token) && token.length >= 85,
});

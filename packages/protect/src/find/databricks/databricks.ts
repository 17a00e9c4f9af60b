// SPDX-License-Identifier: Apache-2.0
import { prefixDetector } from "../detector.js";

/** Databricks personal access tokens. */
export const databricks = prefixDetector({
  name: "databricks_token",
  literals: ["dapi", "dose"],
  pattern: /(?<![A-Za-z0-9])(?:dapi|dose)[0-9a-f]{32}(?:-\d{1,2})?(?![A-Za-z0-9])/g,
  cut: /(?<![A-Za-z0-9])dapi(?=[a-f]{0,20}[0-9])[0-9a-f]{8,31}$/,
});

// SPDX-License-Identifier: Apache-2.0
import { prefixDetector } from "../detector.js";

/** SendGrid API keys: `SG.` and two parts. */
export const sendgrid = prefixDetector({
  name: "sendgrid_key",
  literals: ["SG."],
  pattern: /(?<![A-Za-z0-9])SG\.[\w-]{16,32}\.[\w-]{16,64}/g,
  cut: /(?<![A-Za-z0-9])SG\.[\w-]{16,32}\.?[\w-]{0,15}$/,
});

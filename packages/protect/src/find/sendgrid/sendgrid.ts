// SPDX-License-Identifier: Apache-2.0
import { UPPER_G } from "../chars.js";
import { prefixDetector } from "../detector.js";

/** SendGrid API keys: `SG.` and two parts. */
export const sendgrid = prefixDetector({
  name: "sendgrid_key",
  needs: [{ classes: UPPER_G, length: 36 }],
  literals: ["SG."],
  pattern: /(?<![A-Za-z0-9])SG\.[\w-]{16,32}\.[\w-]{16,64}/g,
});

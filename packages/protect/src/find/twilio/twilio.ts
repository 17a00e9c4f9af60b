// SPDX-License-Identifier: Apache-2.0
import { prefixDetector } from "../detector.js";

/** Twilio API keys (`SK`) and account ids (`AC`), which name the account that an auth token opens. The auth token is found by its name. */
export const twilio = prefixDetector({
  name: "twilio_key",
  literals: [
    ...Array.from("0123456789abcdef", (digit) => `SK${digit}`),
    // "AC" before a letter is in every "place" and "account".
    ...Array.from("0123456789", (digit) => `AC${digit}`),
    "ccounts/AC",
    "ccount_sid",
    "ccountSid",
  ],
  pattern: /(?<![A-Za-z0-9])(?:SK|AC)[0-9a-f]{32}(?![A-Za-z0-9])/g,
});

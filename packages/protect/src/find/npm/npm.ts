// SPDX-License-Identifier: Apache-2.0
import { UNDERSCORE } from "../chars.js";
import { prefixDetector } from "../detector.js";

/** npm access tokens. */
export const npm = prefixDetector({
  name: "npm_token",
  needs: [{ classes: UNDERSCORE, length: 40 }],
  literals: ["npm_"],
  pattern: /(?<![A-Za-z0-9])npm_[A-Za-z0-9]{36,64}/g,
});

// SPDX-License-Identifier: Apache-2.0
import { DIGIT, SLASH, UNDERSCORE, UPPER_G, UPPER_I, X, Y } from "../chars.js";
import { prefixDetector } from "../detector.js";

/** Google API keys, OAuth client secrets, access tokens and refresh tokens. */
export const google = prefixDetector({
  name: "google_key",
  needs: [
    { classes: UPPER_I, length: 39 },
    { classes: UPPER_G, length: 27 },
    { classes: Y | DIGIT, length: 21 },
    // A refresh token has no rare character of its own; hundred random ones have one of these.
    { classes: SLASH | DIGIT | UNDERSCORE, length: 34 },
    { classes: SLASH | DIGIT | X, length: 34 },
    { classes: SLASH | DIGIT | Y, length: 34 },
    { classes: SLASH | DIGIT | UPPER_G, length: 34 },
  ],
  literals: ["AIza", "GOCSPX-", "ya29.", "1//0"],
  pattern: /AIza[\w-]{35}|GOCSPX-[\w-]{20,64}|ya29\.[\w-]{16,2048}|(?<![\w/])1\/\/0[\w-]{30,512}/g,
});

// SPDX-License-Identifier: Apache-2.0
import { DIGIT, SLASH, UPPER_G, UPPER_I, Y } from "../chars.js";
import { prefixDetector } from "../detector.js";

/** Google API keys, OAuth client secrets, access tokens and refresh tokens. */
export const google = prefixDetector({
  name: "google_key",
  needs: [UPPER_I, UPPER_G, Y | DIGIT, SLASH | DIGIT],
  minLength: 25,
  literals: ["AIza", "GOCSPX-", "ya29.", "1//0"],
  pattern: /AIza[\w-]{35}|GOCSPX-[\w-]{20,64}|ya29\.[\w-]{16,2048}|(?<![\w/])1\/\/0[\w-]{30,512}/g,
});

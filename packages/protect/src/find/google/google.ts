// SPDX-License-Identifier: Apache-2.0
import { prefixDetector } from "../detector.js";

/** Google API keys, OAuth client secrets, access tokens, refresh tokens and authorization codes. */
export const google = prefixDetector({
  name: "google_key",
  literals: ["AIza", "GOCSPX-", "ya29.", "1//0", "4/0A"],
  pattern:
    /AIza[\w-]{35}|GOCSPX-[\w-]{20,64}|ya29\.[\w-]{16,2048}|(?<![\w/])1\/\/0[\w-]{30,512}|(?<![\w/.-])4\/0A[\w-]{30,256}/g,
  cut: /(?:AIza[\w-]{8,34}|GOCSPX-[\w-]{6,19})$/,
});

// SPDX-License-Identifier: Apache-2.0
import { B, DASH, SLASH, W, X } from "../chars.js";
import { prefixDetector } from "../detector.js";

/** Slack bot, user, app, configuration and session tokens, and incoming webhook addresses. */
export const slack = prefixDetector({
  name: "slack_token",
  needs: [
    { classes: X | DASH, length: 16 },
    { classes: SLASH | B, length: 40 },
    { classes: SLASH | W, length: 40 },
  ],
  literals: ["xox", "xapp-", "hooks.slack.com/"],
  pattern:
    /xox[a-z](?:\.xox[a-z])?-[A-Za-z0-9-]{10,512}|xapp-\d-[A-Za-z0-9-]{10,512}|hooks\.slack\.com\/(?:services|workflows|triggers)\/[\w/]{16,256}/g,
});

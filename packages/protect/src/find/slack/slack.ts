// SPDX-License-Identifier: Apache-2.0
import { prefixDetector } from "../detector.js";

/** Slack bot, user, app, configuration and session tokens, and incoming webhook addresses. */
export const slack = prefixDetector({
  name: "slack_token",
  literals: ["xox", "xapp-", "hooks.slack.com/"],
  pattern:
    /xox[a-z](?:\.xox[a-z])?-[A-Za-z0-9%+/=_-]{10,512}|xapp-\d-[A-Za-z0-9-]{10,512}|hooks\.slack(?:-gov)?\.com\/(?:services|workflows|triggers)\/[\w/]{16,256}/g,
  cut: /(?:xox[abprs]-[0-9][A-Za-z0-9-]{3,9}|xapp-\d-[A-Za-z0-9-]{4,9})$/,
});

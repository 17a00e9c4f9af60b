// SPDX-License-Identifier: Apache-2.0
import { UNDERSCORE } from "../chars.js";
import { prefixDetector } from "../detector.js";

/** GitHub tokens: personal, OAuth, user-to-server, server (also `ghs_<app>_<JWT>`), refresh, fine-grained. */
export const github = prefixDetector({
  name: "github_token",
  needs: [{ classes: UNDERSCORE, length: 30 }],
  literals: ["ghp_", "gho_", "ghu_", "ghs_", "ghr_", "github_pat_"],
  pattern: /gh[oprsu]_[A-Za-z0-9]{30,255}|ghs_\d{1,12}_eyJ[\w.-]{16,4096}|github_pat_\w{22,255}/g,
});

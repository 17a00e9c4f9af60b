// SPDX-License-Identifier: Apache-2.0
import { hasCrc32Base62 } from "../checksum.js";
import { prefixDetector } from "../detector.js";

const CLASSIC = /^gh[oprsu]_([A-Za-z0-9]{36})$/;
const FINE_GRAINED = /^github_pat_[A-Za-z0-9]{22}_[A-Za-z0-9]{59}$/;

/**
 * GitHub tokens: personal, OAuth, user-to-server, server (also `ghs_<app>_<JWT>`), refresh, fine-grained.
 * Sure: classic tokens whose checksum holds, and the other forms at full length.
 */
export const github = prefixDetector({
  name: "github_token",
  literals: ["ghp_", "gho_", "ghu_", "ghs_", "ghr_", "github_pat_"],
  pattern: /gh[oprsu]_[A-Za-z0-9]{30,255}|ghs_\d{1,12}_eyJ[\w.-]{16,4096}|github_pat_\w{22,255}/g,
  cut: /(?:(?<![A-Za-z0-9])gh[oprsu]_[A-Za-z0-9]{8,29}|github_pat_\w{8,21})$/,
  isSure(token) {
    const classic = CLASSIC.exec(token)?.[1];
    return classic === undefined
      ? token.startsWith("ghs_") || FINE_GRAINED.test(token)
      : hasCrc32Base62(classic);
  },
});

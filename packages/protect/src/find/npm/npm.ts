// SPDX-License-Identifier: Apache-2.0
import { hasCrc32Base62 } from "../checksum.js";
import { prefixDetector } from "../detector.js";

/** npm access tokens. Sure when the checksum holds, which is made as GitHub makes it. */
export const npm = prefixDetector({
  name: "npm_token",
  literals: ["npm_"],
  pattern: /(?<![A-Za-z0-9])npm_[A-Za-z0-9]{36,64}/g,
  cut: /(?<![A-Za-z0-9])npm_(?=[A-Za-z]*\d)[A-Za-z0-9]{12,35}$/,
  isSure: (token) => token.length === 40 && hasCrc32Base62(token.slice(4)),
});

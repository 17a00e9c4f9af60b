// SPDX-License-Identifier: Apache-2.0
import { UPPER_I } from "../chars.js";
import { prefixDetector } from "../detector.js";

/** AWS access key ids of users, roles and sessions. The secret half has no prefix: it is found by its name. */
export const aws = prefixDetector({
  name: "aws_key",
  needs: [{ classes: UPPER_I, length: 20 }],
  literals: ["AKIA", "ASIA", "ABIA"],
  pattern: /(?<![A-Za-z0-9])A(?:KI|SI|BI)A[A-Z2-7]{16}(?![A-Za-z0-9])/g,
});

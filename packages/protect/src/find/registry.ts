// SPDX-License-Identifier: Apache-2.0
import type { NameJudges } from "../names/verdict.js";
import { aws } from "./aws/aws.js";
import { bearer } from "./bearer/bearer.js";
import { card } from "./card/card.js";
import type { Detector } from "./detector.js";
import { email } from "./email/email.js";
import { github } from "./github/github.js";
import { google } from "./google/google.js";
import { jwt } from "./jwt/jwt.js";
import { createNamed } from "./named/named.js";
import { npm } from "./npm/npm.js";
import { privateKey } from "./private-key/private-key.js";
import { sendgrid } from "./sendgrid/sendgrid.js";
import { slack } from "./slack/slack.js";
import { spoken } from "./spoken/spoken.js";
import { stripe } from "./stripe/stripe.js";
import { telltale } from "./telltale/telltale.js";
import { urlCredentials } from "./url-credentials/url-credentials.js";

/**
 * Every detector, one line each. Where two find the same text, the one that stands first names the kind: the more exact above the less exact.
 */
export function createDetectors(secretOf: NameJudges["secretOf"]): readonly Detector[] {
  return [
    privateKey,
    aws,
    github,
    slack,
    stripe,
    google,
    npm,
    sendgrid,
    telltale,
    jwt,
    urlCredentials,
    bearer,
    createNamed(secretOf),
    spoken,
    card,
    email,
  ];
}

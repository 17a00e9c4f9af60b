// SPDX-License-Identifier: Apache-2.0
import type { NameJudges } from "../names/verdict.js";
import { ai } from "./ai/ai.js";
import { atlassian } from "./atlassian/atlassian.js";
import { aws } from "./aws/aws.js";
import { azure } from "./azure/azure.js";
import { createBeside } from "./beside/beside.js";
import { bearer } from "./bearer/bearer.js";
import { command } from "./command/command.js";
import { databricks } from "./databricks/databricks.js";
import type { Detector } from "./detector.js";
import { docker } from "./docker/docker.js";
import { dsn } from "./dsn/dsn.js";
import { github } from "./github/github.js";
import { gitlab } from "./gitlab/gitlab.js";
import { google } from "./google/google.js";
import { grafana } from "./grafana/grafana.js";
import { jwt } from "./jwt/jwt.js";
import { createLabelled } from "./labelled/labelled.js";
import { linkToken } from "./link-token/link-token.js";
import { mailgun } from "./mailgun/mailgun.js";
import { createNamed } from "./named/named.js";
import { npm } from "./npm/npm.js";
import { oauth } from "./oauth/oauth.js";
import { otp } from "./otp/otp.js";
import { passwordHash } from "./password-hash/password-hash.js";
import { createPersonal } from "./personal.js";
import { privateKey } from "./private-key/private-key.js";
import { pypi } from "./pypi/pypi.js";
import { seedPhrase } from "./seed-phrase/seed-phrase.js";
import { sendgrid } from "./sendgrid/sendgrid.js";
import { signedUrl } from "./signed-url/signed-url.js";
import { slack } from "./slack/slack.js";
import { spokenForeign } from "./spoken-foreign/spoken-foreign.js";
import { spoken } from "./spoken/spoken.js";
import { stripe } from "./stripe/stripe.js";
import { telltale } from "./telltale/telltale.js";
import { twilio } from "./twilio/twilio.js";
import { urlCredentials } from "./url-credentials/url-credentials.js";
import { vault } from "./vault/vault.js";
import { vendor } from "./vendor/vendor.js";
import { wallet } from "./wallet/wallet.js";

/**
 * Every detector, one line each; those of persons and numbers are in personal.ts. `asked`: what is kept by default and a policy does something with. Where two find the same text, the one that stands first names the kind: the more exact above the less exact.
 */
export function createDetectors(
  secretOf: NameJudges["secretOf"],
  asked: ReadonlySet<string> = new Set(),
): readonly Detector[] {
  return [
    // Secrets that are known by what they are.
    privateKey,
    ai,
    atlassian,
    aws,
    azure,
    databricks,
    docker,
    github,
    gitlab,
    google,
    grafana,
    mailgun,
    npm,
    passwordHash,
    pypi,
    seedPhrase,
    sendgrid,
    slack,
    stripe,
    telltale,
    twilio,
    vault,
    vendor,
    wallet,
    jwt,
    // Secrets that are known by where they stand.
    signedUrl,
    urlCredentials,
    dsn,
    bearer,
    oauth,
    linkToken,
    otp,
    createNamed(secretOf),
    createLabelled(secretOf),
    command,
    spoken,
    spokenForeign,
    createBeside(secretOf),
    // Numbers and people.
    ...createPersonal(asked),
  ];
}

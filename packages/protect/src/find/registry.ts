// SPDX-License-Identifier: Apache-2.0
import { PERSONAL_KINDS } from "../names/personal.js";
import type { NameJudges } from "../names/verdict.js";
import { ai } from "./ai/ai.js";
import { atlassian } from "./atlassian/atlassian.js";
import { aws } from "./aws/aws.js";
import { azure } from "./azure/azure.js";
import { bearer } from "./bearer/bearer.js";
import { cardCodes, tracks } from "./card-data/card-data.js";
import { card } from "./card/card.js";
import { command } from "./command/command.js";
import { databricks } from "./databricks/databricks.js";
import type { Detector } from "./detector.js";
import { docker } from "./docker/docker.js";
import { dsn } from "./dsn/dsn.js";
import { email } from "./email/email.js";
import { github } from "./github/github.js";
import { gitlab } from "./gitlab/gitlab.js";
import { google } from "./google/google.js";
import { grafana } from "./grafana/grafana.js";
import { iban } from "./iban/iban.js";
import { createIds, DEVICE_KINDS } from "./ids/ids.js";
import { ip } from "./ip/ip.js";
import { jwt } from "./jwt/jwt.js";
import { createLabelled } from "./labelled/labelled.js";
import { linkToken } from "./link-token/link-token.js";
import { mac } from "./mac/mac.js";
import { mailgun } from "./mailgun/mailgun.js";
import { mrz } from "./mrz/mrz.js";
import { createNamed } from "./named/named.js";
import { npm } from "./npm/npm.js";
import { oauth } from "./oauth/oauth.js";
import { otp } from "./otp/otp.js";
import { passwordHash } from "./password-hash/password-hash.js";
import { phone } from "./phone/phone.js";
import { privateKey } from "./private-key/private-key.js";
import { pypi } from "./pypi/pypi.js";
import { seedPhrase } from "./seed-phrase/seed-phrase.js";
import { sendgrid } from "./sendgrid/sendgrid.js";
import { signedUrl } from "./signed-url/signed-url.js";
import { slack } from "./slack/slack.js";
import { spoken } from "./spoken/spoken.js";
import { stripe } from "./stripe/stripe.js";
import { telltale } from "./telltale/telltale.js";
import { twilio } from "./twilio/twilio.js";
import { urlCredentials } from "./url-credentials/url-credentials.js";
import { vault } from "./vault/vault.js";
import { vendor } from "./vendor/vendor.js";
import { vin } from "./vin/vin.js";
import { wallet } from "./wallet/wallet.js";

/** What points to a person or his money, not to what he may open. */
function createPersonal(asked: ReadonlySet<string>): readonly Detector[] {
  return [tracks, cardCodes, card, iban, mrz, createIds(asked), phone, email];
}

/** Kept unless a policy asks for them. */
const KEPT: readonly Detector[] = [ip, mac, vin];

const NONE: ReadonlySet<string> = new Set();

/** Kinds that stay unless a policy asks for them: those of detectors that are kept by default, and of names of fields. */
export const KEPT_KINDS: ReadonlySet<string> = new Set([
  ...KEPT.map(({ name }) => name),
  ...DEVICE_KINDS,
  ...PERSONAL_KINDS,
]);

/**
 * Every detector, one line each. `asked`: kinds of {@link KEPT_KINDS} that a policy does something with. Where two find the same text, the one that stands first names the kind: the more exact above the less exact.
 */
export function createDetectors(
  secretOf: NameJudges["secretOf"],
  asked: ReadonlySet<string> = NONE,
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
    // Numbers and people.
    ...createPersonal(asked),
    ...KEPT.filter(({ name }) => asked.has(name)),
  ];
}

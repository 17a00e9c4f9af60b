// SPDX-License-Identifier: Apache-2.0
import { prefixDetector } from "../detector.js";

/** Keys of services that send mail: Mailgun, Mailchimp, Brevo, MailerSend. Postmark's is a UUID and is found by its name. */
export const mailgun = prefixDetector({
  name: "mail_key",
  literals: ["key-", "-us", "xkeysib-", "xsmtpsib-", "mlsn."],
  pattern:
    /(?<![A-Za-z0-9-])(?:key-[0-9a-zA-Z]{32}(?![A-Za-z0-9-])|[0-9a-f]{32}-us\d{1,2}(?![A-Za-z0-9])|[0-9a-f]{32}-[0-9a-f]{8}-[0-9a-f]{8}(?![A-Za-z0-9-])|x(?:keysib|smtpsib)-[0-9a-f]{64}-[A-Za-z0-9]{16}|mlsn\.[0-9a-f]{64})(?![A-Za-z0-9])/g,
});

// SPDX-License-Identifier: Apache-2.0
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { describeChannel } from "../../../../test/notify/channel.suite.js";
import { MailService } from "../../../../test/notify/mail-service.js";
import { makeAlert, makeNotice, toDelivery } from "../../../../test/notify/notices.js";
import { SecretRef } from "../../../follow/forward/secret-ref.js";
import { Reach } from "../reach.js";
import { createEmail, type EmailOptions, toMail } from "./email.js";

const env: Record<string, string> = { PASSWORD: "correct-horse", WRONG: "battery-staple" };
const secret = (name: string) => SecretRef.parse(`env:${name}`, { env, readFile: () => "" })!;

function mailer(service: MailService, reach: Reach, over: Partial<EmailOptions> = {}) {
  return createEmail({
    name: "mail",
    host: service.host,
    port: service.port,
    security: "starttls",
    tls: { insecure: false, ca: service.ca },
    reach,
    auth: { user: service.user, password: secret("PASSWORD") },
    from: "telltale@example.com",
    recipients: ["soc@example.com", "duty@example.com"],
    timeoutMs: 400,
    ...over,
  });
}

const markup = [/^Bcc:/im, /^\.$/m, /[\u202a-\u202e\u0000\u001b]/];
describeChannel({
  name: "e-mail with STARTTLS",
  start: () => new MailService(false).start(),
  channel: (service, reach) => mailer(service, reach),
  secrets: ["correct-horse"],
  markup,
});
describeChannel({
  name: "e-mail over TLS",
  start: () => new MailService(true).start(),
  channel: (service, reach) => mailer(service, reach, { security: "tls" }),
  secrets: ["correct-horse"],
  markup,
});

describe("e-mail", () => {
  let service: MailService;
  const reach = new Reach(["127.0.0.1"]);
  const signal = new AbortController().signal;
  const send = (over: Partial<EmailOptions> = {}) =>
    mailer(service, reach, over).send(toDelivery(makeNotice()), signal);
  beforeEach(async () => {
    service = await new MailService(false).start();
  });
  afterEach(() => service.close());

  it("goes encrypted and signed in, to all, and repeats under one id", async () => {
    await send();
    await send();
    const [first, second] = service.mails;
    expect(first).toMatchObject({
      from: "telltale@example.com",
      to: ["soc@example.com", "duty@example.com"],
      isSecure: true,
      user: "telltale",
    });
    expect(first?.head).toMatch(/^Subject: \[Telltale high\] Password brute force$/m);
    expect(first?.head).toMatch(/^Auto-Submitted: auto-generated$/im);
    const id = (head = ""): string | undefined => /^Message-ID: (.*)$/im.exec(head)?.[1];
    expect(id(first?.head)).toBe("<d-1@example.com>");
    expect(id(second?.head)).toBe(id(first?.head));
  });

  it("says nothing to a server that offers no encryption, or whose certificate is another's", async () => {
    service.offersTls = false;
    await expect(send()).rejects.toMatchObject({ isFinal: false });
    service.offersTls = true;
    await expect(send({ tls: { insecure: false } })).rejects.toMatchObject({ isFinal: false });
    await expect(
      send({ tls: { insecure: false, ca: service.ca, serverName: "elsewhere.example" } }),
    ).rejects.toMatchObject({ name: "DeliveryError" });
    expect(service.mails).toEqual([]);
  });

  it("repeats no password that the server repeats", async () => {
    const auth = { user: service.user, password: secret("WRONG") };
    await expect(send({ auth })).rejects.toMatchObject({
      message: "the mail server answered 535 EAUTH",
      isFinal: false,
    });
  });

  it("tells that some recipients were refused, and does not send to all again", async () => {
    service.refused.add("duty@example.com");
    await expect(send()).resolves.toMatch(/queued.*1 recipients were refused/);
  });

  it("has one subject, one sender and the operator's recipients, whatever an event holds", async () => {
    const text = fc.string({ unit: "binary", maxLength: 300 });
    await fc.assert(
      fc.asyncProperty(text, text, async (title, key) => {
        const alert = makeAlert({ title, key, ruleId: key, group: { [key]: title } });
        const before = service.mails.length;
        await mailer(service, reach, { timeoutMs: 5_000 }).send(toDelivery(makeNotice({ alert })), signal);
        const mail = service.mails[before];
        expect(service.mails).toHaveLength(before + 1);
        expect(mail?.to).toEqual(["soc@example.com", "duty@example.com"]);
        const names = (mail?.head ?? "").split("\n").flatMap((line) => /^([\w-]+):/.exec(line)?.[1] ?? []);
        expect(new Set(names).size).toBe(names.length);
        expect(names.map((name) => name.toLowerCase()).sort()).toEqual(
          "auto-submitted content-transfer-encoding content-type date from message-id mime-version references subject to".split(
            " ",
          ),
        );
      }),
      { numRuns: 10 },
    );
  });

  it("makes no header of a notice", () => {
    const mail = toMail(makeNotice({ alert: makeAlert({ title: "a\r\nBcc: x@y.z" }) }), {
      from: "a@b.c",
      recipients: ["d@e.f"],
    });
    expect(mail.subject).toBe("[Telltale high] a Bcc: x@y.z");
  });
});

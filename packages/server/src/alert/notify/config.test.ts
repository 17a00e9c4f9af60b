// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from "vitest";
import { parseNotifyConfig } from "./config.js";
import { Reach } from "./reach.js";

const env = {
  HOOK: "https://hooks.slack.example/services/T/B/X",
  PAGER: "0123456789abcdef0123456789abcdef",
  SECRET: "c2VjcmV0IG9mIHRoZSB0ZXN0",
};
const parse = (text: string, hosts: string[] = []) =>
  parseNotifyConfig(text, "notify.yaml", { secrets: { env, readFile: () => "" }, reach: new Reach(hosts) });

const WHOLE = `
channels:
  - { name: soc, to: slack, url: env:HOOK, limit: { messages: 20, minutes: 10 }, quiet: { from: "22:00", to: "06:30", zone: Europe/Berlin } }
  - { name: team, to: teams, url: https://prod.logic.azure.example/workflows/1 }
  - { name: fun, to: discord, url: https://discord.example/api/webhooks/1 }
  - { name: pager, to: pagerduty, routingKey: env:PAGER }
  - { name: genie, to: opsgenie, apiKey: env:PAGER, url: https://api.eu.opsgenie.com }
  - { name: hook, to: webhook, url: https://hook.example/x, secret: env:SECRET, template: '{"t":"{{title}}"}' }
  - { name: siem, to: syslog, url: tls://siem.example }
  - { name: mail, to: email, url: smtp://mail.example, user: telltale, password: env:SECRET, from: t@example.com, recipients: [soc@example.com] }
routes:
  - { to: [soc, mail], level: medium, escalate: { to: pager, minutes: 15 } }
  - { to: pager, level: critical, tags: ["attack.*"], rules: [a, b], tenants: [shop] }
`;
const one = (keys: string) => `channels:\n  - { name: c, ${keys} }\n`;
const SLACK = "to: slack, url: env:HOOK";

describe("notify.yaml", () => {
  it("reads every kind of channel, and routes", () => {
    const { channels, routes } = parse(WHOLE);
    expect(channels.map(({ to }) => to)).toEqual(
      "slack teams discord pagerduty opsgenie webhook syslog email".split(" "),
    );
    expect(channels[0]).toMatchObject({
      limit: { messages: 20, perMs: 600_000 },
      quiet: { hours: { from: 1_320, to: 390, zone: "Europe/Berlin" }, except: "critical" },
    });
    expect(channels.filter(({ hasLifecycle }) => hasLifecycle).map(({ name }) => name)).toEqual([
      "pager",
      "genie",
    ]);
    expect(routes).toMatchObject([
      { to: ["soc", "mail"], level: "medium", escalate: { to: "pager", afterMs: 900_000 } },
      { to: ["pager"], level: "critical", tags: ["attack.*"], rules: ["a", "b"], tenants: ["shop"] },
    ]);
    for (const channel of channels) expect(channel.create().name).toBe(channel.name);
  });

  it("tells every channel everything when there are no routes", () => {
    expect(parse(one(SLACK)).routes).toMatchObject([{ to: ["c"], level: undefined }]);
  });

  it.each([
    ["channels: []\nroute: []", /^notify\.yaml:2: route is not known here/],
    [one("to: sms"), /notify\.yaml:2: channels\[0\]\.to must be one of email, slack/],
    [
      one(`${SLACK}, colour: red`),
      /channels\[0\]\.colour is not known here; known are allowPlaintext, limit, name, quiet/,
    ],
    [one("to: slack, url: https://u:p@hooks.example/x"), /may hold no user and no password/],
    [one("to: slack, url: http://hooks.example/x"), /unencrypted/],
    [one("to: slack, url: https://10.0.0.7/x"), /leads to a private address/],
    [one("to: slack, url: https://localhost/x"), /leads to a private address/],
    [one("to: syslog, url: tcp://127.0.0.1"), /leads to a private address/],
    [one("to: slack, url: env:NOBODY"), /env:NOBODY is not set or empty/],
    [one("to: pagerduty, routingKey: abcdefghijklmnop"), /secrets do not stand in this file/],
    [one("to: pagerduty"), /routingKey is missing/],
    [one(`${SLACK}, limit: { messages: 0 }`), /limit\.messages must be a whole number from 1/],
    [one(`${SLACK}, quiet: { from: "22:00", to: "22:00" }`), /quiet\.to is when they begin/],
    [one(`${SLACK}, quiet: { from: "25:00", to: "06:00" }`), /quiet\.from must be a time of the day/],
    [one(`${SLACK}, quiet: { from: "22:00", to: "06:00", zone: Mars }`), /quiet\.zone must be the name/],
    [
      one("to: webhook, url: https://h.example, secret: env:SECRET, template: '{{nobody}}'"),
      /template knows no such name/,
    ],
    [
      one("to: email, url: smtp://m.example, from: a@b.c, recipients: ['x@y.z, q@r.s']"),
      /recipients must be an address/,
    ],
    [
      one('to: email, url: smtp://m.example, from: "a@b.c\\r\\nBcc: x@y.z", recipients: [x@y.z]'),
      /may hold no control/,
    ],
    [
      one("to: email, url: smtp://m.example, security: none, from: a@b.c, recipients: [x@y.z]"),
      /only on this machine/,
    ],
    [
      one("to: email, url: smtps://m.example, security: starttls, from: a@b.c, recipients: [x@y.z]"),
      /does not fit/,
    ],
    [`${one(SLACK)}  - { name: c, ${SLACK} }\n`, /is the name of another channel/],
    [`${one(SLACK)}routes:\n  - { to: [d] }\n`, /notify\.yaml:4: routes\[0\]\.to names a channel/],
    [`${one(SLACK)}routes:\n  - { to: [c], level: bad }\n`, /routes\[0\]\.level must be one of/],
    [`${one(SLACK)}routes:\n  - { to: [c], tags: ["a*b"] }\n`, /may have \* only at the end/],
    [`${one(SLACK)}routes:\n  - { to: [c], escalate: { to: x } }\n`, /escalate\.to names a channel/],
    ["channels: &a [*a]", /aliases/],
    ["channels: [", /not valid YAML/],
  ])("says what is wrong with %s", (text, message) => {
    expect(() => parse(text)).toThrow(message);
  });

  it("shows no value of what it refuses", () => {
    const error = (() => {
      try {
        parse(one("to: pagerduty, routingKey: hunter2hunter2"));
      } catch (cause) {
        return (cause as Error).message;
      }
      return "";
    })();
    expect(error).not.toContain("hunter2");
    expect(error).toMatch(/^notify\.yaml:2: channels\[0\]\.routingKey/);
  });

  it("takes private hosts that were named, and no others", () => {
    const text = one("to: slack, url: http://127.0.0.1:9/x");
    expect(parse(text, ["127.0.0.1"]).channels).toHaveLength(1);
    expect(() => parse(text, ["127.0.0.2"])).toThrow("private");
  });
});

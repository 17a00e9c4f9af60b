// SPDX-License-Identifier: Apache-2.0
import { expect, it } from "vitest";
import { describeChannel } from "../../../../test/notify/channel.suite.js";
import { HOSTILE, makeAlert, makeNotice, toDelivery } from "../../../../test/notify/notices.js";
import { WebService } from "../../../../test/notify/web-service.js";
import { Reach } from "../reach.js";
import { createDiscord } from "./discord.js";
import { createSlack } from "./slack.js";
import { createTeams } from "./teams.js";

const start = () => new WebService().start();
const secrets = ["SECRETPATH"];
const timeoutMs = 200;
/** Characters that are not seen, or turn the text around. */
const UNSEEN = /[\u202a-\u202e\u2066-\u2069\u0000\u001b]|\\u202e|\\u0000|\\u001b/;

describeChannel({
  name: "Slack",
  start,
  channel: (service, reach) => createSlack("chat", { url: service.url, reach, timeoutMs }),
  secrets,
  markup: [/"type":"mrkdwn"/, UNSEEN],
});

describeChannel({
  name: "Microsoft Teams",
  start,
  channel: (service, reach) => createTeams("chat", { url: service.url, reach, timeoutMs }),
  secrets,
  markup: ["<at>", "{{DATE", '"TextBlock"', '"FactSet"', '"entities"', UNSEEN],
});

describeChannel({
  name: "Discord",
  start,
  channel: (service, reach) => createDiscord("chat", { url: service.url, reach, timeoutMs }),
  secrets,
  // JSON doubles the backslash before each of these.
  markup: ["@everyone", "@channel", /[^\\]\*bold/, /[^\\]\[click/, /"content"/, UNSEEN],
});

async function sent(make: (service: WebService) => ReturnType<typeof createSlack>, title: string) {
  const service = await start();
  try {
    const alert = makeAlert({ title });
    await make(service).send(toDelivery(makeNotice({ alert })), new AbortController().signal);
    return service.json() as never;
  } finally {
    await service.close();
  }
}
const reach = new Reach(["127.0.0.1"]);

it("Slack: all that events hold is plain text; the fall-back is escaped, and mentions are off", async () => {
  const body: { text: string; mrkdwn: boolean; parse: string; link_names: boolean; blocks: object[] } =
    await sent(({ url }) => createSlack("s", { url, reach }), HOSTILE);
  expect(body).toMatchObject({ mrkdwn: false, parse: "none", link_names: false });
  expect(body.text).not.toMatch(/[<>]/);
  expect(body.text).toContain("&lt;!channel&gt;");
  const kinds = JSON.stringify(body.blocks).match(/"type":"[a-z_]+"/g) ?? [];
  expect(new Set(kinds)).toEqual(
    new Set([
      '"type":"header"',
      '"type":"section"',
      '"type":"plain_text"',
      '"type":"actions"',
      '"type":"button"',
    ]),
  );
});

it("Discord: no mention is allowed, and Markdown is shown as it is written", async () => {
  const body: { allowed_mentions: object; embeds: { title: string; color: number; url: string }[] } =
    await sent(({ url }) => createDiscord("d", { url, reach }), "1. **bold** @here");
  expect(body.allowed_mentions).toEqual({ parse: [] });
  expect(body.embeds[0]).toMatchObject({
    title: "1\\. \\*\\*bold\\*\\* @\u200bhere",
    color: 0xea580c,
    url: "https://log.example/alerts?alert=1",
  });
});

it("Teams: an Adaptive Card of version 1.4 of rich text only", async () => {
  const body: {
    attachments: { contentType: string; content: { version: string; body: { type: string }[] } }[];
  } = await sent(({ url }) => createTeams("t", { url, reach }), HOSTILE);
  const [attachment] = body.attachments;
  expect(attachment).toMatchObject({
    contentType: "application/vnd.microsoft.card.adaptive",
    content: { version: "1.4" },
  });
  expect(new Set(attachment?.content.body.map(({ type }) => type))).toEqual(new Set(["RichTextBlock"]));
});

it("tells when a receiver asks to be left alone for a while", async () => {
  const service = await start();
  service.mood = "busy";
  const channel = createSlack("s", { url: service.url, reach });
  await expect(channel.send(toDelivery(makeNotice()), new AbortController().signal)).rejects.toMatchObject({
    afterMs: 3_000,
    isFinal: false,
  });
  await service.close();
});

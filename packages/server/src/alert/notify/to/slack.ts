// SPDX-License-Identifier: Apache-2.0
import type { Card } from "../card.js";
import { toCard } from "../card.js";
import type { Channel } from "../channel.js";
import type { ChannelKind } from "../channel-kinds.js";
import { readPostTarget } from "../channel-settings.js";
import type { PostTarget } from "../http-post.js";
import { mustPost } from "../http-post.js";
import { parseNotice } from "../notice.js";

/** https://docs.slack.dev/messaging/formatting-message-text: these three, and no others, begin mark-up and mentions. */
export function escapeSlack(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}

/** Limits of Block Kit: header 150, text 3,000, ten fields of 2,000, fifty blocks. */
const plain = (text: string, max: number) => ({
  type: "plain_text",
  // In plain text nothing is mark-up; `emoji: false` leaves `:name:` as it is.
  text: Array.from(text).slice(0, max).join(""),
  emoji: false,
});

/** The body of an incoming webhook. All that events can hold stands in `plain_text`, where no mention works. */
export function toSlackBody(card: Card): object {
  const fields = card.facts.map(({ name, value }) => plain(`${name}\n${value}`, 2_000));
  const lines = card.lines.map((line) => `• ${line}`).join("\n");
  return {
    // Shown in notifications; mark-up is off, and the three characters are escaped in case it is not.
    text: escapeSlack(`${card.title}: ${card.summary}`),
    mrkdwn: false,
    parse: "none",
    link_names: false,
    unfurl_links: false,
    unfurl_media: false,
    blocks: [
      { type: "header", text: plain(card.title, 150) },
      { type: "section", text: plain(card.summary, 3_000) },
      ...(fields.length === 0 ? [] : [{ type: "section", fields: fields.slice(0, 10) }]),
      ...(lines === "" ? [] : [{ type: "section", text: plain(lines, 3_000) }]),
      ...(card.link === undefined
        ? []
        : [
            {
              type: "actions",
              elements: [{ type: "button", text: plain("Open in Telltale", 75), url: card.link }],
            },
          ]),
    ],
  };
}

/** An incoming webhook of Slack. Its address is its secret. */
export function createSlack(name: string, target: PostTarget): Channel {
  return {
    name,
    send: ({ body }, signal) => mustPost(target, {}, toSlackBody(toCard(parseNotice(body))), signal),
  };
}

export const slack: ChannelKind = {
  read(section, { name, reach }) {
    const target = readPostTarget(section, reach);
    return () => createSlack(name, target);
  },
};

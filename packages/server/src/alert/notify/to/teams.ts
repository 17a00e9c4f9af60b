// SPDX-License-Identifier: Apache-2.0
import type { AlertLevel } from "../../alert.js";
import type { Card } from "../card.js";
import { toCard } from "../card.js";
import type { Channel } from "../channel.js";
import type { ChannelKind } from "../channel-kinds.js";
import { readPostTarget } from "../channel-settings.js";
import type { PostTarget } from "../http-post.js";
import { mustPost } from "../http-post.js";
import { parseNotice } from "../notice.js";

const COLOURS: Readonly<Record<AlertLevel, string>> = {
  informational: "default",
  low: "accent",
  medium: "warning",
  high: "attention",
  critical: "attention",
};

/** Adaptive Cards expand `{{DATE(…)}}` in any text; and Teams takes `<at>` for a mention where entities name one. */
function defuse(text: string): string {
  return text.replaceAll("{{", "{ {").replaceAll("<", "‹").replaceAll(">", "›");
}

// A TextRun knows no Markdown, unlike a TextBlock and a FactSet: nothing in it becomes bold, a list or a link.
const run = (text: string, more: object = {}) => ({ type: "TextRun", text: defuse(text), ...more });
const block = (...inlines: object[]) => ({ type: "RichTextBlock", inlines });

/** The message of a Workflows webhook ("When a Teams webhook request is received"): one Adaptive Card of version 1.4. */
export function toTeamsBody(card: Card): object {
  return {
    type: "message",
    attachments: [
      {
        contentType: "application/vnd.microsoft.card.adaptive",
        contentUrl: null,
        content: {
          $schema: "http://adaptivecards.io/schemas/adaptive-card.json",
          type: "AdaptiveCard",
          version: "1.4",
          msteams: { width: "Full" },
          body: [
            block(run(card.title, { weight: "bolder", size: "large", color: COLOURS[card.level] })),
            block(run(card.summary)),
            ...card.facts.map(({ name, value }) => block(run(`${name}: `, { weight: "bolder" }), run(value))),
            ...card.lines.map((line) => block(run(`• ${line}`))),
          ],
          actions:
            card.link === undefined
              ? []
              : [{ type: "Action.OpenUrl", title: "Open in Telltale", url: card.link }],
        },
      },
    ],
  };
}

/** A Workflows webhook of Microsoft Teams. Its address is its secret. */
export function createTeams(name: string, target: PostTarget): Channel {
  return {
    name,
    send: ({ body }, signal) => mustPost(target, {}, toTeamsBody(toCard(parseNotice(body))), signal),
  };
}

export const teams: ChannelKind = {
  read(section, { name, reach }) {
    const target = readPostTarget(section, reach);
    return () => createTeams(name, target);
  },
};

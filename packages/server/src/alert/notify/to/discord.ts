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

const COLOURS: Readonly<Record<AlertLevel, number>> = {
  informational: 0x64748b,
  low: 0x2563eb,
  medium: 0xca8a04,
  high: 0xea580c,
  critical: 0xdc2626,
};

/**
 * Text that Discord shows as it is. A backslash takes its meaning from each character of Markdown; `@`, `#` and `:` are
 * parted from what follows, so that neither `@everyone` nor a bare address becomes something to click.
 */
export function escapeDiscord(text: string): string {
  return text
    .replace(/[\\*_~`|>#[\]()<-]/g, "\\$&")
    .replace(/[@:]/g, "$&\u200b")
    .replace(/^(\d+)\./, "$1\\.");
}

/** Cut before it is escaped, so that no escape loses its second half; twice the length at most. */
const cut = (text: string, max: number): string =>
  escapeDiscord(
    Array.from(text)
      .slice(0, Math.floor(max / 2))
      .join(""),
  );

/** Limits: title 256, description 4,096, field name 256 and value 1,024, 25 fields, 6,000 characters in all. */
export function toDiscordBody(card: Card): object {
  const lines = card.lines.map((line) => `• ${cut(line, 280)}`).join("\n");
  return {
    // No mention of anybody whatever the text holds.
    allowed_mentions: { parse: [] },
    embeds: [
      {
        title: cut(card.title, 256),
        description: [cut(card.summary, 600), lines]
          .filter((part) => part !== "")
          .join("\n")
          .slice(0, 3_500),
        color: COLOURS[card.level],
        ...(card.link === undefined ? {} : { url: card.link }),
        fields: card.facts
          .slice(0, 11)
          .map(({ name, value }) => ({ name: cut(name, 100), value: cut(value, 160), inline: true })),
      },
    ],
  };
}

/** A webhook of Discord. Its address is its secret. */
export function createDiscord(name: string, target: PostTarget): Channel {
  return {
    name,
    send: ({ body }, signal) => mustPost(target, {}, toDiscordBody(toCard(parseNotice(body))), signal),
  };
}

export const discord: ChannelKind = {
  read(section, { name, reach }) {
    const target = readPostTarget(section, reach);
    return () => createDiscord(name, target);
  },
};

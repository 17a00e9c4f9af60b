// SPDX-License-Identifier: Apache-2.0
import type { Section } from "../../follow/forward/section.js";
import type { Channel } from "./channel.js";
import type { Reach } from "./reach.js";
import { discord } from "./to/discord.js";
import { email } from "./to/email.js";
import { opsgenie } from "./to/opsgenie.js";
import { pagerduty } from "./to/pagerduty.js";
import { slack } from "./to/slack.js";
import { syslog } from "./to/syslog.js";
import { teams } from "./to/teams.js";
import { webhook } from "./to/webhook.js";

export interface ChannelContext {
  readonly name: string;
  readonly reach: Reach;
}

/** How a kind of channel is configured. */
export interface ChannelKind {
  /** True where the receiver keeps an incident open until it is told that the alert is resolved. */
  readonly hasLifecycle?: boolean;
  /** Reads its own keys; throws ConfigError. What it gives makes the channel. */
  read(section: Section, context: ChannelContext): () => Channel;
}

/** Every kind, by the word after `to:`. */
export const CHANNEL_KINDS = {
  email,
  slack,
  teams,
  discord,
  pagerduty,
  opsgenie,
  webhook,
  syslog,
} as const satisfies Record<string, ChannelKind>;

export type ChannelKindName = keyof typeof CHANNEL_KINDS;

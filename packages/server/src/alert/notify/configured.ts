// SPDX-License-Identifier: Apache-2.0
import type { Config, LoadedConfig } from "../../config/config.js";
import type { Channel } from "./channel.js";
import type { ChannelConfig, NotifyConfig } from "./config.js";
import { Reach, toHostName } from "./reach.js";
import type { Route } from "./routing.js";
import { createWebhook } from "./webhook.js";

/** A channel, and where it comes from. */
export interface ConfiguredChannel extends Pick<ChannelConfig, "name" | "hasLifecycle" | "limit" | "quiet"> {
  readonly kind: string;
  /** `file`: `notify.yaml`; `settings`: the one webhook of the environment. */
  readonly origin: "file" | "settings";
  readonly create: () => Channel;
}

export interface ConfiguredChannels {
  readonly channels: readonly ConfiguredChannel[];
  readonly routes: readonly Route[];
  readonly publicUrl: URL | undefined;
}

/** The one name that the environment's webhook has; a channel of the file with this name is refused at the start. */
export const SETTINGS_WEBHOOK = "webhook";

/** The channels of the file, and the webhook of the environment, which is told everything as before there was a file. */
export function configuredChannels({
  config,
  secrets,
}: {
  config: Pick<Config, "webhook" | "notify" | "publicUrl">;
  secrets: Pick<LoadedConfig["secrets"], "webhook">;
}): ConfiguredChannels {
  const { channels, routes }: NotifyConfig = config.notify ?? { channels: [], routes: [] };
  const all: ConfiguredChannel[] = channels.map((each) => ({ ...each, kind: each.to, origin: "file" }));
  const { webhook } = config;
  const secret = secrets.webhook;
  if (webhook === undefined || secret === undefined)
    return { channels: all, routes, publicUrl: config.publicUrl };
  const { url, allowPrivate } = webhook;
  const reach = new Reach(allowPrivate ? [toHostName(url.hostname)] : []);
  all.push({
    name: SETTINGS_WEBHOOK,
    kind: "webhook",
    origin: "settings",
    hasLifecycle: false,
    limit: undefined,
    quiet: undefined,
    create: () => createWebhook({ url, reach, secret: () => secret.reveal() }),
  });
  const everything = {
    to: [SETTINGS_WEBHOOK],
    level: undefined,
    tags: [],
    rules: [],
    tenants: [],
    escalate: undefined,
  };
  return { channels: all, routes: [...routes, everything], publicUrl: config.publicUrl };
}

// SPDX-License-Identifier: Apache-2.0
import type { SecretRef } from "../../../follow/forward/secret-ref.js";
import type { AlertLevel } from "../../alert.js";
import { toCard, toLine } from "../card.js";
import type { Channel } from "../channel.js";
import type { ChannelKind } from "../channel-kinds.js";
import { readPostTarget, readSecret } from "../channel-settings.js";
import type { PostTarget } from "../http-post.js";
import { mustPost } from "../http-post.js";
import type { Notice } from "../notice.js";
import { parseNotice } from "../notice.js";

const SEVERITIES: Readonly<Record<AlertLevel, string>> = {
  informational: "info",
  low: "info",
  medium: "warning",
  high: "error",
  critical: "critical",
};

/** What names an incident over its life; the alert's id, so that a second channel and a retry meet the same one. */
export function toDedupKey(notice: Notice): string {
  return notice.type === "alert"
    ? `telltale-alert-${notice.alert.id}`
    : `telltale-${notice.type}-${notice.delivery}`;
}

/** An event of the Events API v2: https://developer.pagerduty.com/docs/events-api-v2/trigger-events/. */
export function toPagerDutyBody(notice: Notice, routingKey: string): object {
  const dedup_key = toDedupKey(notice);
  if (notice.type === "alert" && notice.reason === "resolved") {
    return { routing_key: routingKey, event_action: "resolve", dedup_key };
  }
  const card = toCard(notice);
  const alert = notice.type === "alert" ? notice.alert : undefined;
  return {
    routing_key: routingKey,
    event_action: "trigger",
    dedup_key,
    client: "Telltale",
    ...(card.link === undefined
      ? {}
      : { client_url: card.link, links: [{ href: card.link, text: "Open in Telltale" }] }),
    payload: {
      // At most 1,024 characters, of which a card has fewer.
      summary: `${card.title}: ${card.summary}`,
      source: "telltale",
      severity: SEVERITIES[card.level],
      timestamp: alert === undefined ? notice.at : new Date(alert.lastTime).toISOString(),
      ...(alert === undefined ? {} : { class: toLine(alert.ruleId, 200), component: toLine(alert.key, 200) }),
      custom_details: {
        ...Object.fromEntries(card.facts.map(({ name, value }) => [name, value])),
        ...(card.lines.length === 0 ? {} : { held_back: card.lines }),
      },
    },
  };
}

export interface PagerDutyOptions {
  readonly name: string;
  readonly target: PostTarget;
  readonly routingKey: SecretRef;
}

export function createPagerDuty({ name, target, routingKey }: PagerDutyOptions): Channel {
  const url = new URL("/v2/enqueue", target.url);
  return {
    name,
    async send({ body }, signal) {
      const event = toPagerDutyBody(parseNotice(body), readSecret(routingKey));
      return mustPost({ ...target, url }, {}, event, signal);
    },
  };
}

export const pagerduty: ChannelKind = {
  hasLifecycle: true,
  read(section, { name, reach }) {
    const target = readPostTarget(section, reach, "https://events.pagerduty.com");
    const routingKey = section.secret("routingKey");
    return () => createPagerDuty({ name, target, routingKey });
  },
};

// SPDX-License-Identifier: Apache-2.0
import type { SecretRef } from "../../../follow/forward/secret-ref.js";
import type { AlertLevel } from "../../alert.js";
import { toCard, toLine, toPlainText } from "../card.js";
import type { Channel } from "../channel.js";
import type { ChannelKind } from "../channel-kinds.js";
import { readPostTarget, readSecret } from "../channel-settings.js";
import type { PostTarget } from "../http-post.js";
import { mustPost } from "../http-post.js";
import type { Notice } from "../notice.js";
import { parseNotice } from "../notice.js";
import { toDedupKey } from "./pagerduty.js";

const PRIORITIES: Readonly<Record<AlertLevel, string>> = {
  informational: "P5",
  low: "P4",
  medium: "P3",
  high: "P2",
  critical: "P1",
};

/** Body of `POST /v2/alerts`: https://docs.opsgenie.com/docs/alert-api#create-alert, with its limits. */
export function toOpsgenieBody(notice: Notice): object {
  const card = toCard(notice);
  const alert = notice.type === "alert" ? notice.alert : undefined;
  return {
    message: toLine(card.title, 130),
    // Opsgenie opens one alert for one alias and counts what comes again.
    alias: toDedupKey(notice),
    description: toPlainText(card).slice(0, 15_000),
    source: "telltale",
    priority: PRIORITIES[card.level],
    ...(alert === undefined
      ? {}
      : { entity: toLine(alert.key, 500), tags: alert.tags.slice(0, 20).map((tag) => toLine(tag, 50)) }),
    details: Object.fromEntries(card.facts.map(({ name, value }) => [name, value])),
  };
}

export interface OpsgenieOptions {
  readonly name: string;
  readonly target: PostTarget;
  readonly apiKey: SecretRef;
}

export function createOpsgenie({ name, target, apiKey }: OpsgenieOptions): Channel {
  return {
    name,
    async send({ body }, signal) {
      const notice = parseNotice(body);
      const headers = { authorization: `GenieKey ${readSecret(apiKey)}` };
      if (notice.type === "alert" && notice.reason === "resolved") {
        const path = `/v2/alerts/${encodeURIComponent(toDedupKey(notice))}/close?identifierType=alias`;
        const close = { source: "telltale", note: "Resolved in Telltale" };
        return mustPost({ ...target, url: new URL(path, target.url) }, headers, close, signal);
      }
      const url = new URL("/v2/alerts", target.url);
      return mustPost({ ...target, url }, headers, toOpsgenieBody(notice), signal);
    },
  };
}

export const opsgenie: ChannelKind = {
  hasLifecycle: true,
  read(section, { name, reach }) {
    const target = readPostTarget(section, reach, "https://api.opsgenie.com");
    const apiKey = section.secret("apiKey");
    return () => createOpsgenie({ name, target, apiKey });
  },
};

// SPDX-License-Identifier: Apache-2.0
import { hostname } from "node:os";
import type { SecurityEvent } from "@telltale/event";
import { TargetError } from "../../../follow/forward/target.js";
import { createSyslog } from "../../../follow/forward/to/syslog.js";
import { readTls } from "../../../follow/forward/tls.js";
import { readVersion } from "../../../version.js";
import type { AlertLevel } from "../../alert.js";
import { toCard } from "../card.js";
import type { Channel } from "../channel.js";
import { DeliveryError } from "../channel.js";
import type { ChannelKind } from "../channel-kinds.js";
import { verifyReach } from "../channel-settings.js";
import type { Notice } from "../notice.js";
import { parseNotice } from "../notice.js";
import type { Reach } from "../reach.js";

type SyslogOptions = Parameters<typeof createSyslog>[0];

const LEVELS: Readonly<Record<AlertLevel, SecurityEvent["level"]>> = {
  informational: "info",
  low: "info",
  medium: "warn",
  high: "warn",
  critical: "critical",
};

/** A notice in the form of an event, so that receivers read alerts and forwarded events alike. */
export function toNoticeEvent(notice: Notice): SecurityEvent {
  const card = toCard(notice);
  const alert = notice.type === "alert" ? notice.alert : undefined;
  return {
    v: 1,
    id: notice.delivery,
    time: notice.at,
    received: notice.at,
    via: "telltale",
    action: `telltale_${notice.type === "alert" ? `alert_${notice.reason}` : notice.type}`,
    outcome: "unknown",
    level: LEVELS[card.level],
    actor: { type: "system", id: "telltale" },
    source: { app: "telltale", version: readVersion() },
    message: `${card.title}: ${card.summary}`,
    ...(alert === undefined
      ? {}
      : { targets: [{ type: "alert", id: alert.id, name: card.title }], reason: notice.type }),
    data: {
      facts: Object.fromEntries(card.facts.map(({ name, value }) => [name, value])),
      ...(card.lines.length === 0 ? {} : { lines: [...card.lines] }),
      ...(card.link === undefined ? {} : { link: card.link }),
      ...(alert === undefined ? {} : { level: alert.level, count: alert.count, evidence: alert.evidence }),
    },
  } as SecurityEvent;
}

/** RFC 5424 over TCP or TLS, as forwarding writes it: one connection a message, ended in order. */
export function createSyslogChannel(options: SyslogOptions, reach: Reach): Channel {
  const target = createSyslog({ ...options, lookup: reach.lookupFor(options.host) });
  let sent = 0;
  return {
    name: options.name,
    async send({ body }, signal) {
      reach.verify(options.host);
      const notice = parseNotice(body);
      const outgoing = { index: sent, address: `alerts:${notice.delivery}`, event: toNoticeEvent(notice) };
      try {
        await target.deliver([outgoing as Parameters<typeof target.deliver>[0][number]], signal);
        sent++;
      } catch (cause) {
        if (cause instanceof DeliveryError) throw cause;
        throw new DeliveryError(cause instanceof TargetError ? cause.message : "the connection failed", {
          cause,
        });
      }
    },
  };
}

export const syslog: ChannelKind = {
  read(section, { name, reach }) {
    const url = section.url("url", { encrypted: "tls", plain: "tcp" });
    if (url.pathname !== "" || url.search !== "") section.fail("url", "has a host and a port, and no path");
    verifyReach(section, "url", reach, url.hostname);
    const isTls = url.protocol === "tls:";
    if (!isTls && section.has("tls")) section.fail("tls", "is for tls:// addresses");
    const host = url.hostname.replace(/^\[|\]$/g, "");
    const options: SyslogOptions = {
      name,
      host,
      port: url.port === "" ? (isTls ? 6514 : 601) : Number(url.port),
      tls: isTls ? readTls(section, host) : undefined,
      confirm: section.oneOf("confirm", ["close", "write"], "close"),
      timeoutMs: section.integer("timeoutMs", { min: 1_000, max: 60_000, fallback: 10_000 }),
      form: {
        host: section.optionalText("host") ?? hostname(),
        software: readVersion(),
        enterprise: undefined,
        maxBytes: 8_192,
      },
    };
    return () => createSyslogChannel(options, reach);
  },
};

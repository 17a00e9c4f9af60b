// SPDX-License-Identifier: Apache-2.0
import { LineCounter, parseDocument } from "yaml";
import { ConfigError } from "../../config/config-error.js";
import { refuseBadYaml } from "../../follow/forward/config.js";
import type { SecretSources } from "../../follow/forward/secret-ref.js";
import { Section, type SectionSource } from "../../follow/forward/section.js";
import { isTimeZone } from "../../review/calendar.js";
import type { AlertLevel } from "../alert.js";
import { ALERT_LEVELS } from "../alert.js";
import type { Channel } from "./channel.js";
import { CHANNEL_KINDS, type ChannelKindName } from "./channel-kinds.js";
import { parseTimeOfDay, type QuietHours } from "./quiet.js";
import type { Reach } from "./reach.js";
import type { Route } from "./routing.js";

/** How many messages a channel is sent; what is more waits, and comes as one digest. */
export interface MessageLimit {
  readonly messages: number;
  readonly perMs: number;
}

/** One channel as its operator described it. */
export interface ChannelConfig {
  /** Unique; names its deliveries. */
  readonly name: string;
  readonly to: ChannelKindName;
  /** The receiver keeps an incident open until it is told that the alert is resolved. */
  readonly hasLifecycle: boolean;
  readonly limit: MessageLimit | undefined;
  /** Alerts of level `except` and above are told all the same. */
  readonly quiet: { readonly hours: QuietHours; readonly except: AlertLevel } | undefined;
  /** Opens nothing: each delivery connects. */
  readonly create: () => Channel;
}

export interface NotifyConfig {
  readonly channels: readonly ChannelConfig[];
  readonly routes: readonly Route[];
}

const MAX_BYTES = 256 * 1024;
const MAX_CHANNELS = 64;
const MAX_ROUTES = 200;
const NAME = /^[a-z0-9](?:[a-z0-9-]{0,38}[a-z0-9])?$/;
const MINUTE = 60_000;

/**
 * Reads a `notify.yaml`:
 *
 * ```yaml
 * channels:
 *   - name: soc
 *     to: slack
 *     url: env:TELLTALE_SECRET_SLACK_URL
 *     limit: { messages: 20, minutes: 10 }
 *     quiet: { from: "22:00", to: "06:30", zone: Europe/Berlin, except: critical }
 *   - name: pager
 *     to: pagerduty
 *     routingKey: env:TELLTALE_SECRET_PAGERDUTY
 * routes:
 *   - to: [soc]
 *     level: medium
 *     escalate: { to: pager, minutes: 15 }
 *   - to: [pager]
 *     level: critical
 *     tags: ["attack.*"]
 * ```
 *
 * Without `routes` every channel is told everything. `file` is shown in messages. Throws ConfigError that names file, line
 * and key, and shows no value.
 */
export function parseNotifyConfig(
  text: string,
  file: string,
  { secrets, reach }: { secrets: SecretSources; reach: Reach },
): NotifyConfig {
  if (Buffer.byteLength(text) > MAX_BYTES) {
    throw new ConfigError("bad_value", `${file}: the file is larger than ${MAX_BYTES} bytes.`);
  }
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, strict: true, uniqueKeys: true });
  const source: SectionSource = { file, lines, secrets };
  refuseBadYaml(document, source);
  const root = new Section(source, "", document.contents, undefined);
  const sections = root.sections("channels");
  const routeSections = root.has("routes") ? root.sections("routes") : undefined;
  root.finish();
  if (sections.length > MAX_CHANNELS) root.fail("channels", `are more than ${MAX_CHANNELS}`);
  if ((routeSections?.length ?? 0) > MAX_ROUTES) root.fail("routes", `are more than ${MAX_ROUTES}`);
  const names = new Set<string>();
  const channels = sections.map((section) => {
    const channel = readChannel(section, reach);
    if (names.has(channel.name)) section.fail("name", "is the name of another channel, too");
    names.add(channel.name);
    return channel;
  });
  const routes = routeSections?.map((section) => readRoute(section, names));
  return { channels, routes: routes ?? [toAll([...names])] };
}

function toAll(to: readonly string[]): Route {
  return { to, level: undefined, tags: [], rules: [], tenants: [], escalate: undefined };
}

function readChannel(section: Section, reach: Reach): ChannelConfig {
  const name = section.text("name");
  if (!NAME.test(name)) section.fail("name", "must be of a to z, 0 to 9 and -, at most 40 characters");
  const kinds = Object.keys(CHANNEL_KINDS) as ChannelKindName[];
  const written = section.text("to");
  const to =
    kinds.find((kind) => kind === written) ?? section.fail("to", `must be one of ${kinds.join(", ")}`);
  const limit = readLimit(section);
  const quiet = readQuiet(section);
  const kind: (typeof CHANNEL_KINDS)[ChannelKindName] & { hasLifecycle?: boolean } = CHANNEL_KINDS[to];
  const create = kind.read(section, { name, reach });
  section.finish();
  return { name, to, hasLifecycle: kind.hasLifecycle ?? false, limit, quiet, create };
}

function readLimit(section: Section): MessageLimit | undefined {
  const limit = section.optionalSection("limit");
  if (limit === undefined) return undefined;
  const messages = limit.integer("messages", { min: 1, max: 10_000, fallback: 20 });
  const perMs = limit.integer("minutes", { min: 1, max: 1_440, fallback: 10 }) * MINUTE;
  limit.finish();
  return { messages, perMs };
}

function readTimeOfDay(section: Section, key: string): number {
  return parseTimeOfDay(section.text(key)) ?? section.fail(key, 'must be a time of the day like "22:00"');
}

function readQuiet(section: Section): ChannelConfig["quiet"] {
  const quiet = section.optionalSection("quiet");
  if (quiet === undefined) return undefined;
  const from = readTimeOfDay(quiet, "from");
  const to = readTimeOfDay(quiet, "to");
  if (from === to)
    quiet.fail("to", "is when they begin: to tell nobody at all, name the channel in no route");
  const zone = quiet.optionalText("zone") ?? "UTC";
  if (!isTimeZone(zone)) quiet.fail("zone", "must be the name of a time zone such as Europe/Berlin, or UTC");
  const except = quiet.oneOf("except", ALERT_LEVELS, "critical");
  quiet.finish();
  return { hours: { from, to, zone }, except };
}

function readRoute(section: Section, names: ReadonlySet<string>): Route {
  const to = section.texts("to", { min: 1, max: MAX_CHANNELS });
  for (const name of to) if (!names.has(name)) section.fail("to", "names a channel that is not in this file");
  const route: Route = {
    to,
    level: section.has("level") ? section.oneOf("level", ALERT_LEVELS, "informational") : undefined,
    tags: readPatterns(section, "tags"),
    rules: readPatterns(section, "rules"),
    tenants: readPatterns(section, "tenants"),
    escalate: readEscalation(section, names),
  };
  section.finish();
  return route;
}

function readPatterns(section: Section, key: string): string[] {
  const patterns = section.texts(key, { min: 0, max: 200 });
  if (patterns.some((pattern) => pattern.slice(0, -1).includes("*")))
    section.fail(key, "may have * only at the end");
  return patterns;
}

function readEscalation(section: Section, names: ReadonlySet<string>): Route["escalate"] {
  const escalate = section.optionalSection("escalate");
  if (escalate === undefined) return undefined;
  const to = escalate.text("to");
  if (!names.has(to)) escalate.fail("to", "names a channel that is not in this file");
  const afterMs = escalate.integer("minutes", { min: 1, max: 10_080, fallback: 15 }) * MINUTE;
  escalate.finish();
  return { to, afterMs };
}

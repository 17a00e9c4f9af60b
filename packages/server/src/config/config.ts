// SPDX-License-Identifier: Apache-2.0
import { readFileSync } from "node:fs";
import { isIP } from "node:net";
import { availableParallelism } from "node:os";
import { resolve } from "node:path";
import { DerError, type Overridable, parseAuthorities } from "@telltale/log";
import { ALERT_LEVELS, type AlertLevel, DEFAULT_ALERT_LEVEL } from "../alert/words.js";
import { type NotifyConfig, parseNotifyConfig } from "../alert/notify/config.js";
import { SETTINGS_WEBHOOK } from "../alert/notify/configured.js";
import { Reach } from "../alert/notify/reach.js";
import type { TargetConfig } from "../follow/forward/config.js";
import { parseForwardConfig } from "../follow/forward/config.js";
import { systemSecrets } from "../follow/forward/secret-ref.js";
import type { ProtectSettings } from "../protect/settings.js";
import { RetainError } from "../follow/retain/error.js";
import type { RetentionPolicy } from "../follow/retain/policy.js";
import { DEFAULT_POLICY, parsePolicy } from "../follow/retain/policy.js";
import { isTimeZone } from "../review/calendar.js";
import { REVIEW_DEFAULTS, type ReviewSettings } from "../review/settings.js";
import type { TsaSettings } from "../timestamp/authority.js";
import { parseWitnessSettings, type WitnessSettings } from "../witness/settings.js";
import { ConfigError } from "./config-error.js";
import type { RawConfig, SettingName } from "./env.js";
import { ENV_NAMES } from "./env.js";
import { parseProtectSettings } from "./protect.js";
import type { Secrets } from "./secrets.js";
import { parseSecrets } from "./secrets.js";
import type { SyslogConfig } from "./syslog.js";
import { parseSyslogConfig } from "./syslog.js";

export const LOG_LEVELS = ["debug", "info", "warn", "error", "silent"] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

/** Everything the server is told from outside, checked. docs/reference/configuration.md explains each setting. */
export interface Config {
  /** Absolute path of the directory that holds all data. */
  readonly dataDir: string;
  /** Absolute path of the directory that holds the newest signed head; undefined: inside the data. */
  readonly headDir: string | undefined;
  /** What the log is to be opened in spite of. */
  readonly accept: readonly Overridable[];
  readonly host: string;
  /** 0: any free port. */
  readonly port: number;
  /** True when only this machine can connect. */
  readonly isLoopback: boolean;
  readonly hasTls: boolean;
  readonly behindProxy: boolean;
  /** Origin people use, without a path; undefined: the address it listens on. */
  readonly publicUrl: URL | undefined;
  /** Checkpoint and tiles without a key. */
  readonly publicLog: boolean;
  /** /metrics without a key. */
  readonly publicMetrics: boolean;
  readonly logLevel: LogLevel;
  /** First part of the log's origin; used when the log is created, never again. */
  readonly originName: string;
  /** Directory of Sigma rules; undefined: those that ship with Telltale. */
  readonly rulesDir: string | undefined;
  /** Ingest worker threads. */
  readonly workers: number;
  /** Findings below it are listed, and nobody is told. */
  readonly alertLevel: AlertLevel;
  readonly webhook: { readonly url: URL; readonly allowPrivate: boolean } | undefined;
  /** Channels that alerts are told to, and which goes where; undefined: there is no file. */
  readonly notify: NotifyConfig | undefined;
  /** Rules may make decisions by themselves. */
  readonly respondRules: boolean;
  readonly retention: RetentionPolicy;
  /** Directory that segments are copied to before they are pruned; undefined: they are not. */
  readonly archiveDir: string | undefined;
  /** What is usual is learned, and what is not becomes an event. */
  readonly learn: boolean;
  /** An MMDB of countries or networks; undefined: the one that comes with Telltale. */
  readonly placesFile: string | undefined;
  /** When daily reviews are made and how long a person has to sign them. */
  readonly review: ReviewSettings;
  /** Targets that events are forwarded to, in the order of the file. */
  readonly forward: readonly TargetConfig[];
  /** Absolute path of that file; undefined: there is none. */
  readonly forwardFile: string | undefined;
  /** Targets that are configured over the API may lead to this machine and to private networks. */
  readonly forwardAllowPrivate: boolean;
  /** Where such targets may take secrets and certificates from, as files; undefined: from nowhere. */
  readonly secretsDir: string | undefined;
  /** Who is asked to cosign the log; undefined: nobody. */
  readonly witness: WitnessSettings | undefined;
  /** Who timestamps the daily checkpoint; undefined: nobody. */
  readonly tsa: TsaSettings | undefined;
  /** Where the protection of events takes its keys and its policy from. */
  readonly protect: ProtectSettings;
  /** Where syslog is received; undefined: nowhere. */
  readonly syslog: SyslogConfig | undefined;
}

/** Settings and, apart from them, secrets. */
export interface LoadedConfig {
  readonly config: Config;
  readonly secrets: Secrets;
}

/** The values that hold when nothing is said. */
export const DEFAULTS = {
  dataDir: "./telltale-data",
  host: "127.0.0.1",
  port: 7400,
  logLevel: "info",
  originName: "telltale",
} as const;

function fail(name: SettingName, what: string): ConfigError {
  return new ConfigError("bad_value", `${ENV_NAMES[name]} ${what}`);
}

function toBoolean(raw: RawConfig, name: SettingName, fallback: boolean): boolean {
  const text = raw[name]?.toLowerCase();
  if (text === undefined) return fallback;
  if (["1", "true", "yes", "on"].includes(text)) return true;
  if (["0", "false", "no", "off"].includes(text)) return false;
  throw fail(name, "must be true or false.");
}

function toInteger(raw: RawConfig, name: SettingName, fallback: number, min: number, max: number): number {
  const text = raw[name];
  if (text === undefined) return fallback;
  const value = /^\d{1,9}$/.test(text) ? Number(text) : Number.NaN;
  if (value >= min && value <= max) return value;
  throw fail(name, `must be a whole number from ${min} to ${max}.`);
}

function toUrl(raw: RawConfig, name: SettingName): URL | undefined {
  const text = raw[name];
  if (text === undefined) return undefined;
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url === null || !["http:", "https:"].includes(url.protocol)) {
    throw fail(name, "must be an address that begins with https:// or http://.");
  }
  // A password in an address ends up in logs and process lists.
  if (url.username !== "" || url.password !== "")
    throw fail(name, "must not hold a user name or a password.");
  return url;
}

/** Says whether a host to listen on can be reached from this machine only. */
export function isLoopbackHost(host: string): boolean {
  if (host === "localhost" || host === "::1") return true;
  return isIP(host) === 4 && host.startsWith("127.");
}

function toHost(raw: RawConfig): string {
  const host = (raw.host ?? DEFAULTS.host).replace(/^\[|\]$/g, "");
  if (isIP(host) !== 0 || /^[a-zA-Z0-9](?:[a-zA-Z0-9.-]{0,252})$/.test(host)) return host;
  throw fail("host", "must be an address or a name to listen on, for example 127.0.0.1 or 0.0.0.0.");
}

function toAlertLevel(raw: RawConfig): AlertLevel {
  const level = raw.alertLevel?.toLowerCase() ?? DEFAULT_ALERT_LEVEL;
  const known = ALERT_LEVELS.find((each) => each === level);
  if (known === undefined) throw fail("alertLevel", `must be one of ${ALERT_LEVELS.join(", ")}.`);
  return known;
}

function toWebhook(raw: RawConfig): Config["webhook"] {
  const url = toUrl(raw, "webhookUrl");
  const allowPrivate = toBoolean(raw, "webhookAllowPrivate", false);
  if (url === undefined) return undefined;
  if (url.protocol === "http:" && !allowPrivate) {
    throw fail(
      "webhookUrl",
      "must be https. Plain http is only for receivers on your own network: set TELLTALE_WEBHOOK_ALLOW_PRIVATE=true for those.",
    );
  }
  return { url, allowPrivate };
}

function toNotify(raw: RawConfig, readFile: (path: string) => string): NotifyConfig | undefined {
  const hosts = (raw.notifyPrivateHosts ?? "").split(/[\s,]+/).filter((host) => host !== "");
  if (hosts.some((host) => !/^[\w.:[\]-]{1,253}$/.test(host)))
    throw fail("notifyPrivateHosts", "must be names or addresses with commas between, without ports.");
  if (raw.notify === undefined) return undefined;
  const file = resolve(raw.notify);
  let text: string;
  try {
    text = readFile(file);
  } catch (error) {
    throw new ConfigError("unreadable_file", `${ENV_NAMES.notify}: ${file} cannot be read.`, error);
  }
  const notify = parseNotifyConfig(text, file, {
    secrets: systemSecrets(process.env),
    reach: new Reach(hosts),
  });
  if (raw.webhookUrl !== undefined && notify.channels.some(({ name }) => name === SETTINGS_WEBHOOK))
    throw fail(
      "notify",
      `has a channel named ${SETTINGS_WEBHOOK}, which is the one of ${ENV_NAMES.webhookUrl}.`,
    );
  return notify;
}

function toOriginName(raw: RawConfig): string {
  const name = raw.originName ?? DEFAULTS.originName;
  if (/^[a-z0-9](?:[a-z0-9.-]{0,62}[a-z0-9])?$/.test(name)) return name;
  throw fail("originName", "must be 1 to 64 lower-case letters, digits, dots or dashes.");
}

function toLogLevel(raw: RawConfig): LogLevel {
  const level = raw.logLevel ?? DEFAULTS.logLevel;
  const known = LOG_LEVELS.find((one) => one === level);
  if (known !== undefined) return known;
  throw fail("logLevel", `must be one of ${LOG_LEVELS.join(", ")}.`);
}

function toPublicUrl(raw: RawConfig): URL | undefined {
  const url = toUrl(raw, "publicUrl");
  if (url !== undefined && (url.pathname !== "/" || url.search !== "" || url.hash !== "")) {
    throw fail("publicUrl", "must have no path: Telltale is served at the root of its host.");
  }
  return url;
}

// Passwords, keys and events would cross the network readable by all who can listen.
function verifyListen(host: string, hasTls: boolean, behindProxy: boolean): void {
  if (isLoopbackHost(host) || hasTls || behindProxy) return;
  throw new ConfigError(
    "insecure_listen",
    `Listening on ${host} lets other machines connect, and without TLS everything could be read on the way. Do one of these:
  - give TELLTALE_TLS_CERT and TELLTALE_TLS_KEY (PEM files) (--tls-cert, --tls-key);
  - put a proxy that does TLS in front and set TELLTALE_BEHIND_PROXY=true (--behind-proxy);
  - listen on 127.0.0.1, the default.`,
  );
}

function toAccept(raw: RawConfig): readonly Overridable[] {
  const known: readonly Overridable[] = ["clock_behind", "head_damaged"];
  return (raw.accept ?? "")
    .split(/[\s,]+/)
    .filter((text) => text !== "")
    .map((text) => {
      const found = known.find((each) => each === text);
      if (found === undefined)
        throw fail("accept", `takes ${known.join(" and ")}, what a start was refused for.`);
      return found;
    });
}

function toRetention(raw: RawConfig): RetentionPolicy {
  const { retentionOverrideBy: name, retentionOverrideReason: reason } = raw;
  const days = {
    searchableDays: toInteger(raw, "searchableDays", DEFAULT_POLICY.searchableDays, 1, 100_000),
    keptDays: toInteger(raw, "keptDays", DEFAULT_POLICY.keptDays, 1, 100_000),
  };
  if ((name === undefined) !== (reason === undefined))
    throw fail("retentionOverrideBy", `and ${ENV_NAMES.retentionOverrideReason} belong together.`);
  try {
    return parsePolicy(
      name === undefined || reason === undefined ? days : { ...days, override: { name, reason } },
    );
  } catch (error) {
    if (!(error instanceof RetainError)) throw error;
    throw new ConfigError("bad_value", `${ENV_NAMES.keptDays}: ${error.message}.`, error);
  }
}

function toReview(raw: RawConfig): ReviewSettings {
  const zone = raw.reviewZone ?? REVIEW_DEFAULTS.zone;
  if (!isTimeZone(zone))
    throw fail("reviewZone", "must be the name of a time zone such as Europe/Berlin, or UTC.");
  return {
    daily: toBoolean(raw, "reviews", REVIEW_DEFAULTS.daily),
    zone,
    hour: toInteger(raw, "reviewHour", REVIEW_DEFAULTS.hour, 0, 23),
    dueHours: toInteger(raw, "reviewDueHours", REVIEW_DEFAULTS.dueHours, 1, 8784),
  };
}

function toWitness(raw: RawConfig, readFile: (path: string) => string): WitnessSettings | undefined {
  const everyMs = 1000 * toInteger(raw, "witnessInterval", 10, 1, 3600);
  if (raw.witnessPolicy === undefined) return parseWitnessSettings(raw.witness, undefined, everyMs);
  const file = resolve(raw.witnessPolicy);
  let text: string;
  try {
    text = readFile(file);
  } catch (error) {
    throw new ConfigError("unreadable_file", `${ENV_NAMES.witnessPolicy}: ${file} cannot be read.`, error);
  }
  return parseWitnessSettings(raw.witness, Buffer.from(text), everyMs);
}

function toTsa(raw: RawConfig, readFile: (path: string) => string): TsaSettings | undefined {
  const url = toUrl(raw, "tsaUrl");
  if (url === undefined) {
    if (raw.tsaCa !== undefined) throw fail("tsaCa", `belongs to ${ENV_NAMES.tsaUrl}.`);
    return undefined;
  }
  if (raw.tsaCa === undefined) return { url, authorities: undefined };
  const file = resolve(raw.tsaCa);
  try {
    return { url, authorities: parseAuthorities(readFile(file)) };
  } catch (error) {
    const why = error instanceof DerError ? error.message : "it cannot be read";
    throw new ConfigError("unreadable_file", `${ENV_NAMES.tsaCa}: ${file}: ${why}.`, error);
  }
}

function toTargets(raw: RawConfig, readFile: (path: string) => string): readonly TargetConfig[] {
  if (raw.forward === undefined) return [];
  const file = resolve(raw.forward);
  let text: string;
  try {
    text = readFile(file);
  } catch (error) {
    throw new ConfigError("unreadable_file", `${ENV_NAMES.forward}: ${file} cannot be read.`, error);
  }
  return parseForwardConfig(text, file, systemSecrets(process.env));
}

/**
 * Checks raw settings and reads the files they name. Throws ConfigError with a sentence for the operator.
 * Merge flags over the environment before: `parseConfig({ ...readEnv(process.env), ...flags })`.
 */
export function parseConfig(
  raw: RawConfig,
  readFile: (path: string) => string = (path) => readFileSync(path, "utf8"),
): LoadedConfig {
  const host = toHost(raw);
  const behindProxy = toBoolean(raw, "behindProxy", false);
  const isLoopback = isLoopbackHost(host);
  const secrets = parseSecrets(raw, readFile);
  const hasTls = secrets.tls !== undefined;
  verifyListen(host, hasTls, behindProxy);
  const config: Config = {
    dataDir: resolve(raw.dataDir ?? DEFAULTS.dataDir),
    headDir: raw.headDir === undefined ? undefined : resolve(raw.headDir),
    accept: toAccept(raw),
    host,
    port: toInteger(raw, "port", DEFAULTS.port, 0, 65_535),
    isLoopback,
    hasTls,
    behindProxy,
    publicUrl: toPublicUrl(raw),
    publicLog: toBoolean(raw, "publicLog", false),
    // Open to whoever can log in to this machine anyway; not through a proxy.
    publicMetrics: toBoolean(raw, "publicMetrics", isLoopback && !behindProxy),
    logLevel: toLogLevel(raw),
    originName: toOriginName(raw),
    rulesDir: raw.rulesDir === undefined ? undefined : resolve(raw.rulesDir),
    workers: toInteger(raw, "workers", Math.min(8, availableParallelism()), 1, 64),
    alertLevel: toAlertLevel(raw),
    webhook: toWebhook(raw),
    notify: toNotify(raw, readFile),
    respondRules: toBoolean(raw, "respondRules", false),
    retention: toRetention(raw),
    archiveDir: raw.archiveDir === undefined ? undefined : resolve(raw.archiveDir),
    learn: toBoolean(raw, "learn", true),
    placesFile: raw.places === undefined ? undefined : resolve(raw.places),
    review: toReview(raw),
    forward: toTargets(raw, readFile),
    forwardFile: raw.forward === undefined ? undefined : resolve(raw.forward),
    forwardAllowPrivate: toBoolean(raw, "forwardAllowPrivate", false),
    secretsDir: raw.secretsDir === undefined ? undefined : resolve(raw.secretsDir),
    witness: toWitness(raw, readFile),
    tsa: toTsa(raw, readFile),
    protect: parseProtectSettings(raw, readFile),
    syslog: parseSyslogConfig(raw),
  };
  return { config, secrets };
}

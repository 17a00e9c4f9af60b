// SPDX-License-Identifier: Apache-2.0

/** Where each setting comes from when no flag gives it. Only names are here; config.ts says what they mean. */
export const ENV_NAMES = {
  dataDir: "TELLTALE_DATA",
  headDir: "TELLTALE_HEAD_DIR",
  accept: "TELLTALE_ACCEPT",
  host: "TELLTALE_HOST",
  port: "TELLTALE_PORT",
  tlsCert: "TELLTALE_TLS_CERT",
  tlsKey: "TELLTALE_TLS_KEY",
  behindProxy: "TELLTALE_BEHIND_PROXY",
  publicUrl: "TELLTALE_PUBLIC_URL",
  publicLog: "TELLTALE_PUBLIC_LOG",
  publicMetrics: "TELLTALE_PUBLIC_METRICS",
  logLevel: "TELLTALE_LOG_LEVEL",
  originName: "TELLTALE_ORIGIN_NAME",
  rulesDir: "TELLTALE_RULES",
  workers: "TELLTALE_WORKERS",
  alertLevel: "TELLTALE_ALERT_LEVEL",
  webhookUrl: "TELLTALE_WEBHOOK_URL",
  webhookSecret: "TELLTALE_WEBHOOK_SECRET",
  webhookSecretFile: "TELLTALE_WEBHOOK_SECRET_FILE",
  webhookAllowPrivate: "TELLTALE_WEBHOOK_ALLOW_PRIVATE",
  notify: "TELLTALE_NOTIFY",
  notifyPrivateHosts: "TELLTALE_NOTIFY_PRIVATE_HOSTS",
  respondRules: "TELLTALE_RESPOND_RULES",
  searchableDays: "TELLTALE_SEARCHABLE_DAYS",
  keptDays: "TELLTALE_KEPT_DAYS",
  retentionOverrideBy: "TELLTALE_RETENTION_OVERRIDE_BY",
  retentionOverrideReason: "TELLTALE_RETENTION_OVERRIDE_REASON",
  archiveDir: "TELLTALE_ARCHIVE",
  learn: "TELLTALE_LEARN",
  places: "TELLTALE_PLACES",
  reviews: "TELLTALE_REVIEWS",
  reviewHour: "TELLTALE_REVIEW_HOUR",
  reviewZone: "TELLTALE_REVIEW_ZONE",
  reviewDueHours: "TELLTALE_REVIEW_DUE_HOURS",
  forward: "TELLTALE_FORWARD",
  forwardAllowPrivate: "TELLTALE_FORWARD_ALLOW_PRIVATE",
  secretsDir: "TELLTALE_SECRETS_DIR",
  tsaUrl: "TELLTALE_TSA_URL",
  tsaCa: "TELLTALE_TSA_CA",
  witness: "TELLTALE_WITNESS",
  witnessPolicy: "TELLTALE_WITNESS_POLICY",
  witnessInterval: "TELLTALE_WITNESS_INTERVAL",
  protect: "TELLTALE_PROTECT",
  protectKey: "TELLTALE_PROTECT_KEY",
  protectKms: "TELLTALE_PROTECT_KMS",
  protectKmsEndpoint: "TELLTALE_PROTECT_KMS_ENDPOINT",
  protectCacheHours: "TELLTALE_PROTECT_CACHE_HOURS",
  protectPublicKey: "TELLTALE_PROTECT_PUBLIC_KEY",
  backupDays: "TELLTALE_BACKUP_DAYS",
  syslog: "TELLTALE_SYSLOG",
  syslogAllow: "TELLTALE_SYSLOG_ALLOW",
} as const;

/** Variables that targets of forwarding may name when they are configured over the API. */
export const SECRET_PREFIX = "TELLTALE_SECRET_";

export type SettingName = keyof typeof ENV_NAMES;

/** Settings as text, before anything is known about them. An empty value means: not set. */
export type RawConfig = { [K in SettingName]?: string };

/** Names that belong to the CLI, to tests or to scripts, not to the server. */
const FOREIGN = /^TELLTALE_(?:KEY|URL|VECTORS|CHROMIUM|SEED|EVENTS|ROWS|RUNS|DIR|FUZZ_RUNS|BENCH_[A-Z]+)$/;

/** Picks the settings out of an environment. */
export function readEnv(env: Readonly<Record<string, string | undefined>>): RawConfig {
  const raw: RawConfig = {};
  for (const [name, variable] of Object.entries(ENV_NAMES) as [SettingName, string][]) {
    const value = env[variable]?.trim();
    if (value !== undefined && value !== "") raw[name] = value;
  }
  return raw;
}

/** A variable that begins like ours and is none. */
export interface UnknownEnv {
  name: string;
  /** The setting that was probably meant. */
  meant: string | undefined;
}

/** Things that a setting elsewhere may refer to by a name of the user's choice. */
const REFERRED = /_(?:TOKEN|SECRET|PASSWORD|KEY)$/;

/** Variables that begin like ours and are none: probably misspelt, worth a line at the start. */
export function findUnknownEnv(env: Readonly<Record<string, string | undefined>>): UnknownEnv[] {
  const known = Object.values(ENV_NAMES);
  return Object.keys(env)
    .filter(
      (name) =>
        name.startsWith("TELLTALE_") &&
        !name.startsWith(SECRET_PREFIX) &&
        !known.some((each) => each === name) &&
        !FOREIGN.test(name),
    )
    .map((name) => ({ name, meant: findNear(name, known) }))
    .filter(({ name, meant }) => meant !== undefined || !REFERRED.test(name));
}

/** The one that two slips of the finger lead to. */
function findNear(name: string, known: readonly string[]): string | undefined {
  const distances = known.map((each) => ({ each, distance: editDistance(name.slice(0, 80), each) }));
  return distances.sort((a, b) => a.distance - b.distance).find(({ distance }) => distance <= 2)?.each;
}

/** Levenshtein's distance, row by row. */
function editDistance(a: string, b: string): number {
  let above = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const change = above[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1);
      row.push(Math.min(change, above[j]! + 1, row[j - 1]! + 1));
    }
    above = row;
  }
  return above[b.length]!;
}

// SPDX-License-Identifier: Apache-2.0
// The settings of a target as a form has them: one text each, by the path that the file uses. Pure.
import type { TargetKind, TargetSettings } from "../../shared/api/types.js";

export interface TargetField {
  /** As in the file: `url`, `tls.ca`. */
  readonly path: string;
  readonly label: string;
  readonly hint?: string;
  readonly example?: string;
  readonly type: "text" | "number" | "flag" | readonly (readonly [value: string, word: string])[];
  readonly required?: boolean;
  /** Seldom needed: shown on demand. */
  readonly rare?: boolean;
}

export const KINDS: readonly { id: TargetKind; word: string }[] = [
  { id: "splunk", word: "Splunk (HTTP Event Collector)" },
  { id: "elastic", word: "Elasticsearch, OpenSearch" },
  { id: "webhook", word: "Webhook" },
  { id: "syslog", word: "Syslog receiver" },
  { id: "json-file", word: "File beside the log (Wazuh and other agents)" },
];

const REFERENCE =
  "A reference, never the secret itself: env:TELLTALE_SECRET_… or file:/… in the directory of secrets.";

const url = (example: string): TargetField => ({
  path: "url",
  label: "Address",
  example,
  type: "text",
  required: true,
});
const secret = (path: string, label: string, required = true): TargetField => ({
  path,
  label,
  hint: REFERENCE,
  example: `env:TELLTALE_SECRET_${path.toUpperCase()}`,
  type: "text",
  required,
});
const PLAIN: TargetField = {
  path: "allowPlaintext",
  label: "Send without TLS to another machine",
  type: "flag",
  rare: true,
};
const TLS: readonly TargetField[] = [
  {
    path: "tls.ca",
    label: "Authority of its certificate",
    hint: "A PEM file in the directory of secrets.",
    type: "text",
    rare: true,
  },
  { path: "tls.serverName", label: "Name on its certificate", type: "text", rare: true },
  {
    path: "tls.cert",
    label: "Our certificate",
    hint: "A PEM file in the directory of secrets.",
    type: "text",
    rare: true,
  },
  {
    path: "tls.key",
    label: "Our key",
    hint: "A PEM file in the directory of secrets.",
    type: "text",
    rare: true,
  },
];
const COMPRESSION: TargetField = {
  path: "compression",
  label: "Compression",
  type: [
    ["", "gzip"],
    ["none", "none"],
  ],
  rare: true,
};

const OF_KIND: Record<TargetKind, readonly TargetField[]> = {
  splunk: [
    url("https://splunk.example.com:8088"),
    secret("token", "Token"),
    { path: "index", label: "Index", hint: "Empty: the default of the token.", type: "text" },
    { path: "ack", label: "Wait until it is indexed (Splunk Enterprise)", type: "flag", rare: true },
    COMPRESSION,
    ...TLS,
    PLAIN,
  ],
  elastic: [
    url("https://elastic.example.com:9200"),
    secret("apiKey", "API key", false),
    { path: "user", label: "User", hint: "Instead of an API key, with a password.", type: "text" },
    secret("password", "Password", false),
    {
      path: "stream",
      label: "Data stream",
      example: "logs-telltale.audit-default",
      type: "text",
      rare: true,
    },
    {
      path: "setup",
      label: "Index template",
      type: [
        ["", "make it when it is missing"],
        ["none", "somebody else makes it"],
      ],
      rare: true,
    },
    COMPRESSION,
    ...TLS,
    PLAIN,
  ],
  webhook: [
    url("https://hooks.example.com/telltale"),
    secret("secret", "Secret of the signature"),
    ...TLS,
    PLAIN,
  ],
  syslog: [
    url("tls://syslog.example.com:6514"),
    {
      path: "confirm",
      label: "What confirms a batch",
      type: [
        ["", "the receiver closes the connection"],
        ["write", "the bytes are written"],
      ],
    },
    {
      path: "host",
      label: "Host name in the messages",
      hint: "Empty: that of this machine.",
      type: "text",
      rare: true,
    },
    { path: "maxMessageBytes", label: "Longest message, bytes", example: "8192", type: "number", rare: true },
    ...TLS,
    PLAIN,
  ],
  "json-file": [
    { path: "maxBytes", label: "Bytes of one file", example: "67108864", type: "number" },
    { path: "keep", label: "Older files that stay", example: "5", type: "number" },
  ],
};

const COMMON: readonly TargetField[] = [
  {
    path: "filter",
    label: "Filter",
    hint: "A search; only events that match are sent. Empty: all.",
    example: "level:critical OR action:authn_*",
    type: "text",
  },
  { path: "batch.events", label: "Events of a batch, at most", type: "number", rare: true },
  { path: "batch.bytes", label: "Bytes of a batch, at most", type: "number", rare: true },
  { path: "batch.waitMs", label: "Milliseconds an event may wait for others", type: "number", rare: true },
];

/** The fields of a kind, in the order of the form. */
export function fieldsOf(kind: TargetKind): readonly TargetField[] {
  return [...OF_KIND[kind], ...COMMON];
}

export type FieldTexts = Readonly<Record<string, string>>;

/** What the form sends: only fields of the kind, and only those that say something. */
export function toSettings(name: string, kind: TargetKind, from: string, texts: FieldTexts): TargetSettings {
  const settings: TargetSettings = { name, to: kind };
  if (from !== "") settings["from"] = from;
  for (const { path, type } of fieldsOf(kind)) {
    const text = (texts[path] ?? "").trim();
    if (text === "") continue;
    const value = type === "flag" ? true : type === "number" && /^\d{1,15}$/.test(text) ? Number(text) : text;
    const [first = "", second] = path.split(".");
    if (second === undefined) settings[first] = value;
    else
      settings[first] = {
        ...(settings[first] as Record<string, string | number | boolean>),
        [second]: value,
      };
  }
  return settings;
}

/** The inverse, for a change. */
export function toTexts(settings: TargetSettings): FieldTexts {
  const texts: Record<string, string> = {};
  for (const [key, value] of Object.entries(settings)) {
    if (typeof value !== "object") texts[key] = value === false ? "" : String(value);
    else
      for (const [inner, each] of Object.entries(value))
        texts[`${key}.${inner}`] = each === false ? "" : String(each);
  }
  return texts;
}

/** Which field a message of the server begins with; undefined when it is about none of them. */
export function blamed(message: string | undefined, fields: readonly string[]): string | undefined {
  const word = message?.split(" ", 1)[0];
  return fields.find((path) => path === word);
}

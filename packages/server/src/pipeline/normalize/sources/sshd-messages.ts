// SPDX-License-Identifier: Apache-2.0
import { isIP } from "node:net";
import type { SourceEvent } from "./source.js";

/** What a message of sshd says, without what the syslog header says. */
export type SshdFacts = Pick<SourceEvent, "action" | "outcome" | "level"> &
  Partial<Pick<SourceEvent, "reason" | "actor" | "client" | "data">>;

/** `skipped`: another line of the same attempt says the same. Undefined: a message that we do not know. */
export type SshdReading = { facts: SshdFacts } | { skipped: string } | undefined;

interface Rule {
  readonly pattern: RegExp;
  read(groups: Readonly<Record<string, string | undefined>>, message: string): SshdReading;
}

// The user name is chosen by whoever knocks. It is written before the address, so the LAST " from … port …" of a line
// is sshd's own; a greedy `.*` finds it, and a name such as "root from 192.0.2.1 port 22 ssh2" changes nothing.
const USER = "(?<invalid>(?:invalid|illegal) user )?(?<user>.*)";
const PEER = "(?<host>\\S+)(?: port (?<port>\\d{1,5}))?";

function actorOf(user: string | undefined): Pick<SshdFacts, "actor"> {
  return user === undefined ? {} : { actor: { type: "user", id: user } };
}

/** Only an address may become `client.ip`; a name that the other side's DNS gave is kept, but as data. */
function peerOf(groups: Readonly<Record<string, string | undefined>>): Pick<SshdFacts, "client" | "data"> {
  const { host, port } = groups;
  const data: Record<string, unknown> = {};
  const client: NonNullable<SshdFacts["client"]> = {};
  if (host !== undefined && isIP(host) !== 0) client.ip = host;
  else if (host !== undefined) data["client_host"] = host;
  if (port !== undefined && Number(port) <= 65_535) client.port = Number(port);
  return {
    ...(Object.keys(client).length === 0 ? {} : { client }),
    ...(Object.keys(data).length === 0 ? {} : { data }),
  };
}

function withData(facts: SshdFacts, more: Record<string, unknown>): { facts: SshdFacts } {
  return { facts: { ...facts, data: { ...facts.data, ...more } } };
}

/** Failed passwords are failed sign-ins. A refused public key is not: a client offers all it has, one by one. */
const FAILED: Record<string, Pick<SshdFacts, "action" | "outcome" | "level" | "reason">> = {
  password: { action: "authn_login_fail", outcome: "failure", level: "warn", reason: "bad_password" },
  keyboard: { action: "authn_login_fail", outcome: "failure", level: "warn", reason: "bad_password" },
  none: { action: "sshd_methods_asked", outcome: "failure", level: "info", reason: "no_credentials" },
  other: { action: "sshd_method_refused", outcome: "failure", level: "info", reason: "bad_credentials" },
};

function failedBy(method: string): (typeof FAILED)[string] {
  const kind = method.startsWith("keyboard-interactive") ? "keyboard" : method;
  return (Object.hasOwn(FAILED, kind) ? FAILED[kind] : FAILED["other"]) as (typeof FAILED)[string];
}

/** After the address sshd may name the key, whose id is the sender's choice as well: then two readings are possible. */
function isAmbiguous(message: string, detail: string | undefined): boolean {
  return detail !== undefined && message.split(/ \S+ port \d/, 3).length > 2;
}

function readAttempt(
  groups: Readonly<Record<string, string | undefined>>,
  message: string,
  base: Pick<SshdFacts, "action" | "outcome" | "level" | "reason">,
): SshdReading {
  const method = groups["method"] ?? "";
  if (isAmbiguous(message, groups["detail"])) {
    // No address is better than one that the sender made up.
    return { facts: { ...base, level: "warn", reason: "ambiguous_line", data: { method } } };
  }
  const reason = groups["invalid"] === undefined ? base.reason : "invalid_user";
  const facts: SshdFacts = {
    ...base,
    ...(reason === undefined ? {} : { reason }),
    ...actorOf(groups["user"]),
    ...peerOf(groups),
  };
  return withData(facts, { method });
}

const skip = (why: string): (() => SshdReading) => {
  return () => ({ skipped: why });
};

/** Every message that we know, the frequent ones first; the first pattern that matches decides. */
const RULES: readonly Rule[] = [
  {
    pattern: new RegExp(`^Failed (?<method>\\S+) for ${USER} from ${PEER} ssh\\d?(?<detail>: .*)?$`),
    read: (groups, message) => readAttempt(groups, message, failedBy(groups["method"] ?? "")),
  },
  {
    pattern: new RegExp(`^Accepted (?<method>\\S+) for (?<user>.*) from ${PEER} ssh\\d?(?<detail>: .*)?$`),
    read: (groups, message) =>
      readAttempt(groups, message, { action: "authn_login_success", outcome: "success", level: "info" }),
  },
  {
    pattern: /^pam_unix\(sshd:auth\): (?:authentication failure|check pass)/,
    read: skip("PAM repeats a failure"),
  },
  { pattern: /^PAM \d+ more authentication failures?;/, read: skip("PAM repeats failures") },
  { pattern: /^PAM service\(sshd\) ignoring max retries/, read: skip("PAM repeats failures") },
  { pattern: /^input_userauth_request: (?:invalid|illegal) user /, read: skip("repeats an invalid user") },
  {
    pattern: new RegExp(`^(?:error: )?Received disconnect from ${PEER}: ?(?<code>\\d{1,3}): (?<text>.*)$`),
    read: (groups) =>
      withData(
        { action: "sshd_disconnected", outcome: "unknown", level: "info", ...peerOf(groups) },
        { code: Number(groups["code"]), text: groups["text"] },
      ),
  },
  {
    pattern: new RegExp(`^(?:Invalid|Illegal) user (?<user>.*) from ${PEER}$`),
    read: (groups) => ({
      facts: {
        action: "sshd_invalid_user",
        outcome: "failure",
        level: "info",
        reason: "invalid_user",
        ...actorOf(groups["user"]),
        ...peerOf(groups),
      },
    }),
  },
  {
    pattern:
      /^reverse mapping checking getaddrinfo for (?<name>\S+) \[(?<host>[^\]\s]+)\] failed(?: - POSSIBLE BREAK-IN ATTEMPT!)?/,
    read: readReverse,
  },
  {
    pattern: /^Address (?<host>\S+) maps to (?<name>\S+), but this does not map back to the address/,
    read: readReverse,
  },
  {
    pattern: /^(?<how>Connection (?:closed|reset) by|Disconnected from|Disconnecting) (?<host>\S+)$/,
    read: readEnd,
  },
  {
    pattern:
      /^(?<how>Connection (?:closed|reset) by|Disconnected from|Disconnecting) (?:(?:authenticating |invalid )?user (?<user>.*) )?(?<host>\S+) port (?<port>\d{1,5})(?<detail>: .*)?$/,
    read: readEnd,
  },
  {
    pattern: new RegExp(`^Disconnecting: Too many authentication failures(?: for ${USER})?$`),
    read: readTooMany,
  },
  {
    pattern: new RegExp(
      `^(?:error: )?maximum authentication attempts exceeded for ${USER} from ${PEER} ssh\\d?$`,
    ),
    read: readTooMany,
  },
  {
    pattern: new RegExp(`^Did not receive identification string from ${PEER}`),
    read: (groups) => ({ facts: readScan("no_identification", groups) }),
  },
  {
    pattern: new RegExp(
      `^(?:error: )?(?:kex_exchange_identification|banner exchange): Connection from ${PEER}: `,
    ),
    read: (groups) => ({ facts: readScan("bad_identification", groups) }),
  },
  {
    pattern: new RegExp(`^Bad protocol version identification .* from ${PEER}$`),
    read: (groups) => ({ facts: readScan("bad_identification", groups) }),
  },
  {
    pattern: new RegExp(`^User (?<user>.*) from (?<host>\\S+) not allowed because (?<why>.*)$`),
    read: (groups) =>
      withData(
        {
          action: "sshd_user_refused",
          outcome: "denied",
          level: "warn",
          reason: "not_allowed",
          ...actorOf(groups["user"]),
          ...peerOf(groups),
        },
        { why: groups["why"] },
      ),
  },
  {
    pattern: /^pam_unix\(sshd:session\): session (?<what>opened|closed) for user (?<user>.*?)(?: by .*)?$/,
    read: (groups) => {
      // "for user fztu(uid=1000) by (uid=0)" is how newer PAM writes the same.
      const user = groups["user"]?.replace(/\(uid=\d{1,10}\)$/, "");
      const action = groups["what"] === "opened" ? "session_created" : "session_logout";
      return { facts: { action, outcome: "success", level: "info", ...actorOf(user) } };
    },
  },
  {
    pattern: /^Server listening on /,
    read: () => ({ facts: { action: "sys_startup", outcome: "success", level: "info" } }),
  },
  {
    pattern: /^Received signal 15; terminating/,
    read: () => ({ facts: { action: "sys_shutdown", outcome: "success", level: "info" } }),
  },
  {
    pattern: /^(?:fatal|error): /,
    read: () => ({ facts: { action: "sshd_error", outcome: "error", level: "warn" } }),
  },
];

function readScan(reason: string, groups: Readonly<Record<string, string | undefined>>): SshdFacts {
  return { action: "sshd_scan_suspected", outcome: "unknown", level: "warn", reason, ...peerOf(groups) };
}

function readReverse(groups: Readonly<Record<string, string | undefined>>): SshdReading {
  const base: SshdFacts = {
    action: "sshd_address_mismatch",
    outcome: "unknown",
    level: "info",
    ...peerOf(groups),
  };
  return withData({ ...base, reason: "reverse_mapping" }, { claimed_host: groups["name"] });
}

function readEnd(groups: Readonly<Record<string, string | undefined>>, message: string): SshdReading {
  const action =
    groups["how"]?.startsWith("Connection") === true ? "sshd_connection_closed" : "sshd_disconnected";
  const base: SshdFacts = { action, outcome: "unknown", level: "info" };
  if (isAmbiguous(message, groups["detail"]))
    return { facts: { ...base, level: "warn", reason: "ambiguous_line" } };
  if (groups["detail"]?.startsWith(": Too many authentication failures") === true) return readTooMany(groups);
  return { facts: { ...base, ...actorOf(groups["user"]), ...peerOf(groups) } };
}

function readTooMany(groups: Readonly<Record<string, string | undefined>>): SshdReading {
  const base = {
    action: "authn_login_fail_max",
    outcome: "denied",
    level: "warn",
    reason: "too_many_failures",
  } as const;
  return { facts: { ...base, ...actorOf(groups["user"]), ...peerOf(groups) } };
}

const PREAUTH = " [preauth]";

/** What sshd writes is shorter. Some patterns cost the square of the length of a hostile message. */
export const MAX_MESSAGE_CHARS = 4096;

/** Says what a message of sshd means. */
export function readSshdMessage(message: string): SshdReading {
  if (message.length > MAX_MESSAGE_CHARS) return undefined;
  const preauth = message.endsWith(PREAUTH);
  const text = preauth ? message.slice(0, -PREAUTH.length) : message;
  for (const rule of RULES) {
    const match = rule.pattern.exec(text);
    if (match === null) continue;
    const reading = rule.read(match.groups ?? {}, text);
    return preauth && reading !== undefined && "facts" in reading
      ? withData(reading.facts, { preauth })
      : reading;
  }
  return undefined;
}

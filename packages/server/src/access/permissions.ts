// SPDX-License-Identifier: Apache-2.0

export const USER_ROLES = ["owner", "admin", "analyst", "auditor", "viewer"] as const;
export type UserRole = (typeof USER_ROLES)[number];

export const KEY_ROLES = ["ingest", "read", "admin", "backfill"] as const;
export type KeyRole = (typeof KEY_ROLES)[number];

/**
 * THE table: who may do what. Columns are users' roles, then keys' roles (`key:` in front, because an
 * `admin` key is not an `admin` user). A route names one action; nothing else decides.
 */
export const PERMISSIONS = {
  /** POST /v1/events. No person sends events: what people do here is recorded by the server itself. */
  "events.write": ["key:ingest", "key:backfill"],
  /** Search, single events, histogram, live stream. */
  "events.read": ["owner", "admin", "analyst", "auditor", "viewer", "key:read", "key:admin"],
  /**
   * Show one hidden value with a reason; search by the name that an alias or a token stands for. People only: whoever reveals is named in the
   * log. Not for analysts and auditors: they work with aliases, and ask.
   */
  "events.reveal": ["owner", "admin"],
  /** Checkpoints, tiles, proofs. */
  "log.read": ["owner", "admin", "analyst", "auditor", "viewer", "key:read", "key:admin"],
  /** The log's public key and the keys before it: what a sender needs to check acknowledgements. No secret, and no event is told by it. */
  "log.key": [
    "owner",
    "admin",
    "analyst",
    "auditor",
    "viewer",
    "key:ingest",
    "key:backfill",
    "key:read",
    "key:admin",
  ],
  "alerts.read": ["owner", "admin", "analyst", "auditor", "viewer", "key:read", "key:admin"],
  "alerts.decide": ["owner", "admin", "analyst", "key:admin"],
  "exceptions.read": ["owner", "admin", "analyst", "auditor", "viewer", "key:read", "key:admin"],
  /** Make, change and end exceptions: what a rule shall not find. Each is an event, with its owner, its reason and its end. */
  "exceptions.manage": ["owner", "admin", "analyst", "key:admin"],
  /** Channels of notifications and what was delivered. */
  "notify.read": ["owner", "admin", "analyst", "auditor", "viewer", "key:read", "key:admin"],
  /** Pause, resume and test a channel, try a delivery again. What channels there are stands in the operator's file. */
  "notify.manage": ["owner", "admin", "key:admin"],
  "decisions.read": ["owner", "admin", "analyst", "auditor", "viewer", "key:read", "key:admin"],
  /** Have applications block somebody, ask for more proof or end a session; lift such a decision. */
  "decisions.make": ["owner", "admin", "analyst", "key:admin"],
  /** Follow the decisions about the application that the key is bound to, and nothing else. */
  "decisions.follow": ["key:ingest"],
  "forward.read": ["owner", "admin", "analyst", "auditor", "viewer", "key:read", "key:admin"],
  /** Pause, resume and replay a target of forwarding; add, change and remove those that are not in the file. */
  "forward.manage": ["owner", "admin", "key:admin"],
  "retention.read": ["owner", "admin", "analyst", "auditor", "viewer", "key:read", "key:admin"],
  /** Prune what is due now; place and release legal holds. */
  "retention.manage": ["owner", "admin", "key:admin"],
  "erasures.read": ["owner", "admin", "auditor", "key:admin"],
  /** Ask for the erasure of a person, approve what somebody else asked for. It takes two people, and a key is nobody. */
  "erasures.manage": ["owner", "admin"],
  /** Also the report and the bytes that are signed. */
  "reviews.read": ["owner", "admin", "analyst", "auditor", "viewer", "key:read", "key:admin"],
  /** Make one of a period, comment on one. */
  "reviews.write": ["owner", "admin", "analyst", "key:admin"],
  /** A signature is a person's word: no key has one. An auditor judges whether others looked, and changes nothing. */
  "reviews.sign": ["owner", "admin", "analyst"],
  "status.read": ["owner", "admin", "analyst", "auditor", "viewer", "key:read", "key:admin"],
  "metrics.read": ["owner", "admin", "auditor", "key:read", "key:admin"],
  "keys.read": ["owner", "admin", "auditor", "key:admin"],
  "keys.manage": ["owner", "admin", "key:admin"],
} as const satisfies Record<string, readonly (UserRole | `key:${KeyRole}`)[]>;

/** Everything that can be allowed or refused. */
export type Action = keyof typeof PERMISSIONS;

// Sets, not objects: a role that reads "__proto__" is only a string that is in no set.
const TABLE = new Map<string, ReadonlySet<string>>(
  Object.entries(PERMISSIONS).map(([action, roles]) => [action, new Set<string>(roles)]),
);

/** Says whether the role of a key or of a user allows the action; false for anything unknown. */
export function isAllowed(who: { kind: "key" | "user"; role: string }, action: Action): boolean {
  const roles = TABLE.get(action);
  if (roles === undefined) return false;
  // A user whose stored role read "key:admin" must not become a key.
  return who.kind === "key" ? roles.has(`key:${who.role}`) : isUserRole(who.role) && roles.has(who.role);
}

/** Narrows text to a role a key can have. */
export function isKeyRole(text: string): text is KeyRole {
  return (KEY_ROLES as readonly string[]).includes(text);
}

/** Narrows text to a role a user can have. */
export function isUserRole(text: string): text is UserRole {
  return (USER_ROLES as readonly string[]).includes(text);
}

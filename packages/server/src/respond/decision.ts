// SPDX-License-Identifier: Apache-2.0
import { hash } from "node:crypto";
import { isIP, SocketAddress } from "node:net";
import type { SelfActor } from "../self-log.js";

/** What an application is told to do, the hardest first. */
export const DECISION_KINDS = ["block", "revoke_session", "step-up"] as const;
export type DecisionKind = (typeof DECISION_KINDS)[number];

/** What a decision is about: a user or service, an address or network, a session. */
export const TARGET_TYPES = ["actor", "ip", "session"] as const;
export type TargetType = (typeof TARGET_TYPES)[number];

export interface DecisionTarget {
  readonly type: TargetType;
  /** The actor's id or alias; an address or network in its shortest form; the SHA-256 of a session id in hex. */
  readonly value: string;
}

export interface Decision {
  readonly id: string;
  readonly kind: DecisionKind;
  readonly target: DecisionTarget;
  /** The only application that it is for; undefined: all. */
  readonly app: string | undefined;
  readonly tenant: string;
  readonly reason: string;
  readonly made: string;
  readonly by: SelfActor;
  /** The alert that it was made about. */
  readonly alert: string | undefined;
  /** Milliseconds since 1970. */
  readonly expires: number;
  readonly ended: string | undefined;
  readonly endedBy: string | undefined;
  readonly endReason: string | undefined;
}

/** Shortest prefixes of a network that may be decided about: a slip of the finger must not shut out half the world. */
const LEAST_PREFIX = { 4: 16, 6: 32 } as const;

/**
 * An address or network in its shortest form; undefined for what is none or is too large. An IPv4 address inside IPv6 is that
 * IPv4 address.
 */
export function parseNetwork(text: string): string | undefined {
  const [written = "", length, ...rest] = text.trim().split("/");
  if (rest.length > 0) return undefined;
  const address = toShortAddress(written);
  if (address === undefined) return undefined;
  if (length === undefined) return address;
  const family = isIP(address) as 4 | 6;
  const bits = /^\d{1,3}$/.test(length) ? Number(length) : Number.NaN;
  const most = family === 4 ? 32 : 128;
  if (!(bits >= LEAST_PREFIX[family] && bits <= most)) return undefined;
  return bits === most ? address : `${address}/${bits}`;
}

function toShortAddress(text: string): string | undefined {
  const family = isIP(text);
  if (family === 4) return text;
  if (family !== 6 || text.includes("%")) return undefined;
  const { address } = new SocketAddress({ address: text, family: "ipv6" });
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/.exec(address);
  return mapped?.[1] ?? address;
}

/** What stands for a session: nobody can take it over with this, and the SDK makes the same of what it is asked about. */
export function toSessionHash(session: string): string {
  return hash("sha256", session, "hex");
}

const MAX_VALUE = 256;

/** The value as it is kept; undefined for one that cannot be meant. A session may be given as it is or as its SHA-256. */
export function parseTarget(type: TargetType, value: string): DecisionTarget | undefined {
  if (value.trim() === "" || value.length > MAX_VALUE) return undefined;
  if (type === "actor") return { type, value };
  if (type === "session") return { type, value: /^[0-9a-f]{64}$/.test(value) ? value : toSessionHash(value) };
  const network = parseNetwork(value);
  return network === undefined ? undefined : { type, value: network };
}

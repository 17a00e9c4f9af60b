// SPDX-License-Identifier: Apache-2.0
import { createHash } from "node:crypto";
import { BlockList, isIP, SocketAddress } from "node:net";
import { DECISION_KINDS, type DecisionKind, type Told } from "./told.js";

/** What is known of whoever makes a request; what is left out is not asked about. */
export interface DecisionSubject {
  /** The actor's id, as it stands in events. */
  actor?: string | undefined;
  ip?: string | undefined;
  /** The session's id; it stays here, and is compared as a hash. */
  session?: string | undefined;
}

/** A decision that holds now. */
export interface Decision {
  readonly id: string;
  readonly kind: DecisionKind;
  /** For those who run the application; nothing to show to whom it is about. */
  readonly reason: string;
  /** Milliseconds since 1970 by this machine's clock. */
  readonly madeAt: number;
  readonly expiresAt: number;
}

interface Known {
  readonly told: Told;
  /** By the clock that never steps. */
  readonly until: number;
  readonly decision: Decision;
}

/** More are not kept; the server has no more in force. */
export const MAX_KNOWN = 5_000;

/** An address in its shortest form: what two writings of one address have in common. */
export function toShortAddress(text: string): string {
  const address = text.replace(/^\[(.*)\]$/, "$1");
  if (isIP(address) !== 6 || address.includes("%")) return address;
  const short = new SocketAddress({ address, family: "ipv6" }).address;
  return /^::ffff:(\d+\.\d+\.\d+\.\d+)$/.exec(short)?.[1] ?? short;
}

const familyOf = (address: string): "ipv4" | "ipv6" => (isIP(address) === 6 ? "ipv6" : "ipv4");

function toNetwork(text: string): BlockList | undefined {
  const [address = "", length = ""] = text.split("/");
  const family = isIP(address);
  if (family === 0 || !/^\d{1,3}$/.test(length) || Number(length) > (family === 4 ? 32 : 128))
    return undefined;
  const list = new BlockList();
  list.addSubnet(address, Number(length), familyOf(address));
  return list;
}

/** All decisions that this process knows of, to be asked without waiting. */
export class KnownDecisions {
  readonly #now: () => number;
  readonly #wall: () => number;
  readonly #byId = new Map<string, Known>();
  /** `actor mallory`, `ip 203.0.113.9`, `session <hash>`. */
  readonly #byTarget = new Map<string, Set<Known>>();
  readonly #networks = new Map<Known, BlockList>();

  /** `now` in milliseconds of a clock that never steps; `wall` since 1970. */
  constructor(now: () => number, wall: () => number) {
    this.#now = now;
    this.#wall = wall;
  }

  get size(): number {
    return this.#byId.size;
  }

  /** Everything in force, instead of what was known. Answers how many were too many. */
  replace(all: readonly Told[]): number {
    this.#byId.clear();
    this.#byTarget.clear();
    this.#networks.clear();
    let left = 0;
    for (const told of all) if (!this.add(told)) left++;
    return left;
  }

  /** False when there is no room. */
  add(told: Told): boolean {
    this.remove(told.id);
    if (this.size >= MAX_KNOWN) this.forgetExpired();
    if (this.size >= MAX_KNOWN) return false;
    const { id, kind, reason, target, leftMs, agoMs } = told;
    const wall = this.#wall();
    const decision = Object.freeze({ id, kind, reason, madeAt: wall - agoMs, expiresAt: wall + leftMs });
    const known: Known = { told, until: this.#now() + leftMs, decision };
    this.#byId.set(id, known);
    const network = target.type === "ip" && target.value.includes("/") ? toNetwork(target.value) : undefined;
    if (network !== undefined) this.#networks.set(known, network);
    else {
      const key = keyOf(target.type, target.type === "ip" ? toShortAddress(target.value) : target.value);
      const same = this.#byTarget.get(key);
      if (same === undefined) this.#byTarget.set(key, new Set([known]));
      else same.add(known);
    }
    return true;
  }

  remove(id: string): void {
    const known = this.#byId.get(id);
    if (known === undefined) return;
    this.#byId.delete(id);
    if (this.#networks.delete(known)) return;
    const { type, value } = known.told.target;
    const key = keyOf(type, type === "ip" ? toShortAddress(value) : value);
    const same = this.#byTarget.get(key);
    same?.delete(known);
    if (same?.size === 0) this.#byTarget.delete(key);
  }

  forgetExpired(): void {
    const now = this.#now();
    for (const [id, { until }] of this.#byId) if (until <= now) this.remove(id);
  }

  /** What holds now, the hardest first, of one kind the one that lasts longest. */
  for({ actor, ip, session }: DecisionSubject): Decision[] {
    if (this.size === 0) return [];
    const found: Known[] = [];
    const now = this.#now();
    const look = (type: Told["target"]["type"], value: string): void => {
      for (const known of this.#byTarget.get(keyOf(type, value)) ?? [])
        if (known.until > now) found.push(known);
    };
    if (typeof actor === "string") look("actor", actor);
    if (typeof session === "string") look("session", createHash("sha256").update(session).digest("hex"));
    if (typeof ip === "string") {
      const address = toShortAddress(ip);
      look("ip", address);
      if (isIP(address) !== 0)
        for (const [known, list] of this.#networks)
          if (known.until > now && list.check(address, familyOf(address))) found.push(known);
    }
    return found.sort((a, b) => order(a) - order(b) || b.until - a.until).map(({ decision }) => decision);
  }
}

const keyOf = (type: string, value: string): string => `${type} ${value}`;
const order = ({ told }: Known): number => DECISION_KINDS.indexOf(told.kind);

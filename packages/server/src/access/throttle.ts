// SPDX-License-Identifier: Apache-2.0

/**
 * Slows down guessing of passwords without letting a stranger lock anybody out:
 *
 * - per name *and* address: 5 failures are free, then the wait doubles from 1 s to 5 min;
 * - per address: 30 failures in 10 minutes, whatever the names (spraying);
 * - per name: 100 failures in 10 minutes from anywhere, except from addresses from which that name has
 *   signed in successfully before: its owner gets in while a botnet waits.
 *
 * It lives in memory: a restart forgets, and costs an attacker at most a few more guesses.
 */
export interface Throttle {
  /**
   * Seconds to wait before the next attempt; 0: go ahead. An attempt that may go ahead counts as failed from
   * now on, until `succeeded`: a hundred guesses sent at once find no gap between check and count.
   */
  attempt(name: string, address: string): number;
  succeeded(name: string, address: string): void;
}

const WINDOW_MS = 10 * 60_000;
const FORGET_PAIR_MS = 30 * 60_000;
const FREE = 5;
const MAX_WAIT_MS = 5 * 60_000;
const PER_ADDRESS = 30;
const PER_NAME = 100;
const MAX_ENTRIES = 20_000;

interface Failures {
  count: number;
  last: number;
  /** Start of the window for the plain counters. */
  since: number;
}

/** The network an address belongs to: an IPv6 customer has a whole /64. */
export function toNetwork(address: string): string {
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address);
  if (mapped !== null) return mapped[1] as string;
  if (!address.includes(":")) return address;
  const [head = "", tail = ""] = address.split("::");
  const left = head === "" ? [] : head.split(":");
  const right = tail === "" ? [] : tail.split(":");
  const groups = address.includes("::")
    ? [...left, ...Array.from({ length: Math.max(0, 8 - left.length - right.length) }, () => "0"), ...right]
    : left;
  return `${groups
    .slice(0, 4)
    .map((group) => group.toLowerCase().replace(/^0+(?=.)/, ""))
    .join(":")}::/64`;
}

class BoundedMap<V> {
  readonly #map = new Map<string, V>();
  get(key: string): V | undefined {
    return this.#map.get(key);
  }
  // The oldest entry goes when it is full: insertion order is renewed by every set.
  set(key: string, value: V): void {
    this.#map.delete(key);
    this.#map.set(key, value);
    if (this.#map.size > MAX_ENTRIES) {
      const oldest = this.#map.keys().next().value;
      if (oldest !== undefined) this.#map.delete(oldest);
    }
  }
  delete(key: string): void {
    this.#map.delete(key);
  }
}

function windowWait(failures: Failures | undefined, limit: number, now: number): number {
  if (failures === undefined || failures.count < limit) return 0;
  return Math.max(0, failures.since + WINDOW_MS - now);
}

function add(map: BoundedMap<Failures>, key: string, now: number): void {
  const known = map.get(key);
  const fresh = known === undefined || now - known.since > WINDOW_MS;
  map.set(key, fresh ? { count: 1, last: now, since: now } : { ...known, count: known.count + 1, last: now });
}

function takeBack(map: BoundedMap<Failures>, key: string): void {
  const known = map.get(key);
  if (known !== undefined) map.set(key, { ...known, count: Math.max(0, known.count - 1) });
}

const pair = (name: string, address: string): string => `${name}\0${toNetwork(address)}`;

/** One per server. */
export function createThrottle(now: () => number): Throttle {
  const pairs = new BoundedMap<Failures>();
  const addresses = new BoundedMap<Failures>();
  const names = new BoundedMap<Failures>();
  const known = new BoundedMap<true>();

  function pairWait(failures: Failures | undefined, at: number): number {
    if (failures === undefined || failures.count < FREE) return 0;
    const wait = Math.min(MAX_WAIT_MS, 1_000 * 2 ** (failures.count - FREE));
    return Math.max(0, failures.last + wait - at);
  }

  return {
    attempt(name, address) {
      const at = now();
      const both = pair(name, address);
      const ms = Math.max(
        pairWait(pairs.get(both), at),
        windowWait(addresses.get(toNetwork(address)), PER_ADDRESS, at),
        known.get(both) === true ? 0 : windowWait(names.get(name), PER_NAME, at),
      );
      if (ms > 0) return Math.ceil(ms / 1_000);
      const failures = pairs.get(both);
      // A pair forgets only after a pause: waiting out one window must not reset the doubling.
      const paused = failures === undefined || at - failures.last > FORGET_PAIR_MS;
      pairs.set(both, { count: paused ? 1 : failures.count + 1, last: at, since: at });
      add(addresses, toNetwork(address), at);
      add(names, name, at);
      return 0;
    },
    succeeded(name, address) {
      pairs.delete(pair(name, address));
      takeBack(addresses, toNetwork(address));
      takeBack(names, name);
      known.set(pair(name, address), true);
    },
  };
}

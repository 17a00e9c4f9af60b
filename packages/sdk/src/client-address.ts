// SPDX-License-Identifier: Apache-2.0
import { BlockList, isIP, isIPv6 } from "node:net";

/**
 * Which proxies in front of the application are believed when they say for whom they ask (X-Forwarded-For): none
 * (default), a number of hops, or addresses and networks (`10.0.0.0/8`).
 */
export type TrustProxy = false | number | readonly string[];

/** Longer chains are not read. */
const MOST_HOPS = 32;

function plain(address: string): string {
  const text = address.trim().replace(/^\[(.*)\](?::\d+)?$/, "$1");
  return text.toLowerCase().startsWith("::ffff:") && text.includes(".") ? text.slice(7) : text;
}

/** @throws {TypeError} when an entry is no address and no network: a setting that trusts nobody by mistake */
function toTrusts(trust: TrustProxy): (address: string, hop: number) => boolean {
  if (trust === false) return () => false;
  if (typeof trust === "number") return (_, hop) => hop < trust;
  const list = new BlockList();
  for (const entry of trust) {
    const [address = "", prefix] = entry.split("/");
    if (isIP(address) === 0) throw new TypeError(`trustProxy: ${entry} is no address and no network`);
    const family = isIPv6(address) ? "ipv6" : "ipv4";
    if (prefix === undefined) list.addAddress(address, family);
    else list.addSubnet(address, Number(prefix), family);
  }
  return (address) => isIP(address) !== 0 && list.check(address, isIPv6(address) ? "ipv6" : "ipv4");
}

/**
 * Makes the reader of a client's address: the nearest one that is not a trusted proxy. X-Forwarded-For can be written
 * by anybody, so it is read from its end and only as far as the trusted proxies reach.
 */
export function createClientAddress(
  trust: TrustProxy,
): (remote: string | undefined, forwarded: string | string[] | undefined) => string | undefined {
  const trusts = toTrusts(trust);
  return (remote, forwarded) => {
    if (remote === undefined) return undefined;
    let address = plain(remote);
    if (trust === false || forwarded === undefined) return address;
    const text = Array.isArray(forwarded) ? forwarded.join(",") : forwarded;
    const hops = text.slice(-4096).split(",").slice(-MOST_HOPS).reverse();
    for (const [hop, next] of hops.entries()) {
      const candidate = plain(next);
      if (!trusts(address, hop) || isIP(candidate) === 0) break;
      address = candidate;
    }
    return address;
  };
}

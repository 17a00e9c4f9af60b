// SPDX-License-Identifier: Apache-2.0
import type { LookupAddress, lookup as dnsLookup } from "node:dns";
import type { LookupFunction } from "node:net";
import { BlockList, isIP } from "node:net";

// IANA special-purpose registries (RFC 6890 and updates): everything that is not the public internet.
const V4 = [
  ["0.0.0.0", 8],
  ["10.0.0.0", 8],
  ["100.64.0.0", 10],
  ["127.0.0.0", 8],
  ["169.254.0.0", 16],
  ["172.16.0.0", 12],
  ["192.0.0.0", 24],
  ["192.0.2.0", 24],
  ["192.88.99.0", 24],
  ["192.168.0.0", 16],
  ["198.18.0.0", 15],
  ["198.51.100.0", 24],
  ["203.0.113.0", 24],
  ["224.0.0.0", 4],
  ["240.0.0.0", 4],
] as const;
// Ranges that carry an IPv4 address inside (6to4, NAT64, Teredo) are refused whole: what they reach cannot be told.
const V6 = [
  ["::", 96],
  ["64:ff9b::", 96],
  ["64:ff9b:1::", 48],
  ["100::", 64],
  ["2001::", 23],
  ["2001:db8::", 32],
  ["2002::", 16],
  ["3fff::", 20],
  ["5f00::", 16],
  ["fc00::", 7],
  ["fe80::", 10],
  ["fec0::", 10],
  ["ff00::", 8],
] as const;

const blockedV4 = new BlockList();
for (const [net, prefix] of V4) blockedV4.addSubnet(net, prefix, "ipv4");
const blockedV6 = new BlockList();
for (const [net, prefix] of V6) blockedV6.addSubnet(net, prefix, "ipv6");
const mapped = new BlockList();
mapped.addSubnet("::ffff:0:0", 96, "ipv6");

/** Says whether an address is on the public internet; false for whatever is not an address. */
export function isPublicAddress(address: string): boolean {
  const family = isIP(address);
  if (family === 4) return !blockedV4.check(address, "ipv4");
  if (family !== 6) return false;
  // An IPv4-mapped address (::ffff:a.b.c.d, in any spelling) is that IPv4 address; no public host needs one.
  return !mapped.check(address, "ipv6") && !blockedV6.check(address, "ipv6");
}

/**
 * Looks a name up and hands the connection exactly the addresses that were checked: a name that answers something
 * else a moment later (DNS rebinding) changes nothing. One private address among them refuses all, with the error that
 * `refuse` makes.
 */
export function toCheckedLookup(lookup: typeof dnsLookup, refuse: () => Error): LookupFunction {
  return (hostname, options, callback) => {
    lookup(hostname, { ...options, all: true }, (error, found) => {
      const addresses = found as LookupAddress[] | undefined;
      if (error !== null || addresses === undefined || addresses.length === 0) {
        callback(error ?? new Error("no address"), "", 0);
        return;
      }
      if (!addresses.every(({ address }) => isPublicAddress(address))) {
        callback(refuse(), "", 0);
        return;
      }
      if (options.all === true) callback(null, addresses);
      else callback(null, (addresses[0] as LookupAddress).address, (addresses[0] as LookupAddress).family);
    });
  };
}

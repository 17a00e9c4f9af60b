// SPDX-License-Identifier: Apache-2.0
import { BlockList, isIP, isIPv4 } from "node:net";

/** Addresses that belong to no place: RFC 6890's special ones, documentation (RFC 5737, 3849, 9637) and multicast. */
const NOWHERE: readonly (readonly [string, number])[] = [
  ["0.0.0.0", 8],
  ["10.0.0.0", 8],
  ["100.64.0.0", 10],
  ["127.0.0.0", 8],
  ["169.254.0.0", 16],
  ["172.16.0.0", 12],
  ["192.0.0.0", 24],
  ["192.0.2.0", 24],
  ["192.168.0.0", 16],
  ["198.18.0.0", 15],
  ["198.51.100.0", 24],
  ["203.0.113.0", 24],
  ["224.0.0.0", 3],
  ["::", 127],
  ["64:ff9b:1::", 48],
  ["100::", 64],
  ["2001:db8::", 32],
  ["3fff::", 20],
  ["fc00::", 7],
  ["fe80::", 10],
  ["ff00::", 8],
];

function toBlockList(): BlockList {
  const list = new BlockList();
  for (const [address, prefix] of NOWHERE) list.addSubnet(address, prefix, isIPv4(address) ? "ipv4" : "ipv6");
  return list;
}

const nowhere = toBlockList();

const MAPPED = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i;

/** An address in the form that the other functions take; undefined when it is none, or has a zone. */
export function parseAddress(text: string): string | undefined {
  if (text.length > 45 || text.includes("%")) return undefined;
  const plain = MAPPED.exec(text)?.[1] ?? text;
  return isIP(plain) === 0 ? undefined : plain;
}

/** Whether a parsed address can be said to lie in a country. */
export function isSomewhere(address: string): boolean {
  return !nowhere.check(address, isIPv4(address) ? "ipv4" : "ipv6");
}

/** The network of a parsed address when nothing better is known: its /24, or its /48. */
export function prefixOf(address: string): string {
  if (isIPv4(address)) return `${address.slice(0, address.lastIndexOf("."))}.0/24`;
  // Only the first three groups matter, so the part after "::" matters only when fewer than three stand before it.
  const [before = "", after] = address.toLowerCase().split("::");
  const left = before === "" ? [] : before.split(":");
  const right = after === undefined || after === "" ? [] : after.split(":");
  const zeros = Math.max(0, 8 - width(left) - width(right));
  const groups = [...left, ...Array.from({ length: zeros }, () => "0"), ...right];
  return `${groups
    .slice(0, 3)
    .map((each) => Number.parseInt(each, 16).toString(16))
    .join(":")}::/48`;
}

/** Groups of 16 bits; a dotted end stands for two. */
function width(groups: readonly string[]): number {
  return groups.length + (groups.at(-1)?.includes(".") === true ? 1 : 0);
}

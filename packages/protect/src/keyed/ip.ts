// SPDX-License-Identifier: Apache-2.0
import { isIP } from "node:net";

/** The 4 or 16 bytes of an IP address in one of RFC 4291's forms, or undefined. A zone (`%eth0`) is left out. */
export function toAddressBytes(text: string): Uint8Array | undefined {
  if (text.length > 64) return undefined;
  const version = isIP(text);
  if (version === 4) return Uint8Array.from(text.split("."), Number);
  return version === 6 ? toIpv6Bytes(text) : undefined;
}

function toIpv6Bytes(text: string): Uint8Array {
  const [address = ""] = text.split("%");
  const dot = address.indexOf(".");
  const colon = address.lastIndexOf(":");
  const written =
    dot === -1 ? address : `${address.slice(0, colon + 1)}${toGroups(address.slice(colon + 1))}`;
  const [head = "", tail] = written.split("::");
  const before = head === "" ? [] : head.split(":");
  const after = tail === undefined || tail === "" ? [] : tail.split(":");
  const zeros = Array<string>(8 - before.length - after.length).fill("0");
  const bytes = new Uint8Array(16);
  [...before, ...zeros, ...after].forEach((group, i) => {
    const value = Number.parseInt(group, 16);
    bytes[2 * i] = value >> 8;
    bytes[2 * i + 1] = value & 0xff;
  });
  return bytes;
}

/** `192.0.2.1` as two groups of an IPv6 address. */
function toGroups(ipv4: string): string {
  const [a = 0, b = 0, c = 0, d = 0] = ipv4.split(".").map(Number);
  return `${((a << 8) | b).toString(16)}:${((c << 8) | d).toString(16)}`;
}

/** An address of 4 or 16 bytes as text: RFC 5952 for IPv6. */
export function formatAddress(bytes: Uint8Array): string {
  if (bytes.length === 4) return bytes.join(".");
  const groups = Array.from({ length: 8 }, (_, i) => ((bytes[2 * i]! << 8) | bytes[2 * i + 1]!).toString(16));
  const { start, length } = longestZeros(groups);
  // Section 4.2.2: one group of zeros alone is not shortened.
  if (length < 2) return groups.join(":");
  return `${groups.slice(0, start).join(":")}::${groups.slice(start + length).join(":")}`;
}

function longestZeros(groups: readonly string[]): { start: number; length: number } {
  let best = { start: 0, length: 0 };
  for (let start = 0; start < groups.length; start++) {
    let length = 0;
    while (groups[start + length] === "0") length++;
    // Section 4.2.3: the first of several.
    if (length > best.length) best = { start, length };
  }
  return best;
}

/** `::ffff:192.0.2.1` (RFC 4291, 2.5.5.2) is an IPv4 address. */
export function isMapped(bytes: Uint8Array): boolean {
  return (
    bytes.length === 16 &&
    bytes[10] === 0xff &&
    bytes[11] === 0xff &&
    bytes.subarray(0, 10).every((byte) => byte === 0)
  );
}

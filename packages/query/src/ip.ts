// SPDX-License-Identifier: Apache-2.0

const OCTET = "(?:25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])";
const V4 = new RegExp(`^${OCTET}(?:\\.${OCTET}){3}$`);
const V4_MAPPED = /^::ffff:(?=[0-9.]+$)/i;
const V6_FULL = /^[0-9a-f]{1,4}(?::[0-9a-f]{1,4}){7}$/i;
const V6_SHORT = /^(?:[0-9a-f]{1,4}(?::[0-9a-f]{1,4})*)?::(?:[0-9a-f]{1,4}(?::[0-9a-f]{1,4})*)?$/i;

/**
 * An address as 32 hexadecimal digits, so that addresses and networks compare as text: IPv6 written out, IPv4 as
 * ::ffff:a.b.c.d (RFC 4291 2.5.5.2). `undefined` for anything else (a name, a token, a zone index, octets with a
 * leading zero, which programs read in two ways). The index computes the same key in SQL; a test holds them equal.
 */
export function toIpKey(text: string): string | undefined {
  if (text.length > 45) return undefined;
  const v4 = text.replace(V4_MAPPED, "");
  if (V4.test(v4)) {
    const octets = v4.split(".").map((octet) => Number(octet).toString(16).padStart(2, "0"));
    return `00000000000000000000ffff${octets.join("")}`;
  }
  if (V6_FULL.test(text)) return groups(text).join("");
  if (!V6_SHORT.test(text)) return undefined;
  const [left = "", right = ""] = text.split("::");
  const head = groups(left);
  const tail = groups(right);
  const missing = 8 - head.length - tail.length;
  if (missing < 1) return undefined;
  return head.join("") + "0000".repeat(missing) + tail.join("");
}

function groups(text: string): string[] {
  return text
    .split(":")
    .filter((group) => group !== "")
    .map((group) => group.toLowerCase().padStart(4, "0"));
}

/** First and last key of a network such as `10.0.0.0/8`; `undefined` when it is none. */
export function toNetwork(text: string): { first: string; last: string } | undefined {
  const slash = text.indexOf("/");
  if (slash < 0) return undefined;
  const address = text.slice(0, slash);
  const length = text.slice(slash + 1);
  const key = toIpKey(address);
  if (key === undefined || !/^(?:0|[1-9][0-9]{0,2})$/.test(length)) return undefined;
  const v4 = address.includes(".");
  const bits = Number(length) + (v4 ? 96 : 0);
  if (bits > 128) return undefined;
  const free = (1n << BigInt(128 - bits)) - 1n;
  const value = BigInt(`0x${key}`);
  return { first: hex(value & ~free), last: hex(value | free) };
}

function hex(value: bigint): string {
  return value.toString(16).padStart(32, "0");
}

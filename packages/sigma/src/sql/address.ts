// SPDX-License-Identifier: Apache-2.0
import { parseAddress } from "../cidr.js";
import { Unsayable } from "./writer.js";

/** How every v4 address begins in the form of `tt_address`: as the v6 address that stands for it (RFC 4291, 2.5.5.2). */
export const MAPPED = "00000000000000000000ffff";

/** The first and last address of a network as 32 hex digits; text order is address order. */
export interface AddressRange {
  readonly version: 4 | 6;
  readonly low: string;
  readonly high: string;
}

/** The network that `parseNetwork` has accepted, as a range. */
export function toRange(network: string): AddressRange {
  const [host = "", bitsText] = network.split("/");
  const address = parseAddress(host);
  if (address === undefined) throw new Unsayable("a network that is none");
  const width = address.version === 4 ? 8 : 16;
  const total = address.groups.length * width;
  const isMapped = address.version === 4 && host.includes(":");
  const bits = bitsText === undefined ? total : Number(bitsText) - (isMapped ? 96 : 0);
  let value = 0n;
  for (const group of address.groups) value = (value << BigInt(width)) | BigInt(group);
  const free = (1n << BigInt(total - bits)) - 1n;
  const spell = (number: bigint): string =>
    (address.version === 4 ? MAPPED : "") + number.toString(16).padStart(total / 4, "0");
  return { version: address.version, low: spell(value & ~free), high: spell(value | free) };
}

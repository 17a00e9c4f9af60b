// SPDX-License-Identifier: Apache-2.0

/** An IP address as four (v4) or eight (v6) numbers of 8 or 16 bits. */
interface Address {
  readonly version: 4 | 6;
  readonly groups: readonly number[];
}

function parseV4(text: string): number[] | undefined {
  const parts = text.split(".");
  if (parts.length !== 4) return undefined;
  const groups: number[] = [];
  for (const part of parts) {
    if (!/^\d{1,3}$/.test(part) || (part.length > 1 && part.startsWith("0"))) return undefined;
    const number = Number(part);
    if (number > 255) return undefined;
    groups.push(number);
  }
  return groups;
}

function parseV6Groups(text: string): number[] | undefined {
  if (text === "") return [];
  const groups: number[] = [];
  const parts = text.split(":");
  for (const [i, part] of parts.entries()) {
    if (part.includes(".")) {
      const v4 = i === parts.length - 1 ? parseV4(part) : undefined;
      if (v4 === undefined) return undefined;
      groups.push(((v4[0] ?? 0) << 8) | (v4[1] ?? 0), ((v4[2] ?? 0) << 8) | (v4[3] ?? 0));
    } else {
      if (!/^[0-9a-fA-F]{1,4}$/.test(part)) return undefined;
      groups.push(Number.parseInt(part, 16));
    }
  }
  return groups;
}

/** Reads an address; a v4-mapped v6 address (`::ffff:1.2.3.4`) is the v4 address. Undefined when it is none. */
export function parseAddress(text: string): Address | undefined {
  // 45 characters are the longest written form; a longer value is not looked at.
  if (text.length > 45) return undefined;
  if (!text.includes(":")) {
    const groups = parseV4(text);
    return groups && { version: 4, groups };
  }
  const halves = text.split("::");
  if (halves.length > 2) return undefined;
  const head = parseV6Groups(halves[0] ?? "");
  const tail = halves.length === 2 ? parseV6Groups(halves[1] ?? "") : [];
  if (head === undefined || tail === undefined) return undefined;
  const missing = 8 - head.length - tail.length;
  if (halves.length === 2 ? missing < 1 : missing !== 0) return undefined;
  const groups = [...head, ...Array.from({ length: missing }, () => 0), ...tail];
  const mapped = groups.slice(0, 5).every((group) => group === 0) && groups[5] === 0xffff;
  if (!mapped) return { version: 6, groups };
  const [high = 0, low = 0] = groups.slice(6);
  return { version: 4, groups: [high >> 8, high & 255, low >> 8, low & 255] };
}

/** Reads `address/bits` and returns the test for "is inside"; undefined when it is not a network. Bits below the mask are ignored. */
export function parseNetwork(text: string): ((value: string) => boolean) | undefined {
  const [host = "", bitsText, extra] = text.split("/");
  const network = parseAddress(host);
  if (network === undefined || extra !== undefined) return undefined;
  const mapped = network.version === 4 && host.includes(":");
  const width = network.version === 4 ? 8 : 16;
  const total = network.groups.length * width;
  if (bitsText !== undefined && !/^\d{1,3}$/.test(bitsText)) return undefined;
  const bits = bitsText === undefined ? total : Number(bitsText) - (mapped ? 96 : 0);
  if (bits < 0 || bits > total) return undefined;
  return (value) => {
    const address = parseAddress(value);
    if (address === undefined || address.version !== network.version) return false;
    for (let i = 0, left = bits; left > 0; i++, left -= width) {
      const shift = Math.max(0, width - left);
      if ((address.groups[i] ?? 0) >> shift !== (network.groups[i] ?? 0) >> shift) return false;
    }
    return true;
  };
}

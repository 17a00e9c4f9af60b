// SPDX-License-Identifier: Apache-2.0

const OFFSET = 0xcbf29ce484222325n;
const PRIME = 0x100000001b3n;
const MASK = 0xffffffffffffffffn;

/**
 * A short name for what a protector does: FNV-1a, 64 bits, of its description. It tells versions apart; it is no signature and nothing
 * secret goes into it.
 */
export function hashPolicy(description: string): string {
  let hash = OFFSET;
  for (let i = 0; i < description.length; i++) {
    const code = description.charCodeAt(i);
    hash = ((hash ^ BigInt(code & 0xff)) * PRIME) & MASK;
    hash = ((hash ^ BigInt(code >> 8)) * PRIME) & MASK;
  }
  return hash.toString(16).padStart(16, "0");
}

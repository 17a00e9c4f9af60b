// SPDX-License-Identifier: Apache-2.0

const OCTET = "(?:25[0-5]|2[0-4]\\d|1\\d\\d|[1-9]?\\d)";
const IPV4 = new RegExp(`^${OCTET}(?:\\.${OCTET}){3}$`);
const GROUP = /^[0-9a-f]{1,4}$/i;
/** Of the longest textual form: six groups and an IPv4 address. */
const MAX_CHARS = 45;

/** Whether a text is an IPv4 or IPv6 address in one of RFC 4291's textual forms (section 2.2), without zone or prefix. */
export function isIpAddress(text: string): boolean {
  if (text.length > MAX_CHARS) return false;
  return IPV4.test(text) || isIpv6(text);
}

function isIpv6(text: string): boolean {
  if (!text.includes(":")) return false;
  const halves = text.split("::");
  if (halves.length > 2) return false;
  const groups = halves.flatMap((half) => (half === "" ? [] : half.split(":")));
  const last = groups.at(-1);
  const endsInIpv4 = last !== undefined && text.endsWith(last) && IPV4.test(last);
  const plain = endsInIpv4 ? groups.slice(0, -1) : groups;
  if (!plain.every((group) => GROUP.test(group))) return false;
  const count = plain.length + (endsInIpv4 ? 2 : 0);
  // `::` stands for one group of zeros at least.
  return halves.length === 2 ? count < 8 : count === 8;
}

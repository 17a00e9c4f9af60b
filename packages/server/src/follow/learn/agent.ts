// SPDX-License-Identifier: Apache-2.0
import { boundKey } from "./text.js";

/** Characters of a user agent that are looked at. */
const LOOKED_AT = 400;

const BROWSERS: readonly (readonly [mark: string, name: string])[] = [
  // Order matters: the later ones are also named by the earlier ones' texts.
  ["Edg", "Edge"],
  ["OPR/", "Opera"],
  ["SamsungBrowser/", "Samsung Internet"],
  ["Firefox/", "Firefox"],
  ["FxiOS/", "Firefox"],
  ["CriOS/", "Chrome"],
  ["HeadlessChrome/", "headless Chrome"],
  ["Chrome/", "Chrome"],
  ["Safari/", "Safari"],
];

const SYSTEMS: readonly (readonly [mark: string, name: string])[] = [
  ["Android", "Android"],
  ["iPhone", "iOS"],
  ["iPad", "iOS"],
  ["iOS", "iOS"],
  ["Windows", "Windows"],
  ["Macintosh", "macOS"],
  ["macOS", "macOS"],
  ["CrOS", "ChromeOS"],
  ["Linux", "Linux"],
];

function firstOf(text: string, marks: readonly (readonly [string, string])[]): string | undefined {
  return marks.find(([mark]) => text.includes(mark))?.[1];
}

/**
 * A user agent without its versions: `Firefox on Linux`, `ShopApp on Android`, `curl`. An update of a browser is the
 * same agent, another browser or system is another one.
 */
export function agentFamily(userAgent: string): string {
  const text = userAgent.slice(0, LOOKED_AT);
  const system = firstOf(text, SYSTEMS);
  const product = text.startsWith("Mozilla/")
    ? (firstOf(text, BROWSERS) ?? "another browser")
    : (/^[^\s/(;,]+/.exec(text)?.[0] ?? "no name");
  return boundKey(system === undefined ? product : `${product} on ${system}`);
}

// SPDX-License-Identifier: Apache-2.0
import type { Config } from "../config/config.js";

/** On every answer, whatever it is. */
export const SECURITY_HEADERS = {
  "content-security-policy":
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
  "x-content-type-options": "nosniff",
  "referrer-policy": "no-referrer",
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-resource-policy": "same-origin",
  // What an answer says is for the one who asked, and events change hands in shared caches (ASVS 5.0, 14.3.2).
  "cache-control": "no-store",
} as const;

/**
 * On answers that only programs ask for, many times a second: what a browser that was led there must not do with data. The
 * rest of the headers above speaks of pages.
 */
export const DATA_HEADERS = {
  "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
  "x-content-type-options": "nosniff",
  "cross-origin-resource-policy": "same-origin",
  "cache-control": "no-store",
} as const;

/** The headers of one server, for pages and for data; HSTS only where the browser reached us by TLS for certain. */
export interface SecurityHeaders {
  readonly page: Readonly<Record<string, string>>;
  readonly data: Readonly<Record<string, string>>;
}

export function toSecurityHeaders(config: Pick<Config, "hasTls">): SecurityHeaders {
  const tls: Record<string, string> = config.hasTls
    ? { "strict-transport-security": "max-age=31536000" }
    : {};
  return { page: { ...SECURITY_HEADERS, ...tls }, data: { ...DATA_HEADERS, ...tls } };
}

/** Host of a Host header without its port, in lower case; the brackets of IPv6 stay. */
export function toHostname(header: string): string {
  const end = header.startsWith("[") ? header.indexOf("]") + 1 : header.indexOf(":");
  return (end > 0 ? header.slice(0, end) : header).toLowerCase();
}

/**
 * Names under which a server on loopback answers, or undefined where any name is good. A page of a stranger whose
 * name leads to 127.0.0.1 (DNS rebinding) sends its own name, and that is not one of these.
 */
export function toAllowedHosts(
  config: Pick<Config, "isLoopback" | "behindProxy" | "host" | "publicUrl">,
): ReadonlySet<string> | undefined {
  const isChecked = config.isLoopback && (!config.behindProxy || config.publicUrl !== undefined);
  if (!isChecked) return undefined;
  const own = config.host.includes(":") ? `[${config.host}]` : config.host.toLowerCase();
  const hosts = new Set(["localhost", "127.0.0.1", "[::1]", own]);
  if (config.publicUrl !== undefined) hosts.add(config.publicUrl.hostname);
  return hosts;
}

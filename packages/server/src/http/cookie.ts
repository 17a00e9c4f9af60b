// SPDX-License-Identifier: Apache-2.0
import { SESSION_ABSOLUTE_MS } from "../access/sessions.js";

export const SESSION_COOKIE = "telltale_session";

/** The value of our cookie in a Cookie header. The first one counts; a header over 8 KiB is not read. */
export function readSessionCookie(header: string | undefined): string | undefined {
  if (header === undefined || header.length > 8_192) return undefined;
  for (const part of header.split(";")) {
    const at = part.indexOf("=");
    if (at > 0 && part.slice(0, at).trim() === SESSION_COOKIE) return part.slice(at + 1).trim();
  }
  return undefined;
}

/** Set-Cookie for a session; `undefined` removes it. No script reads it and no other site's request carries it. */
export function formatSessionCookie(token: string | undefined, isSecure: boolean): string {
  const age = token === undefined ? 0 : SESSION_ABSOLUTE_MS / 1_000;
  const secure = isSecure ? "; Secure" : "";
  return `${SESSION_COOKIE}=${token ?? ""}; Path=/; Max-Age=${age}; HttpOnly; SameSite=Strict${secure}`;
}

// SPDX-License-Identifier: Apache-2.0

/** Search parameters as plain strings: `?q=403` is the text 403, whoever wrote the link. The last of a repeated one counts. */
export function parseUrlSearch(search: string): Record<string, string> {
  const found: Record<string, string> = Object.create(null) as Record<string, string>;
  for (const [name, value] of new URLSearchParams(search)) found[name] = value;
  return { ...found };
}

/** The inverse: what is unset or empty is left out of the address; `/` and `:` stay readable. */
export function toUrlSearch(search: Record<string, unknown>): string {
  const parts: string[] = [];
  for (const [name, value] of Object.entries(search)) {
    const isPlain = typeof value === "string" || typeof value === "number" || typeof value === "boolean";
    if (!isPlain || value === "") continue;
    const text = encodeURIComponent(value)
      .replaceAll("%3A", ":")
      .replaceAll("%2F", "/")
      .replaceAll("%20", "+");
    parts.push(`${encodeURIComponent(name)}=${text}`);
  }
  return parts.length === 0 ? "" : `?${parts.join("&")}`;
}

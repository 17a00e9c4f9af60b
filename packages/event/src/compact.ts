// SPDX-License-Identifier: Apache-2.0

/**
 * A copy of a mapping built from optional fields, without the undefined values and without the objects and lists that
 * are empty then. Meant for shapes that we wrote: its depth is that of the mapping. Values under `verbatim` keys are
 * a sender's and kept as they are.
 */
export function compact(
  value: Readonly<Record<string, unknown>>,
  verbatim: ReadonlySet<string>,
): Record<string, unknown> {
  const kept: [string, unknown][] = [];
  for (const [key, child] of Object.entries(value)) {
    const clean = verbatim.has(key) ? child : compactValue(child, verbatim);
    if (clean !== undefined) kept.push([key, clean]);
  }
  return Object.fromEntries(kept);
}

function compactValue(value: unknown, verbatim: ReadonlySet<string>): unknown {
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) {
    const items = value.filter((item) => item !== undefined);
    return items.length === 0 ? undefined : items;
  }
  const fields = compact(value as Record<string, unknown>, verbatim);
  return Object.keys(fields).length === 0 ? undefined : fields;
}

// SPDX-License-Identifier: Apache-2.0

// Whatever an application hands over becomes plain JSON data here, once, before anything else looks at it. Nothing
// of the application's own objects is kept: changing them later does not change the event.

/** Nesting of what an application hands over; the event itself is level 1. */
const DEPTH = 24;
/** Values of one event. */
const VALUES = 4000;
/** UTF-16 units of one string. Longer than what is sent, so that a secret is never cut in half before it is found. */
const CHARS = 36_864;

interface Walk {
  values: number;
  readonly open: object[];
}

function captureText(text: string): string {
  return text.length > CHARS ? text.slice(0, CHARS) : text;
}

/** An application may have put anything where a text belongs. */
function textOf(value: unknown): string {
  return typeof value === "string" ? captureText(value) : typeof value;
}

function captureError(error: Error): Record<string, unknown> {
  const code: unknown = "code" in error ? error.code : undefined;
  return {
    name: textOf(error.name),
    message: textOf(error.message),
    ...(typeof code === "string" ? { code: captureText(code) } : {}),
  };
}

function captureObject(value: object, walk: Walk): unknown {
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? null : value.toISOString();
  if (value instanceof Error) return captureError(value);
  if (ArrayBuffer.isView(value)) return `[${value.byteLength} bytes]`;
  if (value instanceof Map) return captureEntries(value.entries(), walk);
  if (value instanceof Set) return captureItems(value, walk);
  if (Array.isArray(value)) return captureItems(value, walk);
  const toJson: unknown = (value as Record<string, unknown>).toJSON;
  // Own classes such as decimals and object ids say by it how they want to be written.
  if (typeof toJson === "function") return captureValue(Reflect.apply(toJson, value, [""]), walk);
  return captureEntries(
    Object.keys(value).map((key): [string, () => unknown] => [
      key,
      () => (value as Record<string, unknown>)[key],
    ]),
    walk,
    true,
  );
}

function captureItems(items: Iterable<unknown>, walk: Walk): unknown[] {
  const list: unknown[] = [];
  for (const item of items) {
    if (walk.values >= VALUES) {
      list.push("[more left out]");
      break;
    }
    list.push(captureValue(item, walk) ?? null);
  }
  return list;
}

function captureEntries(
  entries: Iterable<[unknown, unknown]>,
  walk: Walk,
  lazy = false,
): Record<string, unknown> {
  const kept: [string, unknown][] = [];
  for (const [key, value] of entries) {
    if (walk.values >= VALUES) {
      kept.push(["[more left out]", true]);
      break;
    }
    const captured = lazy ? captureLazily(value as () => unknown, walk) : captureValue(value, walk);
    if (captured !== undefined) kept.push([captureText(String(key)), captured]);
  }
  // Defines own properties: a key `__proto__` stays data.
  return Object.fromEntries(kept);
}

/** A getter that throws costs its own field and no other. */
function captureLazily(read: () => unknown, walk: Walk): unknown {
  try {
    return captureValue(read(), walk);
  } catch {
    return "[unreadable]";
  }
}

function captureValue(value: unknown, walk: Walk): unknown {
  walk.values++;
  switch (typeof value) {
    case "string":
      return captureText(value);
    case "number":
      return Number.isFinite(value) ? value : String(value);
    case "boolean":
      return value;
    case "bigint":
      return captureText(value.toString());
    case "object":
      break;
    default:
      return undefined;
  }
  if (value === null) return null;
  if (walk.open.includes(value)) return "[circular]";
  if (walk.open.length >= DEPTH) return "[too deep]";
  walk.open.push(value);
  try {
    return captureObject(value, walk);
  } catch {
    return "[unreadable]";
  } finally {
    walk.open.pop();
  }
}

/**
 * A value as plain JSON data of bounded size: cycles, getters that throw, proxies, big integers, dates, errors, maps,
 * buffers and class instances included. Never throws.
 */
export function capture(value: unknown): unknown {
  return captureValue(value, { values: 0, open: [] });
}

/** The same for what must be an object; anything else is `{}`. */
export function captureFields(value: unknown): Record<string, unknown> {
  const captured = capture(value);
  const isFields = typeof captured === "object" && captured !== null && !Array.isArray(captured);
  return isFields ? (captured as Record<string, unknown>) : {};
}

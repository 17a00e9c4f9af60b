// SPDX-License-Identifier: Apache-2.0

const STEP = /\.?([A-Za-z_$][\w$-]{0,63})|\[(\d{1,7})\]|\[("(?:[^"\\]|\\.){0,400}")\]/y;
const MOST_STEPS = 64;

/** The steps of a path as `protected.fields[].path` writes it: `data.headers.cookie`, `targets[0].name`, `data["a b"]`. Undefined when it is none. */
export function parseStoredPath(text: string): (string | number)[] | undefined {
  const steps: (string | number)[] = [];
  let at = 0;
  while (at < text.length) {
    STEP.lastIndex = at;
    const match = STEP.exec(text);
    if (match === null || steps.length >= MOST_STEPS) return undefined;
    const [whole, name, place, quoted] = match;
    // A dot stands between two names and nowhere else.
    if (name !== undefined && whole.startsWith(".") !== at > 0) return undefined;
    const step = name ?? (place === undefined ? parseName(quoted ?? "") : Number(place));
    if (step === undefined) return undefined;
    steps.push(step);
    at = STEP.lastIndex;
  }
  return steps.length === 0 ? undefined : steps;
}

function parseName(quoted: string): string | undefined {
  try {
    return JSON.parse(quoted) as string;
  } catch {
    return undefined;
  }
}

/** What stands at a path of JSON data: own properties only. */
export function valueAt(value: unknown, steps: readonly (string | number)[]): unknown {
  let found = value;
  for (const step of steps) {
    if (typeof found !== "object" || found === null || !Object.hasOwn(found, step)) return undefined;
    found = (found as Record<string | number, unknown>)[step];
  }
  return found;
}

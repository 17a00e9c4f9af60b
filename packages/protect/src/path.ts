// SPDX-License-Identifier: Apache-2.0
import type { ProtectedField } from "@telltale/event";

export type { ProtectedField };

const PLAIN_KEY = /^[A-Za-z_$][\w$-]{0,63}$/;
const LONGEST_KEY = 64;

/** The address of a field as written in `protected.fields[].path`: `data.headers.cookie`, `targets[0].name`, `data["a b"]`. */
export function formatPath(steps: readonly (string | number)[]): string {
  let path = "";
  for (const step of steps) {
    if (typeof step === "number") path += `[${step}]`;
    else if (PLAIN_KEY.test(step)) path += path === "" ? step : `.${step}`;
    else path += `[${JSON.stringify(step.length > LONGEST_KEY ? `${step.slice(0, LONGEST_KEY)}…` : step)}]`;
  }
  return path;
}

/** More fields than this are summed up, so that the list cannot outgrow the event that it describes. */
const MOST_FIELDS = 64;

/** Stands for all that the list has no room for. */
export const MORE_FIELDS: ProtectedField = { path: "*", how: "masked", kind: "more" };

/**
 * Bounds the list. Beyond {@link MOST_FIELDS} the elements of a list become one entry (`data.rows[*].email`), and what is
 * still too much ends in `{ path: "*", how: "masked", kind: "more" }`.
 */
export function boundFields(fields: ProtectedField[]): ProtectedField[] {
  if (fields.length <= MOST_FIELDS) return fields;
  const seen = new Set<string>();
  const bounded: ProtectedField[] = [];
  for (const field of fields) {
    const path = field.path.replace(/\[\d+\]/g, "[*]");
    const name = `${field.how} ${field.kind} ${path}`;
    if (seen.has(name)) continue;
    seen.add(name);
    bounded.push({ path, how: field.how, kind: field.kind });
  }
  if (bounded.length <= MOST_FIELDS) return bounded;
  bounded.length = MOST_FIELDS - 1;
  bounded.push(MORE_FIELDS);
  return bounded;
}

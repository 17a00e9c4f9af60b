// SPDX-License-Identifier: Apache-2.0

/** The text of a form's field; empty when there is none. */
export function readText(form: FormData, name: string): string {
  const value = form.get(name);
  return typeof value === "string" ? value : "";
}

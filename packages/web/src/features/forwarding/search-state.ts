// SPDX-License-Identifier: Apache-2.0

/** What of the forwarding page is in its address. */
export interface ForwardingSearch {
  /** The target whose dead letters are shown. */
  letters?: string;
  /** The target whose settings are being changed. */
  edit?: string;
  /** `1`: a target is being added. */
  add?: "1";
}

const NAME = /^[a-z0-9-]{1,40}$/;

/** Reads an address that anybody may have written: what is malformed is left out. */
export function parseForwardingSearch(raw: Record<string, unknown>): ForwardingSearch {
  const { letters, edit, add } = raw;
  return {
    ...(typeof letters === "string" && NAME.test(letters) ? { letters } : {}),
    ...(typeof edit === "string" && NAME.test(edit) ? { edit } : {}),
    ...(String(add) === "1" ? { add: "1" as const } : {}),
  };
}

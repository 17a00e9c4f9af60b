// SPDX-License-Identifier: Apache-2.0
import { useQuery } from "@tanstack/react-query";
import { sessionQuery } from "./api/queries.js";

// Whether to show a button at all; the server's table (docs/reference/permissions.md) has the last word.
const MANAGERS = ["owner", "admin"];
const MAY: Record<
  | "erasures.read"
  | "erasures.manage"
  | "events.reveal"
  | "exceptions.manage"
  | "forward.manage"
  | "notify.manage"
  | "retention.manage"
  | "keys.read"
  | "keys.manage",
  readonly string[]
> = {
  "erasures.read": [...MANAGERS, "auditor"],
  "erasures.manage": MANAGERS,
  "events.reveal": MANAGERS,
  "exceptions.manage": [...MANAGERS, "analyst"],
  "forward.manage": MANAGERS,
  "notify.manage": MANAGERS,
  "retention.manage": MANAGERS,
  "keys.read": [...MANAGERS, "auditor"],
  "keys.manage": MANAGERS,
};

/** Whether whoever is signed in may do it. */
export function useMay(action: keyof typeof MAY): boolean {
  const { data } = useQuery(sessionQuery);
  return data !== undefined && MAY[action].includes(data.user.role);
}

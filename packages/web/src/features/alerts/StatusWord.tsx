// SPDX-License-Identifier: Apache-2.0
import type { AlertStatus } from "../../shared/api/alert-types.js";
import { STATUS_WORDS } from "./words.js";

/** Empty, half and full: how far an alert is, as a shape beside the word. */
export function StatusWord({ status }: { status: AlertStatus }) {
  return (
    <span
      className={`inline-flex items-center gap-1.5 ${status === "new" ? "font-medium text-ink" : "text-muted"}`}
    >
      <svg viewBox="0 0 12 12" width="10" height="10" aria-hidden="true">
        <circle cx="6" cy="6" r="4.8" fill="none" stroke="currentColor" strokeWidth="1.6" />
        {status === "in_progress" && <path d="M6 1.2a4.8 4.8 0 0 1 0 9.6z" fill="currentColor" />}
        {status === "suppressed" && <path d="M3 6h6" stroke="currentColor" strokeWidth="1.6" />}
        {status === "resolved" && <circle cx="6" cy="6" r="4.8" fill="currentColor" />}
      </svg>
      {STATUS_WORDS[status] ?? status}
    </span>
  );
}

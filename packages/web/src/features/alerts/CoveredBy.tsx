// SPDX-License-Identifier: Apache-2.0
import { Link } from "@tanstack/react-router";
import { useId } from "react";
import type { Alert, AlertContext, AlertPatch } from "../../shared/api/alert-types.js";
import { INPUT } from "../../shared/ui/dialog.js";
import { toSubject } from "./words.js";

interface CoveredByProps {
  alert: Alert;
  context: AlertContext | undefined;
  allowed: boolean;
  decide: (alert: Alert, patch: AlertPatch) => Promise<boolean>;
}

/** Which alert covers a duplicate: one of the similar ones, unless it is a duplicate itself. */
export function CoveredBy({ alert, context, allowed, decide }: CoveredByProps) {
  const id = useId();
  const { duplicateOf } = alert;
  const choices = (context?.similar ?? []).filter(({ verdict }) => verdict !== "duplicate");
  const isListed = duplicateOf === undefined || choices.some((each) => each.id === duplicateOf);
  return (
    <div className="mt-1.5 flex flex-wrap items-center gap-2 text-s">
      {allowed && (
        <>
          <label htmlFor={id}>Covered by</label>
          <select
            id={id}
            value={duplicateOf ?? ""}
            onChange={(event) => void decide(alert, { duplicateOf: event.target.value })}
            className={`${INPUT} w-auto! max-w-full`}
          >
            <option value="" disabled>
              choose the alert
            </option>
            {!isListed && <option value={duplicateOf}>{duplicateOf}</option>}
            {choices.map((each) => (
              <option key={each.id} value={each.id}>
                {`${each.title}: ${toSubject({ group: each.group, key: "" })}`.slice(0, 100)}
              </option>
            ))}
          </select>
        </>
      )}
      {duplicateOf !== undefined && (
        <Link
          from="/alerts"
          to="/alerts"
          search={(before) => ({ ...before, alert: duplicateOf })}
          className="text-accent underline"
        >
          Open the alert that covers it
        </Link>
      )}
    </div>
  );
}

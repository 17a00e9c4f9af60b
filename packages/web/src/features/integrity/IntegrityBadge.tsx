// SPDX-License-Identifier: Apache-2.0
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { statusQuery } from "../../shared/api/queries.js";
import type { Status } from "../../shared/api/types.js";
import { countOf, cutMiddle, formatAgo, formatCompact } from "../../shared/format.js";
import { useNow } from "../../shared/now.js";
import { buttonClass } from "../../shared/ui/controls.js";
import { Popover } from "../../shared/ui/Popover.js";
import { Seal } from "../../shared/ui/Seal.js";
import { Ago } from "../../shared/ui/Time.js";
import { pinWords, toSealState } from "./pinned-key.js";
import { type Pinned, usePin } from "./usePin.js";
import { badgeWord, toIntegrityAnswer, verifiedWords } from "./words.js";

function Facts({ status, pinned, close }: { status: Status; pinned: Pinned; close: () => void }) {
  const now = useNow(1000);
  const words = pinWords(pinned.verdict);
  return (
    <div className="w-96 max-w-full p-4 text-s">
      <p className="text-m font-medium">{toIntegrityAnswer(status, pinned.verdict)}</p>
      {words !== undefined && <p className="mt-1 text-critical">{words}</p>}
      <dl className="mt-3 grid grid-cols-[6.5rem_minmax(0,1fr)] gap-x-3 gap-y-1">
        <dt className="text-muted">tree</dt>
        <dd>{countOf(status.size, "event")}</dd>
        <dt className="text-muted">checkpoint</dt>
        <dd>
          <Ago time={status.checkpoint.time} />
        </dd>
        <dt className="text-muted">verified</dt>
        <dd>{verifiedWords(status, now)}</dd>
        <dt className="text-muted">root</dt>
        <dd className="font-mono">{cutMiddle(status.checkpoint.root, 25)}</dd>
      </dl>
      <Link to="/integrity" onClick={close} className={`${buttonClass("plain")} mt-3`}>
        Open the integrity page
      </Link>
    </div>
  );
}

/** The seal of the log, always in sight: size, age of the last checkpoint, and whether it holds. */
export function IntegrityBadge() {
  const { data: status } = useQuery(statusQuery);
  const pinned = usePin();
  const now = useNow(1000);
  const state = toSealState(pinned?.verdict, status?.verified ?? null);
  const word = badgeWord(pinned?.verdict, status);
  const age = status === undefined ? "" : formatAgo(status.checkpoint.time, now);
  const short = state === "broken" ? "Broken" : status === undefined ? "…" : formatCompact(status.size);
  const shortFirst = status === undefined || short === word ? "" : `${short} `;
  return (
    <Popover
      // The words on the button in their order, so that whoever talks to the machine can say what they read.
      label={`Integrity, ${state === "broken" ? "broken seal" : `${shortFirst}events sealed: ${word}, ${age}`}`}
      align="end"
      buttonClass={`inline-flex h-8 items-center gap-1.5 rounded px-1.5 text-s md:px-2 hover:bg-raised ${state === "broken" ? "font-semibold text-critical" : ""}`}
      button={
        <>
          <Seal state={state} size={18} />
          <span className="hidden sm:inline">{word}</span>
          <span aria-hidden="true" className="sm:hidden">
            {short}
          </span>{" "}
          {state !== "broken" && (
            <span className="hidden min-w-16 text-left text-muted lg:inline">{age}</span>
          )}
        </>
      }
    >
      {(close) =>
        status === undefined || pinned === undefined ? (
          <p className="w-64 p-4 text-s text-muted">Asking the server…</p>
        ) : (
          <Facts status={status} pinned={pinned} close={close} />
        )
      }
    </Popover>
  );
}

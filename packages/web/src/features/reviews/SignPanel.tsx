// SPDX-License-Identifier: Apache-2.0
import { Link } from "@tanstack/react-router";
import { type FormEvent, useState } from "react";
import type { Review, ReviewSignature } from "../../shared/api/types.js";
import { countOf, cutMiddle, formatCount } from "../../shared/format.js";
import { buttonClass, CopyButton } from "../../shared/ui/controls.js";
import { Seal } from "../../shared/ui/Seal.js";
import { Text } from "../../shared/ui/Text.js";
import { Ago } from "../../shared/ui/Time.js";
import { Lines } from "./ReviewComments.js";

export const STATEMENT_FIELD = "review-statement";

function Hash({ value }: { value: string }) {
  return (
    <span className="inline-flex items-center gap-1">
      <span className="font-mono" data-tip={value}>
        {cutMiddle(value, 17)}
      </span>
      <CopyButton text={value} label="Copy the SHA-256 of the content" />
    </span>
  );
}

function Signed({ signature }: { signature: ReviewSignature }) {
  const { at, by, statement, contentSha256, comments, eventIndex } = signature;
  return (
    <div className="flex gap-3">
      <Seal state="unwitnessed" size={34} />
      <div className="min-w-0">
        <p className="text-m">
          Signed by{" "}
          <span className="font-semibold">
            <Text>{by.name}</Text>
          </span>{" "}
          ({by.role}) <Ago time={at} />
        </p>
        <p className="mt-1 border-l-2 border-line pl-2">
          <Lines text={statement} />
        </p>
        <p className="mt-2 text-s text-muted">
          {eventIndex === null ? (
            "Sealed in the log; its place is being looked up."
          ) : (
            <>
              Sealed as event{" "}
              <Link
                to="/events"
                search={{ event: eventIndex, from: "all" }}
                className="font-mono text-accent underline underline-offset-2"
              >
                {formatCount(eventIndex)}
              </Link>
              , where its proof is.
            </>
          )}{" "}
          It covers {countOf(comments, "comment")} and the content with SHA-256 <Hash value={contentSha256} />
        </p>
      </div>
    </div>
  );
}

interface SignPanelProps {
  review: Review;
  allowed: boolean;
  busy: boolean;
  onSign: (statement: string) => void;
}

function SignForm({ review, busy, onSign }: Omit<SignPanelProps, "allowed">) {
  const [statement, setStatement] = useState("");
  const undecided = review.content.sections.find(({ id }) => id === "undecided")?.count ?? 0;
  const submit = () => {
    if (statement.trim() !== "" && !busy) onSign(statement.trim());
  };
  return (
    <form
      onSubmit={(event: FormEvent) => {
        event.preventDefault();
        submit();
      }}
    >
      {(undecided > 0 || !review.complete) && (
        <p className="mb-2 text-s font-medium text-medium">
          {undecided > 0 && `${countOf(undecided, "high-risk alert")} had no decision when this was made. `}
          {!review.complete && "Some sections are incomplete. "}
          Say why you sign all the same.
        </p>
      )}
      <label className="block">
        <span className="text-s text-muted">
          Your statement: what you looked at, what you found, what was done. It is sealed under your name, for
          good.
        </span>
        <textarea
          id={STATEMENT_FIELD}
          value={statement}
          onChange={(event) => setStatement(event.target.value)}
          onKeyDown={(event) => {
            if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) submit();
            if (event.key === "Escape") event.currentTarget.blur();
          }}
          rows={3}
          maxLength={2000}
          className="scroll-slim mt-1 block w-full resize-y rounded border border-line-strong bg-panel px-2.5 py-1.5 text-s"
        />
      </label>
      <div className="mt-2 flex flex-wrap items-center gap-x-4 gap-y-2 text-s text-muted">
        <button
          type="submit"
          disabled={busy || statement.trim() === ""}
          className={buttonClass("primary")}
          data-tip="Ctrl Enter"
        >
          {busy ? "Sealing…" : "Sign"}
        </button>
        <span>
          the content with SHA-256 <Hash value={review.contentSha256} />
        </span>
      </div>
    </form>
  );
}

/** A person says that they have looked. */
export function SignPanel({ review, allowed, busy, onSign }: SignPanelProps) {
  if (review.signature !== null) return <Signed signature={review.signature} />;
  if (!allowed) return <p className="text-s text-muted">Your role may read reviews but not sign them.</p>;
  return <SignForm review={review} busy={busy} onSign={onSign} />;
}

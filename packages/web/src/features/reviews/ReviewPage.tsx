// SPDX-License-Identifier: Apache-2.0
import { useQuery } from "@tanstack/react-query";
import { Link, useNavigate, useParams } from "@tanstack/react-router";
import { ChevronLeft, Printer } from "lucide-react";
import { type ReactNode, useEffect } from "react";
import { ApiError } from "../../shared/api/client.js";
import { sessionQuery } from "../../shared/api/queries.js";
import type { Review } from "../../shared/api/types.js";
import { cutMiddle, formatCount, formatUtc } from "../../shared/format.js";
import { useHotkeys } from "../../shared/hotkeys.js";
import { buttonClass, CopyButton, Problem, Skeleton } from "../../shared/ui/controls.js";
import { Text } from "../../shared/ui/Text.js";
import { Ago } from "../../shared/ui/Time.js";
import { COMMENT_FIELD, ReviewComments } from "./ReviewComments.js";
import { ReviewSection } from "./ReviewSection.js";
import { ReviewStatusWord } from "./ReviewStatusWord.js";
import { SignPanel, STATEMENT_FIELD } from "./SignPanel.js";
import { useReview, useReviewDeeds } from "./useReviews.js";
import { maySign, toReviewAnswer } from "./words.js";

function Panel({ title, children }: { title: string; children: ReactNode }) {
  return (
    <section aria-label={title} className="mt-6">
      <h2 className="mb-2 text-m font-semibold">{title}</h2>
      <div className="rounded-md border border-line bg-panel p-4">{children}</div>
    </section>
  );
}

function Fact({ name, children }: { name: string; children: ReactNode }) {
  return (
    <div className="grid gap-x-4 sm:grid-cols-[9rem_minmax(0,1fr)]">
      <dt className="text-muted">{name}</dt>
      <dd className="min-w-0 break-words">{children}</dd>
    </div>
  );
}

function Facts({ review }: { review: Review }) {
  const { period, checkpoint, rules, integrity } = review.content;
  return (
    <dl className="space-y-1 text-s">
      <Fact name="Period">
        {formatUtc(period.from).slice(0, 16)} to {formatUtc(period.to).slice(0, 16)} UTC, by time of arrival
      </Fact>
      <Fact name="Made">
        <Ago time={review.created} />
        {review.kind === "manual" ? ", by hand" : ", by schedule"}
      </Fact>
      <Fact name="Made from">
        {formatCount(checkpoint.size)} events, root{" "}
        <span className="inline-flex items-center gap-1">
          <span className="font-mono" data-tip={checkpoint.root}>
            {cutMiddle(checkpoint.root, 17)}
          </span>
          <CopyButton text={checkpoint.root} label="Copy the root" />
        </span>
      </Fact>
      <Fact name="Rules in force">
        {formatCount(rules.count)}, set <span className="font-mono">{rules.set}</span>
      </Fact>
      <Fact name="Log verified">
        {integrity === null ? (
          "not yet since the server had started"
        ) : (
          <>
            {integrity.verdict}, events {formatCount(integrity.from)} to {formatCount(integrity.to)},{" "}
            <Ago time={integrity.time} />
          </>
        )}
      </Fact>
    </dl>
  );
}

function Head({ review }: { review: Review }) {
  return (
    <div className="flex flex-wrap items-start justify-between gap-x-4 gap-y-2">
      <div className="min-w-0">
        <h1 className="text-l font-semibold text-balance">
          <span className="block text-s font-normal text-muted">Review of {review.name}</span>
          {toReviewAnswer(review.content.sections)}
        </h1>
        <p className="mt-1 flex flex-wrap items-center gap-x-4 text-s">
          <ReviewStatusWord status={review.status} />
          {review.signature !== null && (
            <span className="text-muted">
              by <Text>{review.signature.by.name}</Text>, <Ago time={review.signature.at} />
            </span>
          )}
          {review.signature === null && (
            <span className="text-muted">
              {review.status === "overdue" ? "was due " : "due "}
              <Ago time={review.due} />
            </span>
          )}
          {review.alert !== null && (
            <Link
              to="/alerts"
              search={{ alert: review.alert, status: "all" }}
              className="text-accent underline underline-offset-2"
            >
              its alert
            </Link>
          )}
        </p>
      </div>
      <a
        href={`/v1/reviews/${encodeURIComponent(review.id)}/report.html`}
        target="_blank"
        rel="noreferrer"
        className={buttonClass("plain")}
      >
        <Printer size={14} aria-hidden="true" /> Report
      </a>
    </div>
  );
}

function Body({ review }: { review: Review }) {
  const { data: session } = useQuery(sessionQuery);
  const allowed = maySign(session?.user.role);
  const { comment, sign } = useReviewDeeds(review.id);
  const { sections, period } = review.content;
  const found = sections.filter(({ count, complete }) => count !== 0 || !complete);
  const empty = sections.filter((section) => !found.includes(section));
  return (
    <>
      <Head review={review} />
      <div className="mt-4 overflow-hidden rounded-md border border-line bg-panel">
        {[...found, ...empty].map((section) => (
          <ReviewSection key={section.id} section={section} period={period} />
        ))}
      </div>
      <Panel title="Comments">
        <ReviewComments
          comments={review.comments}
          allowed={allowed}
          onComment={(text) => comment.mutateAsync(text)}
        />
      </Panel>
      <Panel title="Signature">
        <SignPanel
          review={review}
          allowed={allowed}
          busy={sign.isPending}
          onSign={(statement) => sign.mutate({ statement, contentSha256: review.contentSha256 })}
        />
      </Panel>
      <Panel title="What it was made from">
        <Facts review={review} />
      </Panel>
    </>
  );
}

/** One review: what is to be looked at, and who has. */
export function ReviewPage() {
  const { id } = useParams({ from: "/app/reviews/$id" });
  const { data: review, error, refetch } = useReview(id);
  const navigate = useNavigate();
  useHotkeys({
    Escape: () => void navigate({ to: "/reviews" }),
    c: () => document.getElementById(COMMENT_FIELD)?.focus(),
    s: () => document.getElementById(STATEMENT_FIELD)?.focus(),
  });
  const name = review?.name;
  useEffect(() => {
    document.title = `Review${name === undefined ? "" : ` of ${name}`} – Telltale`;
  }, [name]);
  const isGone = error instanceof ApiError && error.status === 404;
  return (
    <div className="scroll-slim relative h-full overflow-y-auto">
      <div className="mx-auto max-w-240 px-4 pt-3 pb-16 md:px-6">
        <Link
          to="/reviews"
          className="mb-1 -ml-1 inline-flex h-8 items-center gap-1 rounded px-1 text-s text-muted hover:text-ink"
        >
          <ChevronLeft size={14} aria-hidden="true" /> Reviews
        </Link>
        {review !== undefined ? (
          <Body review={review} />
        ) : error !== null ? (
          <Problem
            title={isGone ? "There is no such review" : "The review cannot be loaded"}
            message={error.message}
            retry={() => void refetch()}
          />
        ) : (
          <div aria-busy="true" aria-label="Loading the review">
            <Skeleton className="h-4 w-40" />
            <Skeleton className="mt-2 h-6 w-96 max-w-full" />
            <Skeleton className="mt-6 h-160 w-full" />
          </div>
        )}
      </div>
    </div>
  );
}

// SPDX-License-Identifier: Apache-2.0
import { createHash } from "node:crypto";
import type { Missing, ReviewGroup, ReviewRow, ReviewSection } from "./content.js";
import { Html, html, NOTHING } from "./html.js";
import { toPeriodName } from "./period-name.js";
import { STYLE } from "./report-style.js";
import type { Review, ReviewComment, ReviewSignature } from "./review.js";

const STYLE_HASH = `sha256-${createHash("sha256").update(STYLE).digest("base64")}`;

/**
 * What the report may do: show itself. It loads nothing, runs nothing, sends nothing, and cannot be framed; its one
 * style sheet is named by its hash. The same stands in the page, for a copy that was saved.
 */
export const REPORT_CSP = `default-src 'none'; style-src '${STYLE_HASH}'; base-uri 'none'; form-action 'none'`;

const MISSING_WORDS: Readonly<Record<Missing, string>> = {
  indexing: "the newest events were not searchable yet",
  pruned: "part of the period is no longer searchable",
  timeout: "a search took too long",
  failed: "a search failed",
  unreadable: "some lines could not be read from the log",
};

const STATUS_WORDS = { open: "Not signed", overdue: "Not signed, overdue", signed: "Signed" } as const;

/** `1234567` → `1,234,567`. */
function formatCount(value: number): string {
  return String(value).replace(/\B(?=(\d{3})+$)/g, ",");
}

/** RFC 3339 as people read it: `2026-11-22 10:00:00 UTC`. */
function formatTime(time: string): string {
  return `${time.slice(0, 19).replace("T", " ")} UTC`;
}

function toFact(name: string, value: string | Html): Html {
  return html`<tr><th scope="row">${name}</th><td>${value}</td></tr>`;
}

function toGroup({ field, distinct, top }: ReviewGroup): Html {
  const rest =
    distinct > top.length
      ? html`<tr><td colspan="2">and ${formatCount(distinct - top.length)} more</td></tr>`
      : NOTHING;
  const rows = top.map(
    ({ value, count }) => html`<tr><td>${value}</td><td class="n">${formatCount(count)}</td></tr>`,
  );
  return html`<table class="group"><caption>${field}</caption>${rows}${rest}</table>`;
}

function toRow({ index, at, level, text }: ReviewRow): Html {
  const place = index === null ? "–" : formatCount(index);
  return html`<tr><td class="n">${place}</td><td class="t">${formatTime(at)}</td><td>${level}</td><td>${text}</td></tr>`;
}

function toCountWords(count: number | null): string {
  if (count === null) return "not counted";
  return count === 0 ? "none" : formatCount(count);
}

function toSection({ title, query, count, missing, groups, rows }: ReviewSection): Html {
  const gaps =
    missing.length === 0
      ? NOTHING
      : html`<p class="gap">Incomplete: ${missing.map((each) => MISSING_WORDS[each]).join("; ")}.</p>`;
  const asked = query === null ? NOTHING : html`<p class="query">Asked: <code>${query}</code></p>`;
  const sample =
    rows.length === 0
      ? NOTHING
      : html`<table class="rows"><caption>${rows.length === count ? "All of them" : "A sample"}</caption>
<thead><tr><th scope="col">Event</th><th scope="col">Received</th><th scope="col">Level</th><th scope="col">What</th></tr></thead>
<tbody>${rows.map(toRow)}</tbody></table>`;
  return html`<section><h2>${title}: ${toCountWords(count)}</h2>${gaps}<div class="groups">${groups.map(toGroup)}</div>${sample}${asked}</section>
`;
}

function toComment({ at, by, text }: ReviewComment): Html {
  return html`<li><p class="by">${by.name} (${by.role}), ${formatTime(at)}</p><p class="said">${text}</p></li>`;
}

function toSignature(signature: ReviewSignature | null, status: Review["status"], due: string): Html {
  if (signature === null)
    return html`<section><h2>Signature</h2><p class="gap">${STATUS_WORDS[status]}. Due ${formatTime(due)}.</p></section>`;
  const { at, by, statement, contentSha256, comments, eventId, eventIndex } = signature;
  return html`<section><h2>Signature</h2>
<blockquote>${statement}</blockquote>
<table class="facts">${[
    toFact("By", `${by.name} (${by.role}, ${by.id})`),
    toFact("At", formatTime(at)),
    toFact("Content signed", html`<code>SHA-256 ${contentSha256}</code>`),
    toFact("Comments at signing", formatCount(comments)),
    toFact("Sealed as event", `${eventIndex === null ? "" : `${formatCount(eventIndex)}, `}id ${eventId}`),
  ]}</table></section>
`;
}

function toFacts({ content, contentSha256, created, due }: Review): Html {
  const { period, checkpoint, indexed, rules, integrity, log } = content;
  const verified =
    integrity === null
      ? "not yet since the start"
      : `${integrity.verdict}, events ${formatCount(integrity.from)} to ${formatCount(integrity.to)}, ${formatTime(integrity.time)}`;
  return html`<table class="facts">${[
    toFact("Log", log),
    toFact(
      "Period",
      `${formatTime(period.from)} to ${formatTime(period.to)}, by time of arrival; days end in ${period.zone}`,
    ),
    toFact("Made", `${formatTime(created)}, due ${formatTime(due)}`),
    toFact("Made from", `${formatCount(checkpoint.size)} events, ${formatCount(indexed)} of them searchable`),
    toFact("Root", html`<code>${checkpoint.root}</code>`),
    toFact("Rules in force", `${formatCount(rules.count)}, set ${rules.set}`),
    toFact("Verified by the server", verified),
    toFact("Content", html`<code>SHA-256 ${contentSha256}</code>`),
  ]}</table>`;
}

function toCheck(review: Review): Html {
  const proof =
    review.signature?.eventIndex === undefined || review.signature.eventIndex === null
      ? NOTHING
      : html` The signature is event ${review.signature.eventIndex} of the log: <code>/v1/events/${review.signature.eventIndex}/proof</code> proves it, and <code>telltale verify</code> checks the whole log.`;
  return html`<section><h2>How to check this</h2><p>The bytes of <code>/v1/reviews/${review.id}/content</code> have the SHA-256 above.${proof}
Sections show counts and samples; the queries beside them find all events on the server that made this.</p></section>`;
}

/** A review as one page that needs nothing else: for the screen, the printer and the auditor. */
export function toReport(review: Review): string {
  const name = toPeriodName(review.content.period);
  const comments =
    review.comments.length === 0 ? html`<p>None.</p>` : html`<ol>${review.comments.map(toComment)}</ol>`;
  const page = html`<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="content-security-policy" content="${REPORT_CSP}">
<title>Review ${name} – Telltale</title><style>${new Html(STYLE)}</style></head>
<body><main><h1>Review of ${name}</h1>
<p class="status">${STATUS_WORDS[review.status]}${review.complete ? "" : ". Some sections are incomplete and say why"}.</p>
${toFacts(review)}
${toSignature(review.signature, review.status, review.due)}
${review.content.sections.map(toSection)}
<section><h2>Comments: ${review.comments.length === 0 ? "none" : formatCount(review.comments.length)}</h2>${comments}</section>
${toCheck(review)}
</main></body></html>
`;
  return page.text;
}

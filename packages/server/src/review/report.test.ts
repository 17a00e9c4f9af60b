// SPDX-License-Identifier: Apache-2.0
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { ReviewContent } from "./content.js";
import { escapeHtml, html } from "./html.js";
import { REPORT_CSP, toReport } from "./report.js";
import type { Review, ReviewActor } from "./review.js";

/** A review in which every text is the same, whoever wrote it. */
function reviewOf(text: string): Review {
  const by: ReviewActor = { kind: "user", id: text, name: text, role: text };
  const content: ReviewContent = {
    v: 1,
    id: "id-1",
    kind: "daily",
    log: text,
    period: { from: "2026-11-22T00:00:00.000Z", to: "2026-11-23T00:00:00.000Z", zone: "UTC" },
    made: "2026-11-23T00:01:00.000Z",
    checkpoint: { size: 1234567, root: text },
    indexed: 1234567,
    rules: { set: text, count: 8 },
    integrity: { verdict: text, from: 0, to: 9, time: "2026-11-22T23:00:00.000Z" },
    sections: [
      {
        id: "money",
        title: text,
        query: text,
        count: 1200,
        complete: false,
        missing: ["pruned", "timeout"],
        groups: [{ field: text, distinct: 12, top: [{ value: text, count: 1100 }] }],
        rows: [{ index: 77, at: "2026-11-22T10:00:00.000Z", level: text, text }],
      },
    ],
  };
  return {
    id: "id-1",
    kind: "daily",
    name: "2026-11-22",
    status: "signed",
    from: content.period.from,
    to: content.period.to,
    created: content.made,
    due: "2026-11-24T00:01:00.000Z",
    complete: false,
    counts: { money: 1200 },
    signedAt: "2026-11-23T08:00:00.000Z",
    signedBy: text,
    content,
    contentSha256: "ab".repeat(32),
    comments: [{ at: "2026-11-23T07:00:00.000Z", by, text }],
    signature: {
      at: "2026-11-23T08:00:00.000Z",
      by,
      statement: text,
      contentSha256: "ab".repeat(32),
      comments: 1,
      eventId: text,
      eventIndex: 4711,
    },
    alert: null,
  };
}

const MARKER = "zz7zz";
const tags = (page: string) => page.match(/<\/?[a-z][^>]*>/g);

describe("the report", () => {
  it("says all that an auditor asks for", () => {
    const text = toReport(reviewOf("plain words"));
    for (const words of [
      "Review of 2026-11-22",
      "1,234,567 events",
      "Incomplete: part of the period is no longer searchable; a search took too long.",
      "and 11 more",
      "A sample",
      "/v1/events/4711/proof",
      `SHA-256 ${"ab".repeat(32)}`,
      "Comments at signing",
    ])
      expect(text).toContain(words);
  });

  it("says that nobody has signed, and by when somebody should have", () => {
    const text = toReport({ ...reviewOf("x"), status: "overdue", signature: null });
    expect(text).toContain("Not signed, overdue. Due 2026-11-24 00:01:00 UTC.");
  });

  it("shows whatever people and senders wrote as text, in every place", () => {
    const nasty = [
      `<script>${MARKER}</script>`,
      `"><img src=x onerror=${MARKER}>`,
      `</style><b>${MARKER}`,
      `</title>'${MARKER}'`,
      `\u202e${MARKER}\u001b[31m\u0000\u2028`,
    ];
    for (const text of nasty) {
      const page = toReport(reviewOf(text));
      expect(page.split(MARKER).length).toBeGreaterThan(10);
      expect(page).not.toContain(text);
      expect(page).not.toMatch(/<(?:script|img|b)\b/);
      expect(page.replaceAll("\n", "")).not.toMatch(/\p{Cc}|\p{Bidi_Control}|\u2028/u);
      expect(page.match(/<style>/g)).toHaveLength(1);
    }
  });

  it("has the same elements whatever the texts are", () => {
    const usual = tags(toReport(reviewOf("x")));
    fc.assert(
      fc.property(fc.string({ unit: "binary", minLength: 1 }), (text) => {
        expect(tags(toReport(reviewOf(text)))).toEqual(usual);
      }),
      { numRuns: 200 },
    );
  });

  it("allows one style sheet and nothing else", () => {
    const page = toReport(reviewOf("x"));
    expect(REPORT_CSP).toMatch(/^default-src 'none'; style-src 'sha256-[A-Za-z0-9+/=]{44}'; /);
    expect(page).toContain(escapeHtml(REPORT_CSP));
    expect(page).not.toMatch(/\b(?:src|href|style|on[a-z]+)="/);
  });
});

it("escapes every value of a template that is not markup itself", () => {
  expect(html`<p title="${'"'}">${"<&>'"}${html`<i>${1}</i>`}${[html`a`, html`b`]}</p>`.text).toBe(
    `<p title="&quot;">&lt;&amp;&gt;&#39;<i>1</i>ab</p>`,
  );
});

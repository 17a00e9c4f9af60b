// SPDX-License-Identifier: Apache-2.0

/** The style sheet of the report, in the page itself. Ours alone: nothing of an event ever gets into it. */
export const STYLE = `
:root { color-scheme: light dark; }
body { margin: 0; font: 15px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Liberation Sans", sans-serif;
  font-variant-numeric: tabular-nums; background: Canvas; color: CanvasText; }
main { max-width: 60rem; margin: 0 auto; padding: 1.5rem 1rem 4rem; }
h1 { font-size: 1.5rem; line-height: 2rem; margin: 0; }
h2 { font-size: 1rem; margin: 0 0 .5rem; }
section { margin-top: 1.75rem; border-top: 1px solid color-mix(in srgb, CanvasText 25%, transparent); padding-top: .75rem; }
p { margin: .25rem 0; max-width: 46rem; }
.status { font-weight: 600; margin-bottom: 1rem; }
.gap { font-weight: 600; border-left: 4px solid CanvasText; padding-left: .75rem; }
code { font: .8125rem/1.4 ui-monospace, Menlo, Consolas, "DejaVu Sans Mono", monospace; overflow-wrap: anywhere; }
.query { font-size: .8125rem; }
table { border-collapse: collapse; font-size: .8125rem; line-height: 1.25rem; }
caption { text-align: left; font-weight: 600; padding: .5rem 0 .25rem; }
th, td { text-align: left; vertical-align: top; padding: .2rem 1rem .2rem 0; overflow-wrap: anywhere; }
th { font-weight: 400; opacity: .75; }
.facts th { width: 11rem; }
.n { text-align: right; white-space: nowrap; }
.t { white-space: nowrap; }
.groups { display: grid; grid-template-columns: repeat(auto-fill, minmax(15rem, 1fr)); gap: 0 2rem; }
.group { width: 100%; height: max-content; }
.group td:last-child { padding-right: 0; }
.rows { width: 100%; }
.rows tbody tr { border-top: 1px solid color-mix(in srgb, CanvasText 12%, transparent); }
ol { padding-left: 1.25rem; }
.by { font-size: .8125rem; opacity: .75; }
.said, blockquote { white-space: pre-wrap; overflow-wrap: anywhere; }
blockquote { margin: .25rem 0 .75rem; padding-left: .75rem; border-left: 4px solid CanvasText; max-width: 46rem; }
@media (max-width: 40rem) {
  .rows thead { display: none; }
  .rows tr { display: grid; grid-template-columns: auto auto 1fr; padding: .3rem 0; }
  .rows td:last-child { grid-column: 1 / -1; }
  .facts, .facts tbody, .facts tr, .facts th, .facts td { display: block; }
  .facts td { padding-bottom: .5rem; }
}
@media print {
  body { font-size: 10pt; }
  main { max-width: none; padding: 0; }
  table { font-size: 8.5pt; }
  tr, blockquote, li { break-inside: avoid; }
  h2, caption { break-after: avoid; }
}
`;

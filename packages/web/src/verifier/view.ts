// SPDX-License-Identifier: Apache-2.0
import { toBase64 } from "@telltale/merkle";
import { type CheckedCheckpoint, describeRanges, type EvidenceReport } from "@telltale/merkle/evidence";
import { el, seal, type SealShape } from "./dom.js";
import { type EventRow, toVisible } from "./event-list.js";
import { plural, toHeadline, toTime } from "./words.js";

const PAGE = 100;

function sentence(text: string): string {
  const shown = toVisible(text);
  return `${shown.charAt(0).toUpperCase()}${shown.slice(1)}${/[.!?]$/.test(shown) ? "" : "."}`;
}

function verdictPanel(report: EvidenceReport): HTMLElement {
  const { word, shape, tone, next } = toHeadline(report);
  const title = el("h2", `answer ${tone}`, word);
  title.id = "verdict";
  return el(
    "section",
    "panel verdict",
    seal(shape, 40, tone),
    title,
    el("div", "", el("p", "", sentence(report.message)), el("p", "muted", next)),
  );
}

function keyPanel({ key }: EvidenceReport): HTMLElement | undefined {
  if (key === undefined) return undefined;
  const advice =
    key.from === "given"
      ? "This is the key that you gave."
      : "It came with the bundle. Whoever could forge the bundle could put another key into it: compare the fingerprint with the one that the keeper of the log gave you by another way.";
  const whole = el("details", "", el("summary", "", "The whole key"), el("p", "mono", toVisible(key.vkey)));
  return el(
    "section",
    "panel",
    el("h2", "", "Fingerprint of the log's key"),
    el("p", "fingerprint", key.fingerprint),
    el("p", "muted", advice),
    whole,
  );
}

function entry(list: HTMLElement, name: string, ...values: (Node | string)[]): void {
  list.append(el("dt", "", name), el("dd", "", ...values));
}

function checkpointPanel(checkpoint: CheckedCheckpoint, title: string): HTMLElement {
  const { head, cosigned, note } = checkpoint;
  const list = el("dl", "");
  entry(list, "Log", toVisible(head.origin));
  entry(list, "Events", Number(head.size).toLocaleString("en"));
  entry(list, "Root", el("span", "mono", toBase64(head.root)));
  if (cosigned.length === 0)
    entry(list, "Cosigned by", "nobody: only the server that kept the log vouches for it");
  for (const { name, seconds, trusted } of cosigned)
    entry(
      list,
      trusted ? "Cosigned by" : "Cosigned, says the bundle, by",
      `${toVisible(name)} · ${toTime(seconds)}`,
    );
  const whole = el(
    "details",
    "",
    el("summary", "", "As it was signed"),
    el("pre", "mono", toVisible(note).replaceAll("\\u{a}", "\n")),
  );
  return el("section", "panel", el("h2", "", title), list, whole);
}

function listPanel(title: string, items: readonly string[]): HTMLElement | undefined {
  if (items.length === 0) return undefined;
  return el(
    "section",
    "panel",
    el("h2", "", title),
    el("ul", "", ...items.map((item) => el("li", "", sentence(item)))),
  );
}

function aboutPanel({ manifest, proven, checked, total }: EvidenceReport): HTMLElement {
  const list = el("dl", "");
  entry(
    list,
    "Proven",
    `${checked.toLocaleString("en")} of ${plural(total, "event")}${checked > 0 ? `: ${describeRanges(proven, 12)}` : ""}`,
  );
  if (manifest !== undefined) {
    const { query, from, to, alert, index } = manifest.selection;
    const asked = [
      ...(alert === undefined ? [] : [`the evidence of alert ${alert}`]),
      ...(index === undefined ? [] : [`event ${index}`]),
      ...(query === undefined ? [] : [query === "" ? "all events" : query]),
      ...(from === undefined ? [] : [`received from ${from}`]),
      ...(to === undefined ? [] : [`before ${to}`]),
    ];
    entry(list, "Asked for", toVisible(asked.join(", ") || "all events"));
    entry(list, "Made", toVisible(`${manifest.made} by ${manifest.by}`));
    if (manifest.missing.length > 0)
      entry(list, "Removed by retention", describeRanges(manifest.missing, 12));
  }
  return el("section", "panel", el("h2", "", "The bundle"), list);
}

function row({ index, time, action, who, problem, line }: EventRow, shape: SealShape): HTMLElement {
  const isGood = problem === undefined;
  const tone = isGood ? "good" : "bad";
  const mark = el(
    "span",
    "",
    seal(isGood ? shape : "broken", 16, tone),
    el("span", "sr", isGood ? "proven" : "not proven"),
  );
  const what = el("span", "what", action, who === "" ? "" : ` · ${who}`);
  const summary = el(
    "summary",
    "",
    mark,
    el("span", "mono", `main:${index}`),
    el("span", "mono muted", time),
    what,
  );
  const body = el("details", "", summary);
  if (problem !== undefined) body.append(el("p", "bad", sentence(problem)));
  // Made when it is opened: thousands of lines at once would be slow.
  body.addEventListener(
    "toggle",
    () => {
      body.append(
        line === undefined
          ? el("p", "muted", "This line is too long to be shown here; it is in events.ndjson.")
          : el("pre", "", line),
      );
    },
    { once: true },
  );
  if (problem !== undefined) body.open = true;
  return el("li", "", body);
}

/** All events, a page at a time; those that are not proven can be seen alone. */
function eventsPanel(rows: readonly EventRow[], shape: SealShape): HTMLElement | undefined {
  if (rows.length === 0) return undefined;
  const bad = rows.filter(({ problem }) => problem !== undefined);
  const list = el("ul", "rows");
  const more = el("button", "button", "");
  more.type = "button";
  let shown = 0;
  let chosen: readonly EventRow[] = rows;
  const grow = (): void => {
    list.append(...chosen.slice(shown, shown + PAGE).map((each) => row(each, shape)));
    shown = Math.min(chosen.length, shown + PAGE);
    more.hidden = shown >= chosen.length;
    more.textContent = `Show ${Math.min(PAGE, chosen.length - shown)} more of ${(chosen.length - shown).toLocaleString("en")}`;
  };
  more.addEventListener("click", grow);
  const bar = el("div", "bar", el("h2", "", plural(rows.length, "event")));
  if (bad.length > 0) {
    const only = el("input", "");
    only.type = "checkbox";
    only.id = "only-bad";
    only.addEventListener("change", () => {
      chosen = only.checked ? bad : rows;
      shown = 0;
      list.replaceChildren();
      grow();
    });
    const label = el("label", "", only, ` Only the ${plural(bad.length, "one")} not proven`);
    bar.append(label);
  }
  grow();
  return el("section", "panel", bar, list, more);
}

/** Everything that was found, the answer first. */
export function renderReport(report: EvidenceReport, rows: readonly EventRow[]): Node[] {
  const { checkpoints, findings, notes, message, key } = report;
  // What the sentence or the panel of the key says is not said twice.
  const others = findings.filter((each) => !message.includes(each));
  const besides = notes.filter((each) => key === undefined || !each.includes(key.fingerprint));
  const panels = [
    verdictPanel(report),
    listPanel("What is wrong", others),
    keyPanel(report),
    listPanel("What to know", besides),
    aboutPanel(report),
    ...checkpoints.map((each, i) =>
      checkpointPanel(each, i === 0 ? "What the log signed" : "An older checkpoint of it"),
    ),
    // As for the whole: proven by a key that came along is not yet proven.
    eventsPanel(rows, key?.from === "given" ? "proven" : "hollow"),
  ];
  return panels.filter((panel) => panel !== undefined);
}

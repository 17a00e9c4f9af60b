// SPDX-License-Identifier: Apache-2.0
import { neutralize } from "@telltale/event";
import type { BacktestAlert, BacktestReport } from "@telltale/server/offline";
import type { Paint } from "../ui/colour.js";
import { formatTable } from "../ui/table.js";
import { formatCount, formatDuration, plural } from "../ui/units.js";

const SHOWN = 20;
const BAR = 30;

/** The report for people. */
export function formatReport(report: BacktestReport, paint: Paint, columns: number | undefined): string {
  const { alerts, findings, events, matched, perWeek, perDay, first, noisiest } = report;
  const noise =
    perWeek === null
      ? "not known from less than a day"
      : `about ${perWeek} a week, if each is closed on its day`;
  const how =
    report.path === "index"
      ? "the index said which events match; correlations ran over their lines"
      : `every line of the log was read${report.because === undefined ? "" : ` (${neutralize(report.because)})`}`;
  const lines = [
    `rules     ${neutralize(report.rules.join(", "))}`,
    `time      ${report.since} to ${report.until}: ${plural(events, "event")}, ${formatCount(matched)} of them matched`,
    `alerts    ${formatCount(alerts)} (${plural(findings, "finding")})`,
    `noise     ${noise}`,
    `answered  ${how}; ${formatDuration(report.tookMs)}`,
  ];
  for (const missing of report.missing) lines.push(`${paint("yellow", "missing")}   ${neutralize(missing)}`);
  const parts = [`${lines.join("\n")}\n`];
  if (perDay.length > 0) parts.push(formatDays(report));
  if (first.length > 0) parts.push(formatAlerts("FIRST SEEN", first, columns));
  if (noisiest.length > 1) parts.push(formatAlerts("MOST DAYS", noisiest, columns));
  return parts.join("\n");
}

function formatDays({ perDay }: BacktestReport): string {
  const most = Math.max(...perDay.map(({ alerts }) => alerts), 1);
  const rows = perDay.map(({ day, alerts, findings }) => [
    { text: neutralize(day) },
    { text: formatCount(alerts) },
    { text: formatCount(findings) },
    { text: "█".repeat(Math.ceil((alerts / most) * BAR)) },
  ]);
  return formatTable(["DAY", "ALERTS", "FINDINGS", ""], rows);
}

function formatAlerts(title: string, alerts: readonly BacktestAlert[], columns: number | undefined): string {
  const rows = alerts
    .slice(0, SHOWN)
    .map(({ received, level, title, key, days, events, evidence }) =>
      [
        received,
        level,
        plural(days, "day"),
        plural(events, "event"),
        evidence.slice(0, 3).join(" "),
        key,
        title,
      ].map((text) => ({ text: neutralize(text) })),
    );
  const more = alerts.length > SHOWN ? `${formatCount(alerts.length - SHOWN)} more with --json\n` : "";
  return formatTable([title, "LEVEL", "ON", "OF", "EVIDENCE", "KEY", "RULE"], rows, columns) + more;
}

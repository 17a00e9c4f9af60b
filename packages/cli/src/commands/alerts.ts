// SPDX-License-Identifier: Apache-2.0
import { connect } from "../client/connect.js";
import type { Context, Register } from "../context.js";
import { CliFailure } from "../failure.js";
import { note, writeOut } from "../io.js";
import { addClientOptions, type ClientOptions, wholeNumber } from "../options.js";
import { registerExceptions } from "./exceptions.js";

interface AlertsOptions extends ClientOptions {
  json?: boolean;
}

interface ListOptions extends AlertsOptions {
  status: string;
  kind?: string;
  level?: string;
  assignee?: string;
  text?: string;
  order?: string;
  limit: number;
}

interface DecideOptions extends AlertsOptions {
  status?: string;
  verdict?: string;
  duplicateOf?: string;
  assign?: string;
  comment?: string;
  snooze?: string;
  mute?: number;
}

const HOURS: Readonly<Record<string, number>> = { h: 1, d: 24, w: 168 };
const HOUR_MS = 3_600_000;

const DECIDE_HELP = `
Several ids are one change: all or none. Each alert keeps its own entry in its history, and each decision is in the log
before the command ends.

Examples:
  $ telltale alerts decide ID --status resolved --verdict false_positive --comment "The load test."
  $ telltale alerts decide ID1 ID2 ID3 --assign ada
  $ telltale alerts decide ID --snooze 8h
  $ telltale alerts decide ID --mute 10
`;

async function list(options: ListOptions, { io }: Context): Promise<void> {
  const client = await connect(io, options, "read");
  const { status, kind, level, assignee, text: q, order, limit } = options;
  const raw = await client.getJson("/v1/alerts", {
    ...(status === "all" ? {} : { status }),
    kind,
    level,
    assignee,
    q,
    order,
    limit: String(limit),
  });
  const [{ printJson, notTelltale }, { toAlertList }, { neutralize }, { formatTable }] = await Promise.all([
    import("../client/ask.js"),
    import("../client/alert-answers.js"),
    import("@telltale/event"),
    import("../ui/table.js"),
  ]);
  if (options.json === true) return printJson(io, raw);
  const answer = toAlertList(raw);
  if (answer === undefined) throw notTelltale(client);
  const rows = answer.alerts.map((alert) =>
    [
      alert.level,
      String(alert.risk),
      toStatus(alert),
      String(alert.count),
      alert.id,
      `${alert.title}: ${alert.subject}`,
    ].map((text) => ({ text: neutralize(text) })),
  );
  const head = ["LEVEL", "RISK", "STATUS", "EVENTS", "ID", "WHAT"];
  if (rows.length > 0) await writeOut(io.stdout, formatTable(head, rows));
  note(io, rows.length === 0 ? "No alert matches." : `${rows.length} of ${answer.total}.`);
}

function toStatus({ status, verdict }: { status: string; verdict: string }): string {
  return verdict === "" ? status : `${status}, ${verdict}`;
}

async function show(id: string, options: AlertsOptions, { io }: Context): Promise<void> {
  const client = await connect(io, options, "read");
  const [{ ask, printJson, notTelltale }, { toAlertAnswer }, { neutralize }] = await Promise.all([
    import("../client/ask.js"),
    import("../client/alert-answers.js"),
    import("@telltale/event"),
  ]);
  const raw = await ask(client, `/v1/alerts/${encodeURIComponent(id)}`);
  if (options.json === true) return printJson(io, raw);
  const alert = toAlertAnswer(raw);
  if (alert === undefined) throw notTelltale(client);
  const lines = [
    `${alert.title} (${alert.level}, risk ${alert.risk})`,
    alert.subject,
    `${toStatus(alert)}; ${alert.assignee === "" ? "nobody has it" : `${alert.assignee} has it`}`,
    `${alert.count} events; evidence: ${alert.evidence.join(" ")}`,
    ...(alert.description === "" ? [] : ["", alert.description]),
    "",
    ...alert.history.map(
      ({ at, by, field, from, to }) =>
        `${at}  ${by}  ${field}${from === "" ? "" : ` ${from} →`}${to === "" ? "" : ` ${to}`}`,
    ),
  ];
  await writeOut(io.stdout, lines.map((line) => `${neutralize(line)}\n`).join(""));
  note(io, `Evidence with proofs: telltale evidence --alert ${neutralize(alert.id)} --out FILE`);
}

/** `8h`, `3d`, `2w` from now, as RFC 3339. Throws CliFailure `usage`. */
function toSnooze(text: string, now: number): string {
  const [, amount, unit] = /^(\d{1,4})([hdw])$/.exec(text) ?? [];
  const hours = HOURS[unit ?? ""];
  if (hours === undefined)
    throw new CliFailure("usage", `--snooze "${text}" is no time`, "Write 8h, 3d or 2w");
  return new Date(now + Number(amount) * hours * HOUR_MS).toISOString();
}

async function decide(ids: string[], options: DecideOptions, { io }: Context): Promise<void> {
  const { status, verdict, duplicateOf, assign, comment, snooze, mute } = options;
  const change = {
    status,
    verdict: verdict === "none" ? null : verdict,
    duplicateOf,
    assignee: assign === "" ? null : assign,
    comment,
    snooze: snooze === undefined ? undefined : toSnooze(snooze, io.now()),
    mute,
  };
  if (Object.values(change).every((value) => value === undefined))
    throw new CliFailure("usage", "there is nothing to decide", "See telltale alerts decide --help");
  const client = await connect(io, options, "admin");
  const { ask, toRequest, printJson } = await import("../client/ask.js");
  const raw = await ask(client, "/v1/alerts/bulk", toRequest("POST", { ids, change }));
  if (options.json === true) return printJson(io, raw);
  const { changed } = (raw ?? {}) as { changed?: unknown };
  const count = Array.isArray(changed) ? changed.length : 0;
  note(io, count === 0 ? "It was so already." : `${count} changed; the decision is sealed in the log.`);
}

async function precision(options: AlertsOptions, { io }: Context): Promise<void> {
  const client = await connect(io, options, "read");
  const [{ ask, printJson, notTelltale }, { toPrecision }, { neutralize }, { formatTable }] =
    await Promise.all([
      import("../client/ask.js"),
      import("../client/alert-answers.js"),
      import("@telltale/event"),
      import("../ui/table.js"),
    ]);
  const raw = await ask(client, "/v1/rules/precision");
  if (options.json === true) return printJson(io, raw);
  const rules = toPrecision(raw);
  if (rules === undefined) throw notTelltale(client);
  const rows = rules.map((rule) =>
    [
      rule.precision === null ? "–" : `${Math.round(rule.precision * 100)} %`,
      String(rule.alerts),
      String(rule.hits),
      String(rule.open),
      new Date(rule.lastHit).toISOString().slice(0, 16),
      rule.title,
    ].map((text) => ({ text: neutralize(text) })),
  );
  const head = ["PRECISION", "ALERTS", "EVENTS", "OPEN", "LAST", "RULE"];
  if (rows.length > 0) await writeOut(io.stdout, formatTable(head, rows));
  note(
    io,
    rows.length === 0 ? "No rule has found anything yet." : "Precision: true of true and false positives.",
  );
}

const JSON_OPTION = ["--json", "print the server's answer"] as const;

export const registerAlerts: Register = (program, context) => {
  const alerts = program
    .command("alerts")
    .description("alerts: what must be decided, and what shall not be found");
  addClientOptions(alerts.command("list").description("alerts, the latest activity first"))
    .option(
      "--status <status>",
      "open (new, in progress), new, in_progress, suppressed, resolved or all",
      "open",
    )
    .option("--kind <kind>", "alert, finding (below the level of alerts) or any")
    .option("--level <levels>", "one or more, with commas: high,critical")
    .option("--assignee <name>", "who has it")
    .option("--text <text>", "in the title or a value")
    .option("--order <order>", "time or risk")
    .option("--limit <n>", "how many at most", wholeNumber(1, 200), 50)
    .option(...JSON_OPTION)
    .action((options: ListOptions) => list(options, context));
  addClientOptions(alerts.command("show").description("one alert with its history"))
    .argument("<id>", "from alerts list")
    .option(...JSON_OPTION)
    .action((id: string, options: AlertsOptions) => show(id, options, context));
  addClientOptions(alerts.command("decide").description("decide one or more alerts"))
    .argument("<id...>", "from alerts list")
    .option("--status <status>", "new, in_progress or resolved")
    .option(
      "--verdict <verdict>",
      "true_positive, false_positive, benign, test, duplicate …; none takes it back",
    )
    .option("--duplicate-of <id>", "with verdict duplicate: the alert that covers it")
    .option("--assign <name>", 'who takes care of it; "" for nobody')
    .option("--comment <text>", "what was found")
    .option("--snooze <time>", "silent for 8h, 3d, 2w")
    .option("--mute <n>", "silent until it has n times the events of now", wholeNumber(2, 1_000))
    .option(...JSON_OPTION)
    .addHelpText("after", DECIDE_HELP)
    .action((ids: string[], options: DecideOptions) => decide(ids, options, context));
  addClientOptions(alerts.command("precision").description("how good each rule was so far, by the verdicts"))
    .option(...JSON_OPTION)
    .action((options: AlertsOptions) => precision(options, context));
  registerExceptions(alerts, context);
};

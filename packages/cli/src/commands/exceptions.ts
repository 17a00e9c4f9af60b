// SPDX-License-Identifier: Apache-2.0
import type { Command } from "commander";
import type { PreviewAnswer } from "../client/alert-answers.js";
import { connect } from "../client/connect.js";
import type { Context } from "../context.js";
import { CliFailure } from "../failure.js";
import { type CliIo, note, writeOut } from "../io.js";
import { addClientOptions, type ClientOptions, wholeNumber } from "../options.js";

interface ExceptionsOptions extends ClientOptions {
  json?: boolean;
}

interface ExceptOptions extends ExceptionsOptions {
  where?: string[];
  reason?: string;
  owner?: string;
  days: number;
  preview?: boolean;
  acceptTruePositives?: boolean;
}

interface EndOptions extends ExceptionsOptions {
  reason: string;
}

const EXCEPT_HELP = `
Without --where the fields of the alert's key are the conditions. Conditions of different fields must all hold; of one field, one.
Fields take the modifiers of Sigma: client.ip|cidr=10.0.0.0/8. What the exception would have hidden is printed first;
one that would hide a confirmed attack needs --accept-true-positives.

Examples:
  $ telltale alerts except ID --preview
  $ telltale alerts except ID --reason "The nightly load test." --days 30
  $ telltale alerts except ID --where "client.ip|cidr=10.0.0.0/8" --reason "Office." --owner ada
`;

async function tools() {
  const [asking, answers, event, table] = await Promise.all([
    import("../client/ask.js"),
    import("../client/alert-answers.js"),
    import("@telltale/event"),
    import("../ui/table.js"),
  ]);
  return { ...asking, ...answers, neutralize: event.neutralize, formatTable: table.formatTable };
}

async function list(options: ExceptionsOptions, { io }: Context): Promise<void> {
  const client = await connect(io, options, "read");
  const { ask, printJson, notTelltale, toExceptionList, neutralize, formatTable } = await tools();
  const raw = await ask(client, "/v1/exceptions");
  if (options.json === true) return printJson(io, raw);
  const exceptions = toExceptionList(raw);
  if (exceptions === undefined) throw notTelltale(client);
  const rows = exceptions.map((each) =>
    [
      each.state,
      each.expiresAt.slice(0, 10),
      String(each.hits),
      each.owner,
      each.id,
      `${each.title}: ${each.reason}`,
    ].map((text) => ({ text: neutralize(text) })),
  );
  const head = ["STATE", "ENDS", "HITS", "OWNER", "ID", "WHAT"];
  if (rows.length > 0) await writeOut(io.stdout, formatTable(head, rows));
  const active = exceptions.filter(({ state }) => state === "active").length;
  note(io, active === 0 ? "No exception is in force." : `${active} in force.`);
}

/** `field=value` as conditions. Throws CliFailure `usage`. */
export function toConditions(texts: readonly string[]): Record<string, string[]> {
  const where = new Map<string, string[]>();
  for (const text of texts) {
    const at = text.indexOf("=");
    const field = text.slice(0, Math.max(0, at)).trim();
    if (field === "")
      throw new CliFailure(
        "usage",
        `--where "${text}" is no condition`,
        "Write actor.id=job or client.ip|cidr=10.0.0.0/8",
      );
    where.set(field, [...(where.get(field) ?? []), text.slice(at + 1)]);
  }
  return Object.fromEntries(where);
}

function tellPreview(io: CliIo, preview: PreviewAnswer, neutralize: (text: string) => string): void {
  const { days, alerts, vanishing, shrinking, unknown, complete, truePositives } = preview;
  note(
    io,
    `Of ${alerts} alerts and findings of the last ${days} days ${vanishing} would not be there, ${shrinking} would be smaller or not there; of ${unknown} the events are gone.${complete ? "" : " There were more than are looked at."}`,
  );
  if (truePositives.length === 0) return;
  note(io, `WARNING: ${truePositives.length} CONFIRMED ATTACKS WOULD NOT HAVE BEEN FOUND AS THEY WERE:`);
  for (const { id, title } of truePositives.slice(0, 10))
    note(io, `  ${neutralize(id)}  ${neutralize(title)}`);
}

async function except(id: string, options: ExceptOptions, { io }: Context): Promise<void> {
  const isPreview = options.preview === true;
  const { reason, owner, days, acceptTruePositives } = options;
  if (!isPreview && reason === undefined)
    throw new CliFailure(
      "usage",
      "an exception needs a reason",
      "Say it with --reason, or look first with --preview",
    );
  const given = options.where === undefined ? undefined : toConditions(options.where);
  const client = await connect(io, options, isPreview ? "read" : "admin");
  const { ask, toRequest, printJson, notTelltale, toDraft, toPreview, toExceptionAnswer, neutralize } =
    await tools();
  const draft = toDraft(await ask(client, `/v1/alerts/${encodeURIComponent(id)}/exception`));
  if (draft === undefined) throw notTelltale(client);
  const { rule } = draft;
  const where = given ?? draft.where;
  const rawPreview = await ask(client, "/v1/exceptions/preview", toRequest("POST", { rule, where }));
  const preview = toPreview(rawPreview);
  if (preview === undefined) throw notTelltale(client);
  tellPreview(io, preview, neutralize);
  if (isPreview) return options.json === true ? printJson(io, rawPreview) : undefined;
  const raw = await ask(
    client,
    "/v1/exceptions",
    toRequest("POST", { rule, where, reason, owner, days, acceptTruePositives }),
  );
  if (options.json === true) return printJson(io, raw);
  const made = toExceptionAnswer(raw);
  if (made === undefined) throw notTelltale(client);
  await writeOut(io.stdout, `${neutralize(made.id)}\n`);
  note(io, `In force until ${neutralize(made.expiresAt)}; ${neutralize(made.owner)} answers for it.`);
}

async function end(id: string, options: EndOptions, { io }: Context): Promise<void> {
  const client = await connect(io, options, "admin");
  const { ask, toRequest, printJson } = await tools();
  const path = `/v1/exceptions/${encodeURIComponent(id)}/end`;
  const raw = await ask(client, path, toRequest("POST", { reason: options.reason }));
  if (options.json === true) return printJson(io, raw);
  note(io, "It has ended; the rule finds these events again.");
}

const JSON_OPTION = ["--json", "print the server's answer"] as const;
const more = (text: string, before: string[] = []): string[] => [...before, text];

/** `alerts exceptions`, `alerts except` and `alerts end-exception`. */
export function registerExceptions(alerts: Command, context: Context): void {
  addClientOptions(
    alerts.command("exceptions").description("what rules shall not find, until when, and who answers for it"),
  )
    .option(...JSON_OPTION)
    .action((options: ExceptionsOptions) => list(options, context));
  addClientOptions(alerts.command("except").description("make an exception from an alert; prints its id"))
    .argument("<id>", "from alerts list")
    .option("--where <field=value>", "a condition; can be given more than once", more)
    .option("--reason <text>", "why; it stands in the log")
    .option("--owner <name>", "who answers for it (default: you)")
    .option("--days <n>", "how long it holds", wholeNumber(1, 366), 90)
    .option("--preview", "say what it would have hidden, and make none")
    .option("--accept-true-positives", "make it although it would hide confirmed attacks")
    .option(...JSON_OPTION)
    .addHelpText("after", EXCEPT_HELP)
    .action((id: string, options: ExceptOptions) => except(id, options, context));
  addClientOptions(alerts.command("end-exception").description("end an exception now"))
    .argument("<id>", "from alerts exceptions")
    .requiredOption("--reason <text>", "why; it stands in the log")
    .option(...JSON_OPTION)
    .action((id: string, options: EndOptions) => end(id, options, context));
}

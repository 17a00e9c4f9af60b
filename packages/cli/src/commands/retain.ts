// SPDX-License-Identifier: Apache-2.0
import type { Client } from "../client/client.js";
import type { RetentionAnswer } from "../client/retention-answers.js";
import type { Context, Register } from "../context.js";
import { CliFailure } from "../failure.js";
import { type CliIo, note, writeOut } from "../io.js";
import { addClientOptions, type ClientOptions } from "../options.js";

interface RetainOptions extends ClientOptions {
  json?: boolean;
}

interface HoldOptions extends RetainOptions {
  name: string;
  reason: string;
  events?: string;
  from?: string;
  to?: string;
}

const HOLD_HELP = `
A hold keeps whole segments, whatever the policy says, until it is released. Placing and releasing are events of the log.

Examples:
  $ telltale retain hold --name "case 17" --reason "court order" --events 1200-88000
  $ telltale retain hold --name "incident" --reason "under investigation" --from 2026-11-01 --to 2026-11-08
`;

async function connect(io: CliIo, options: RetainOptions, role: string): Promise<Client> {
  const { createClient } = await import("../client/client.js");
  return createClient(io, options, role);
}

/** Sends a request that changes something; gives the JSON of its answer. */
async function send(client: Client, method: string, path: string, body?: unknown): Promise<unknown> {
  const response = await client.request(path, {
    method,
    ...(body !== undefined && {
      headers: { "content-type": "application/json" },
      body: JSON.stringify(body),
    }),
  });
  if (!response.ok) throw await client.toFailure(response);
  try {
    return await response.json();
  } catch (cause) {
    throw notTelltale(client, cause);
  }
}

function notTelltale(client: Client, cause?: unknown): CliFailure {
  return new CliFailure("unreachable", `${client.url} did not answer as a Telltale server does`, undefined, {
    cause,
  });
}

async function printJson(io: CliIo, value: unknown): Promise<void> {
  const { escapeDeceptive } = await import("@telltale/event");
  await writeOut(io.stdout, `${escapeDeceptive(JSON.stringify(value))}\n`);
}

async function status(options: RetainOptions, { io }: Context): Promise<void> {
  const client = await connect(io, options, "read");
  const { toRetentionAnswer } = await import("../client/retention-answers.js");
  const raw = await client.getJson("/v1/retention");
  const answer = toRetentionAnswer(raw);
  if (answer === undefined) throw notTelltale(client);
  if (options.json === true) return printJson(io, raw);
  await writeOut(io.stdout, await formatStatus(answer, io));
}

async function formatStatus(answer: RetentionAnswer, io: CliIo): Promise<string> {
  const [{ neutralize }, { formatTable }, { paintFor }, units] = await Promise.all([
    import("@telltale/event"),
    import("../ui/table.js"),
    import("../ui/colour.js"),
    import("../ui/units.js"),
  ]);
  const { policy, disk } = answer;
  const gone = answer.pruned.reduce((sum, { first, next }) => sum + next - first, 0);
  const lines = [
    `policy      searchable ${units.plural(policy.searchableDays, "day")}, kept ${units.plural(policy.keptDays, "day")}, counted from when an event was received`,
    `kept        ${units.formatCount(answer.size - gone)} of ${units.formatCount(answer.size)} events; ${units.formatCount(gone)} pruned`,
    `next due    ${answer.nextDue ?? "nothing yet"}`,
    `archive     ${answer.archiving ? "copied and read back before anything goes" : "off"}`,
  ];
  if (answer.waiting > 0) lines.push(`waiting     ${units.plural(answer.waiting, "certificate")}`);
  if (answer.lastError !== null) lines.push(`problem     ${neutralize(answer.lastError)}`);
  if (disk !== null) {
    const paint = paintFor(io, "stdout");
    const state = disk.full ? paint("red", "FULL: events are refused") : toForecast(disk);
    lines.push(
      `disk        ${units.formatBytes(disk.freeBytes)} of ${units.formatBytes(disk.totalBytes)} free, ${state}`,
    );
  }
  const rows = answer.holds.map((hold) =>
    [hold.id, hold.name, hold.scope, hold.placed, hold.released ?? "in force"].map((text) => ({
      text: neutralize(text),
    })),
  );
  const holds =
    rows.length === 0 ? "" : `\n${formatTable(["HOLD", "NAME", "OF", "PLACED", "RELEASED"], rows)}`;
  return `${lines.join("\n")}\n${holds}`;
}

/** How long the disk lasts, in the words of the storage page. */
function toForecast({ bytesPerDay, daysUntilFull }: NonNullable<RetentionAnswer["disk"]>): string {
  if (daysUntilFull !== null) return `full in ${daysUntilFull} days at this rate`;
  return bytesPerDay === null
    ? "not known yet how long it lasts: it takes an hour of measurements"
    : "not filling";
}

async function run(options: RetainOptions, context: Context): Promise<void> {
  const { io } = context;
  const client = await connect(io, options, "admin");
  const { toRunAnswer } = await import("../client/retention-answers.js");
  const raw = await send(client, "POST", "/v1/retention/run");
  const answer = toRunAnswer(raw);
  if (answer === undefined) throw notTelltale(client);
  if (answer.waiting > 0) context.exit = "incomplete";
  if (options.json === true) return printJson(io, raw);
  const { plural } = await import("../ui/units.js");
  note(io, `${plural(answer.certified, "segment")} certified, ${answer.waiting} of them still waiting.`);
  if (answer.blocked > 0) note(io, `Kept by holds: ${plural(answer.blocked, "segment")}.`);
}

/** Events as people write them, "1200-88000" with the last one included. Throws CliFailure `usage`. */
function parseEvents(text: string): { first: number; next: number } {
  const match = /^(\d{1,15})-(\d{1,15})$/.exec(text);
  const [first, last] = [Number(match?.[1]), Number(match?.[2])];
  if (match === null || last < first) {
    throw new CliFailure(
      "usage",
      `--events "${text}" is no range`,
      "Write the first and the last: 1200-88000",
    );
  }
  return { first, next: last + 1 };
}

async function toScope(options: HoldOptions, io: CliIo): Promise<object> {
  const { events, from, to } = options;
  if (events !== undefined && from === undefined && to === undefined) return parseEvents(events);
  if (events !== undefined || from === undefined || to === undefined) {
    throw new CliFailure("usage", "a hold is on --events FIRST-LAST, or on --from TIME --to TIME");
  }
  const { parseTimeOption } = await import("../client/times.js");
  return { from: parseTimeOption("--from", from, io.now()), to: parseTimeOption("--to", to, io.now()) };
}

async function hold(options: HoldOptions, { io }: Context): Promise<void> {
  const scope = await toScope(options, io);
  const client = await connect(io, options, "admin");
  const { name, reason } = options;
  await printHold(await send(client, "POST", "/v1/holds", { name, reason, scope }), client, options, io);
}

async function release(id: string, options: RetainOptions, { io }: Context): Promise<void> {
  const client = await connect(io, options, "admin");
  await printHold(await send(client, "DELETE", `/v1/holds/${encodeURIComponent(id)}`), client, options, io);
}

async function printHold(raw: unknown, client: Client, options: RetainOptions, io: CliIo): Promise<void> {
  const [{ neutralize }, { toHoldAnswer }] = await Promise.all([
    import("@telltale/event"),
    import("../client/retention-answers.js"),
  ]);
  const made = toHoldAnswer(raw);
  if (made === undefined) throw notTelltale(client);
  if (options.json === true) return printJson(io, raw);
  // Alone on stdout: so that a script can keep it.
  await writeOut(io.stdout, `${neutralize(made.id)}\n`);
  const what = made.released === null ? "in force" : "released";
  note(io, `Hold "${neutralize(made.name)}" of ${neutralize(made.scope)} is ${what}.`);
}

export const registerRetain: Register = (program, context) => {
  const retain = program.command("retain").description("what is kept, until when, and what must be");
  addClientOptions(
    retain.command("status").description("policy, what was pruned, holds, and how long the disk lasts"),
  )
    .option("--json", "print the server's answer")
    .action((options: RetainOptions) => status(options, context));
  addClientOptions(retain.command("run").description("remove now what the policy no longer keeps"))
    .option("--json", "print the server's answer")
    .action((options: RetainOptions) => run(options, context));
  addClientOptions(retain.command("hold").description("place a legal hold; prints its id"))
    .requiredOption("--name <name>", "the matter, for people")
    .requiredOption("--reason <reason>", "why, for the log")
    .option("--events <first-last>", "indexes of the events")
    .option("--from <time>", "received not before this: 24h, 7d, a date or a time")
    .option("--to <time>", "received before this")
    .option("--json", "print the server's answer")
    .addHelpText("after", HOLD_HELP)
    .action((options: HoldOptions) => hold(options, context));
  addClientOptions(
    retain
      .command("release")
      .description("release a legal hold; what is due goes with the next run")
      .argument("<id>", "from retain status"),
  )
    .option("--json", "print the server's answer")
    .action((id: string, options: RetainOptions) => release(id, options, context));
};

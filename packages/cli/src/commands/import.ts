// SPDX-License-Identifier: Apache-2.0
import type { Command } from "commander";
import type { Context, Register } from "../context.js";
import { CliFailure } from "../failure.js";
import { type CliIo, note, writeOut } from "../io.js";
import type { ImportResult } from "../import/run.js";
import type { Progress } from "../ui/progress.js";
import { addClientOptions, type ClientOptions, wholeNumber } from "../options.js";

interface ImportOptions extends ClientOptions {
  format: string;
  year?: number;
  tz: string;
  batch: number;
  json?: boolean;
}

const HELP = `
Formats:
  jsonl  one event a line; lines without an id get one from file, line number and text
  sshd   OpenSSH lines of auth.log, secure or journalctl

Use a key of role backfill for logs that exist already. Detection then goes by the events' own times: five failures within five
minutes are what they were. With an ingest key the times of arrival count, and a year of failures arrives within seconds:
false alerts.

Importing a file again, with the same key, adds only what is new in it.
Files that end in .gz are unpacked. Exit code 2: some lines were refused; stderr names them.

Examples:
  $ export TELLTALE_KEY=$(telltale keys create --role backfill --name import --data telltale-data)
  $ telltale import --format sshd /var/log/auth.log
  $ telltale import --format sshd --tz Europe/Berlin --year 2024 auth.log.1.gz
  $ journalctl -u ssh -o short | telltale import --format sshd -
`;

const DAY_MS = 24 * 60 * 60 * 1000;

/** A key's text names its role. */
function isBackfill(options: ImportOptions, io: CliIo): boolean {
  return (options.key ?? io.env["TELLTALE_KEY"] ?? "").startsWith("tt_backfill_");
}

function warnOfOld(io: CliIo, progress: Progress, time: string): void {
  progress.clear();
  note(
    io,
    `Warning: events older than a day (${new Date(time).toISOString()}), and the key is not of role backfill.`,
  );
  note(io, "  Detection goes by when they arrive, so alerts will be wrong. To go by the events' own times:");
  note(io, "  telltale keys create --role backfill --name import --data DIR");
}

async function run(file: string, options: ImportOptions, context: Context): Promise<void> {
  const { io } = context;
  const [
    { findFormat, FORMAT_NAMES },
    { openFile, peekEnds },
    { createClient },
    { createSender },
    { runImport },
  ] = await Promise.all([
    import("../import/format.js"),
    import("../import/open-file.js"),
    import("../client/client.js"),
    import("../import/sender.js"),
    import("../import/run.js"),
  ]);
  const format = findFormat(options.format);
  if (format === undefined) {
    throw new CliFailure(
      "usage",
      `there is no format "${options.format}"`,
      `Known formats: ${FORMAT_NAMES.join(", ")}`,
    );
  }
  const client = createClient(io, options, "ingest");
  const opened = await openFile(file, io);
  const ends = options.year === undefined ? await peekEnds(file) : undefined;
  const source = { now: () => io.now(), zone: options.tz };
  let year = options.year;
  let reader: ReturnType<typeof format.open>;
  try {
    year ??= ends === undefined ? undefined : format.guessYear(ends.first, ends.last, source);
    reader = format.open({ ...source, ...(year === undefined ? {} : { year }) });
  } catch (error) {
    throw new CliFailure("usage", (error as Error).message, undefined, { cause: error });
  }
  const [{ createProgress }, { formatCount, formatBytes }] = await Promise.all([
    import("../ui/progress.js"),
    import("../ui/units.js"),
  ]);
  const started = io.now();
  const progress = createProgress(io, "importing");
  const result = await runImport({
    chunks: opened.chunks,
    reader,
    send: createSender(io, client),
    batchEvents: options.batch,
    signal: io.signal,
    oldBefore: started - DAY_MS,
    ...(isBackfill(options, io) ? {} : { onOld: (time: string) => warnOfOld(io, progress, time) }),
    onProgress: ({ accepted, duplicates }) => {
      const detail = `${formatCount(accepted + duplicates)} events, ${formatBytes(opened.read())}`;
      progress.update(opened.read(), opened.size, detail);
    },
  }).finally(() => progress.clear());
  await report(result, { name: opened.name, format: format.name, ms: io.now() - started }, options, context);
}

async function report(
  result: ImportResult,
  { name, format, ms }: { name: string; format: string; ms: number },
  options: ImportOptions,
  context: Context,
): Promise<void> {
  const { io } = context;
  const { formatImport, formatRejected } = await import("../import/report.js");
  const { paintFor } = await import("../ui/colour.js");
  if (options.json === true) {
    const { skipped, ...rest } = result;
    await writeOut(io.stdout, `${JSON.stringify({ file: name, format, ...rest, skipped, ms })}\n`);
  } else {
    io.stderr.write(formatRejected(result));
    await writeOut(io.stdout, formatImport(name, format, result, ms, paintFor(io, "stdout")));
  }
  if (!result.complete) {
    note(io, "Stopped. Run the same command again to import the rest.");
    context.exit = "interrupted";
  } else if (result.rejectedTotal > 0) context.exit = "incomplete";
}

export const registerImport: Register = (program, context) => {
  const command: Command = program
    .command("import")
    .description("send a file of events or another program's log to the server")
    .argument("<file>", "the file, or - for stdin")
    .requiredOption("--format <name>", "what the lines are: jsonl or sshd")
    .option(
      "--year <year>",
      "year of the first line, for logs without one (default: newest that is not in the future)",
      wholeNumber(1970, 9998),
    )
    .option("--tz <zone>", "time zone of a log without one: UTC, +02:00 or Europe/Berlin", "UTC")
    .option("--batch <events>", "events in one request", wholeNumber(1, 50_000), 1000);
  addClientOptions(command)
    .option("--json", "print the summary as one JSON object")
    .addHelpText("after", HELP)
    .action((file: string, options: ImportOptions) => run(file, options, context));
};

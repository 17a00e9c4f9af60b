// SPDX-License-Identifier: Apache-2.0
import type { Context, Register } from "../context.js";
import { CliFailure } from "../failure.js";
import { note, writeOut } from "../io.js";
import { wholeNumber } from "../options.js";

interface TestOptions {
  policy?: string;
  tenant?: string;
  limit: number;
  json?: boolean;
}

const HELP = `
Says what would be hidden of the lines of a file before they are stored: by rule, with line and field, never the value. Works without a
server and sends nothing anywhere. A line that is a JSON object is an event, everything else is text. A private key over several lines
is found by its first one.

Without --policy it is what the SDK and the default do; with one, what a server with this policy does with events (a text has no fields, so only
the policy's names and patterns count there).

Exit code 0: nothing would be hidden. 1: something would. 2: some lines were too long to be looked at.

Examples:
  $ telltale protect test app.log
  $ telltale protect test events.jsonl --policy telltale-data/protect.yaml
  $ telltale protect test events.jsonl --json | jq '.rules[] | {kind, count}'
  $ journalctl -o cat | telltale protect test -
`;

async function run(file: string, options: TestOptions, context: Context): Promise<void> {
  const { io } = context;
  const [{ openFile }, { LineCutter }, { LineChecker }, { Summarizer }, { createProgress }, units] =
    await Promise.all([
      import("../import/open-file.js"),
      import("../import/lines.js"),
      import("../protect/findings.js"),
      import("../protect/summary.js"),
      import("../ui/progress.js"),
      import("../ui/units.js"),
    ]);
  const protector =
    options.policy === undefined
      ? undefined
      : (await import("../protect/policy-option.js")).createPolicyProtector(options.policy);
  const checker = new LineChecker(io.now(), protector, options.tenant);
  const opened = await openFile(file, io);
  const summarizer = new Summarizer(options.limit);
  const cutter = new LineCutter();
  const progress = createProgress(io, "checking");
  const take = (lines: ReturnType<typeof cutter.push>): void => {
    for (const { number, bytes } of lines) {
      if (bytes === undefined) summarizer.skip();
      else summarizer.add(number, checker.check(bytes.toString("utf8")));
    }
  };
  try {
    for await (const chunk of opened.chunks) {
      take(cutter.push(chunk));
      const detail = `${units.formatCount(summarizer.lines)} lines, ${units.formatCount(summarizer.found)} found`;
      progress.update(opened.read(), opened.size, detail);
    }
    take(cutter.end());
  } finally {
    progress.clear();
  }
  if (io.signal.aborted) {
    note(io, "Stopped: only a part of the file was looked at.");
    throw new CliFailure("interrupted", "stopped");
  }
  const summary = summarizer.finish();
  context.exit = summary.found > 0 ? "failed" : summary.skipped > 0 ? "incomplete" : "ok";
  if (options.json === true) {
    await writeOut(io.stdout, `${JSON.stringify({ file: opened.name, ...summary })}\n`);
    return;
  }
  const [{ formatSummary }, { paintFor }] = await Promise.all([
    import("../protect/report.js"),
    import("../ui/colour.js"),
  ]);
  await writeOut(io.stdout, formatSummary(opened.name, summary, paintFor(io, "stdout")));
}

export const registerProtect: Register = (program, context) => {
  const protect =
    program.commands.find((each) => each.name() === "protect") ??
    program.command("protect").description("how events are protected");
  protect
    .command("test")
    .description("say what would be hidden in a file, by rule, with line and place")
    .argument("<file>", "JSON lines or any text, or - for stdin")
    .option("-n, --limit <places>", "places shown of each rule", wholeNumber(1, 100_000), 20)
    .option("--policy <file>", "a policy (protect.yaml); the default policy without one")
    .option("--tenant <tenant>", "whose rules of the policy count")
    .option("--json", "print one JSON object")
    .addHelpText("after", HELP)
    .action((file: string, options: TestOptions) => run(file, options, context));
};

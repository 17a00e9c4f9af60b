// SPDX-License-Identifier: Apache-2.0
import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import path from "node:path";
import { neutralize } from "@telltale/event";
import type { Command } from "commander";
import type { Context } from "../context.js";
import { CliFailure, systemCode } from "../failure.js";
import { writeOut } from "../io.js";

const LIST_HELP = `
Each row is a rule or correlation that makes findings. Parts of correlations are left out.

Examples:
  $ telltale rules list                          what ships with Telltale
  $ telltale rules list telltale-data/rules      your own
  $ telltale rules list --json | jq 'select(.level == "high") | .title'
`;

const TEST_HELP = `
Runs fires.jsonl and silent.jsonl beside each rule.yml, as the server would: every rule that makes findings must find something in the
first, and nothing in the second. All rules of the folder run together, so a rule of yours is also tried on the near misses of others.

Exit code 0: all hold. 1: some do not.

Examples:
  $ telltale rules test telltale-data/rules
  $ telltale rules test                          the rules that ship
`;

const LINT_HELP = `
Says with file, line and key what is wrong with rules, and what is missing that a person needs at night: id, name, description, ATT&CK and
OWASP tags, false alarms, references, events that fire and near misses, a README.md that says where the thresholds come from.

Exit code 0: nothing is wrong. 1: something is.

Examples:
  $ telltale rules lint telltale-data/rules
  $ telltale rules lint my-rule/rule.yml
`;

const IMPORT_HELP = `
Takes rules of SigmaHQ from a folder or a zip (a release, or the zip of the repository). Field names become their place in events of Telltale:
web server and proxy fields those of client and request, all others a place under data (Image is data.Image). Says what was taken, how
it was mapped, what was refused and why. Comments, author and licence stay in the file; SigmaHQ's licence (DRL 1.1) asks for that.

Nothing that is there is written over. Put the folder where the server looks: DATA/rules. It is read again at once.

Examples:
  $ telltale rules import sigma_core.zip --to telltale-data/rules
  $ telltale rules import sigma/rules/web --to my-rules
`;

interface Json {
  json?: boolean;
}

async function list(place: string | undefined, options: Json, { io }: Context): Promise<void> {
  const [{ readRules, shippedFolder }, { compileRules, parseSigma }, { formatTable }] = await Promise.all([
    import("../rules/sources.js"),
    import("@telltale/sigma"),
    import("../ui/table.js"),
  ]);
  const folders = readRules(place ?? shippedFolder());
  const set = orFailure(() => compileRules(folders.flatMap(({ text, file }) => parseSigma(text, file))));
  const loud = [...set.rules, ...set.correlations].filter(({ generates }) => generates);
  if (options.json === true) {
    for (const { id, document } of loud) {
      const { title, level, tags, place: at } = document;
      await writeOut(
        io.stdout,
        `${JSON.stringify({ id, title, level, tags, file: at.file, line: at.line })}\n`,
      );
    }
    return;
  }
  const rows = loud.map(({ document: { level, title, tags } }) => [
    { text: level },
    { text: neutralize(title) },
    {
      text: tags
        .filter((tag) => /^attack\.t\d/.test(tag))
        .map((tag) => tag.slice(7).toUpperCase())
        .join(" "),
    },
  ]);
  await writeOut(
    io.stdout,
    `${formatTable(["level", "rule", "ATT&CK"], rows)}\n${loud.length} detections in ${folders.length} folders\n`,
  );
}

/** Rules with a mistake are no bug of ours: the sentence of the parser is what people need. */
function orFailure<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    if ((error as Error).name === "SigmaError")
      throw new CliFailure("failed", (error as Error).message, undefined, { cause: error });
    throw error;
  }
}

async function test(place: string | undefined, context: Context): Promise<void> {
  const [{ readRules, shippedFolder }, { runCases }, { compileRules, parseSigma }] = await Promise.all([
    import("../rules/sources.js"),
    import("../rules/cases.js"),
    import("@telltale/sigma"),
  ]);
  const folders = readRules(place ?? shippedFolder()).map((folder) => ({
    folder,
    documents: orFailure(() => parseSigma(folder.text, folder.file)),
  }));
  const set = orFailure(() => compileRules(folders.flatMap(({ documents }) => documents)));
  let failed = 0;
  for (const { folder, documents } of folders) {
    const failures = runCases(folder, documents, set);
    if (failures.length > 0) failed++;
    for (const { file, message } of failures)
      await writeOut(context.io.stdout, `${neutralize(file)}: ${neutralize(message)}\n`);
  }
  context.exit = failed > 0 ? "failed" : "ok";
  await writeOut(context.io.stdout, `${folders.length - failed} of ${folders.length} folders hold\n`);
}

async function lint(place: string | undefined, options: Json, context: Context): Promise<void> {
  const [{ readRules, shippedFolder }, { lintRules }] = await Promise.all([
    import("../rules/sources.js"),
    import("../rules/lint.js"),
  ]);
  const folders = readRules(place ?? shippedFolder());
  const problems = lintRules(folders);
  context.exit = problems.length > 0 ? "failed" : "ok";
  for (const problem of problems) {
    const { file, line, key, message } = problem;
    const where = `${file}${line === undefined ? "" : `:${line}`}${key === undefined || key === "" ? "" : ` ${key}`}`;
    await writeOut(
      context.io.stdout,
      options.json === true
        ? `${JSON.stringify(problem)}\n`
        : `${neutralize(where)}: ${neutralize(message)}\n`,
    );
  }
  if (options.json !== true)
    await writeOut(
      context.io.stdout,
      problems.length === 0
        ? `${folders.length} folders, nothing is wrong\n`
        : `${problems.length} to be mended\n`,
    );
}

interface ImportOptions extends Json {
  to: string;
}

async function importRules(place: string, options: ImportOptions, context: Context): Promise<void> {
  const { importSigma } = await import("../rules/import-sigma.js");
  const files = await readForeign(place);
  const counts = { taken: 0, refused: 0, there: 0 };
  const bySource = new Map<string, number>();
  const mapped = new Map<string, string>();
  const say = (line: string): Promise<void> => writeOut(context.io.stdout, `${neutralize(line)}\n`);
  for (const { name, text } of files) {
    const result = importSigma(text, name);
    if (!result.taken) {
      counts.refused++;
      await say(`refused  ${name}: ${result.reason}`);
    } else if (write(options.to, name, result.text)) {
      counts.taken++;
      bySource.set(result.source, (bySource.get(result.source) ?? 0) + 1);
      for (const [from, to] of result.fields) mapped.set(from, to);
    } else {
      counts.there++;
      await say(`is there ${name}: not written over`);
    }
  }
  for (const [from, to] of [...mapped].sort(([a], [b]) => (a < b ? -1 : 1)))
    await say(`mapped   ${from} → ${to}`);
  for (const [source, count] of bySource) await say(`taken    ${count} for ${source}`);
  await say(
    `${counts.taken} of ${files.length} rules taken into ${options.to}, ${counts.refused} refused, ${counts.there} were there`,
  );
  context.exit = counts.refused + counts.there > 0 ? "incomplete" : "ok";
}

const isYaml = (name: string): boolean =>
  /\.ya?ml$/.test(name) && !/(^|\/)(tests|regression_data|\.github)\//.test(name);
/** A zip beyond this is not a set of rules. */
const MAX_ZIP = 128 * 1024 * 1024;
const MAX_FILES = 60_000;
const MAX_FILE = 1024 * 1024;

async function readForeign(place: string): Promise<{ name: string; text: string }[]> {
  const stat = statSync(place, { throwIfNoEntry: false });
  if (stat === undefined) throw new CliFailure("noInput", `${place} is not there`);
  if (stat.isFile()) {
    if (stat.size > MAX_ZIP) throw new CliFailure("failed", `${place} has more than ${MAX_ZIP} bytes`);
    const { readZip } = await import("../rules/zip.js");
    return readZip(readFileSync(place), isYaml);
  }
  const names = readdirSync(place, { recursive: true, encoding: "utf8" })
    .map((name) => name.replaceAll("\\", "/"))
    .filter(isYaml)
    .sort();
  if (names.length > MAX_FILES) throw new CliFailure("failed", `${place} holds more than ${MAX_FILES} rules`);
  return names.flatMap((name) => {
    const file = path.join(place, name);
    const { size } = statSync(file);
    return size > MAX_FILE || !statSync(file).isFile() ? [] : [{ name, text: readFileSync(file, "utf8") }];
  });
}

/** Writes one rule into a folder of its own. The name in the archive gives only the last part, in letters that are harmless. */
function write(to: string, name: string, text: string): boolean {
  const own = path
    .basename(name)
    .replace(/\.ya?ml$/, "")
    .replace(/[^\w-]/g, "_")
    .slice(0, 120);
  const folder = path.join(to, own === "" ? "_" : own);
  try {
    mkdirSync(folder, { recursive: true });
    writeFileSync(path.join(folder, "rule.yml"), text, { flag: "wx" });
    return true;
  } catch (error) {
    if (systemCode(error) === "EEXIST") return false;
    throw new CliFailure("cannotWrite", (error as Error).message, undefined, { cause: error });
  }
}

/** `telltale rules list|test|lint|import`: what needs no server. */
export function addRuleTools(rules: Command, context: Context): void {
  rules
    .command("list")
    .description("what is detected, with level and ATT&CK technique")
    .argument("[dir]", "folder of rules (default: those that ship)")
    .option("--json", "print one JSON object a line")
    .addHelpText("after", LIST_HELP)
    .action((dir: string | undefined, options: Json) => list(dir, options, context));
  rules
    .command("test")
    .description("run the events that lie beside rules")
    .argument("[dir]", "folder of rules (default: those that ship)")
    .addHelpText("after", TEST_HELP)
    .action((dir: string | undefined) => test(dir, context));
  rules
    .command("lint")
    .description("say what is wrong with rules, with file, line and key")
    .argument("[place]", "folder of rules, or one file (default: those that ship)")
    .option("--json", "print one JSON object a line")
    .addHelpText("after", LINT_HELP)
    .action((place: string | undefined, options: Json) => lint(place, options, context));
  rules
    .command("import")
    .description("take rules of SigmaHQ from a folder or zip")
    .argument("<place>", "folder or zip")
    .requiredOption("--to <dir>", "folder that they are written to")
    .addHelpText("after", IMPORT_HELP)
    .action((place: string, options: ImportOptions) => importRules(place, options, context));
}

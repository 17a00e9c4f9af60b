// SPDX-License-Identifier: Apache-2.0
import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import type { MirrorSide, Verdict, VerifyLogOptions } from "@telltale/log";
import type { Context, Register } from "../context.js";
import { CliFailure } from "../failure.js";
import type { ExitName } from "../exit-codes.js";
import { writeOut } from "../io.js";
import type { Against } from "../mirror/compare.js";
import { addDataOption, toDataDir } from "../options.js";
import { parseVkeyOption } from "../vkey-option.js";
import { readTrust } from "../witness-trust.js";
import type { Paint, Style } from "../ui/colour.js";

interface VerifyOptions {
  data?: string;
  log: string;
  vkey?: string;
  against?: string;
  url?: string;
  key?: string;
  requireWitness?: boolean;
  policy?: string;
  witnessKey?: string[];
  json?: boolean;
}

const HELP = `
Everything is computed again from the bytes of the events; no stored hash is believed.
A running server's directory can be verified too: what is signed when the check begins is checked.

With --against the events are also compared with a mirror's on a second machine: the same, how many are gone from the log, or
the first event that differs, as both sides have it. With --url the signed trees are compared and no events are downloaded.

Exit codes: 0 intact, 1 tampered, 2 incomplete, 3 unwitnessed (with --require-witness), 4 unverifiable.
With --against also 1 when events are gone or differ, 4 when the mirror is of another log.

With --policy or --witness-key the cosignatures beside the log are checked, too: 1 when the log is shorter than, or not, what was
witnessed; with --require-witness 3 when too few cosigned it, or nobody in the last minute although there are newer events.

Examples:
  $ telltale verify --data telltale-data
  $ telltale verify --require-witness --witness-key 'witness.example.com/w1+5f0c…+BA…'
  $ telltale verify /srv/mirror
  $ telltale verify --data telltale-data --against /mnt/mirror
  $ telltale verify --url https://log.example.com --against /srv/mirror
  $ telltale verify --data /mnt/backup --vkey "$(cat known-good.vkey)" --json
`;

const ENDS: Record<Verdict["verdict"], { exit: ExitName; word: string; style: Style }> = {
  intact: { exit: "ok", word: "INTACT", style: "green" },
  unwitnessed: { exit: "unwitnessed", word: "UNWITNESSED", style: "yellow" },
  incomplete: { exit: "incomplete", word: "INCOMPLETE", style: "yellow" },
  tampered: { exit: "failed", word: "TAMPERED", style: "red" },
  unverifiable: { exit: "unverifiable", word: "UNVERIFIABLE", style: "yellow" },
};

/** The exit of a verdict. Without --require-witness a log that only this server vouches for is in order. */
export function toExit(verdict: Verdict["verdict"], requireWitness: boolean): ExitName {
  return verdict === "unwitnessed" && !requireWitness ? "ok" : ENDS[verdict].exit;
}

const DIGITS = /[0-9a-f]{16,}|\d+/g;

/** Findings that differ only in their numbers, as the first of them and how many more there are. */
export function foldFindings(findings: readonly string[]): string[] {
  const kinds = new Map<string, { first: string; count: number }>();
  for (const finding of findings) {
    const kind = finding.replace(DIGITS, "#");
    const known = kinds.get(kind);
    if (known === undefined) kinds.set(kind, { first: finding, count: 1 });
    else known.count++;
  }
  return [...kinds.values()].map(({ first, count }) =>
    count === 1 ? first : `${first} (and ${count - 1} more like it)`,
  );
}

/** What there is to verify, and what it is compared with. */
interface Outcome {
  verdict?: Verdict;
  against?: Against;
}

function nothing(message: string): Outcome {
  return { verdict: { verdict: "unverifiable", size: 0, checked: 0, message, findings: [message] } };
}

async function openAgainst(dir: string): Promise<MirrorSide | Against> {
  const [{ isMirror }, { openMirrorSide }] = await Promise.all([
    import("@telltale/log"),
    import("../mirror/compare.js"),
  ]);
  if (!isMirror(dir)) throw new CliFailure("noInput", `--against ${dir} is not a mirror`);
  return openMirrorSide(dir);
}

/** The directory of a mirror, by itself or against another one. */
async function checkMirror(
  dir: string,
  mirror: MirrorSide | undefined,
  options: { vkey?: string; onProgress: NonNullable<VerifyLogOptions["onProgress"]> },
): Promise<Outcome> {
  const { DirectorySource, nodeFileSystem, verifyMirror } = await import("@telltale/log");
  const verdict = await verifyMirror({ dir, ...options });
  if (mirror === undefined || verdict.size === 0) return { verdict };
  const { compareTrees } = await import("../mirror/compare.js");
  return {
    verdict,
    against: await compareTrees(mirror, new DirectorySource(nodeFileSystem, join(dir, "tlog"))),
  };
}

async function checkDirectory(
  options: VerifyOptions,
  dir: string,
  mirror: MirrorSide | undefined,
  { io }: Context,
): Promise<Outcome> {
  const [{ isMirror, verifyLog }, { createProgress }, { formatCount }] = await Promise.all([
    import("@telltale/log"),
    import("../ui/progress.js"),
    import("../ui/units.js"),
  ]);
  const progress = createProgress(io, "verifying");
  const shared = {
    ...(options.vkey === undefined ? {} : { vkey: options.vkey }),
    onProgress: ({ checked, size }: { checked: number; size: number }) =>
      progress.update(checked, size, `${formatCount(checked)} of ${formatCount(size)} events`),
  };
  const whole = {
    ...shared,
    dataDir: dir,
    name: options.log,
    requireWitness: options.requireWitness === true,
    ...(await readTrust(options, io.now())),
  };
  try {
    if (isMirror(dir)) return await checkMirror(dir, mirror, shared);
    if (!existsSync(join(dir, "log", options.log))) {
      return nothing(`there is no log "${options.log}" in ${dir}: name the server's directory with --data`);
    }
    if (mirror === undefined) return { verdict: await verifyLog(whole) };
    const { compareDirectory, withWitness } = await import("../mirror/compare.js");
    return withWitness(await compareDirectory(mirror, whole));
  } finally {
    progress.clear();
  }
}

async function checkServer(options: VerifyOptions, mirror: MirrorSide, { io }: Context): Promise<Outcome> {
  const [{ createClient }, { HttpSource }, { compareTrees }] = await Promise.all([
    import("../client/client.js"),
    import("../mirror/http-source.js"),
    import("../mirror/compare.js"),
  ]);
  const source = new HttpSource(io, createClient(io, options, "read"));
  return { against: await compareTrees(mirror, source) };
}

async function check(options: VerifyOptions, dir: string, context: Context): Promise<Outcome> {
  if (options.url !== undefined && options.against === undefined) {
    throw new CliFailure(
      "usage",
      "--url compares a server with a mirror: name the mirror with --against DIR",
    );
  }
  // The mirror first: then a log that is growing can only be ahead of it.
  const mirror = options.against === undefined ? undefined : await openAgainst(resolve(options.against));
  if (mirror !== undefined && "mirror" in mirror) return { against: mirror };
  if (mirror !== undefined && options.vkey !== undefined && options.vkey !== mirror.state.pin.vkey) {
    const { otherLog } = await import("../mirror/compare.js");
    return { against: otherLog(mirror, "and --vkey is another key than the one that it pinned") };
  }
  if (options.url !== undefined && mirror !== undefined) return checkServer(options, mirror, context);
  return checkDirectory(options, dir, mirror, context);
}

/** The worst of both: what was changed or is gone counts most. */
export function toWorst(verdict: ExitName, against: ExitName): ExitName {
  return verdict === "failed" || against === "failed" ? "failed" : verdict === "ok" ? against : verdict;
}

async function formatVerdict(verdict: Verdict, log: string, ms: number, paint: Paint): Promise<string[]> {
  const [{ neutralize }, units] = await Promise.all([import("@telltale/event"), import("../ui/units.js")]);
  const { word, style } = ENDS[verdict.verdict];
  const lines = [`${paint("bold", paint(style, word))}  ${neutralize(verdict.message)}`];
  const what =
    verdict.size === 0
      ? "no event"
      : `${units.plural(verdict.checked, "event")} of ${units.formatCount(verdict.size)} signed`;
  lines.push(`  checked    ${what}, in ${units.formatDuration(ms)}`);
  if (verdict.provenTo !== undefined && verdict.provenTo > 0) {
    lines.push(`  proven     ${log}:0 to ${log}:${verdict.provenTo - 1}`);
  }
  if (verdict.firstBad !== undefined) lines.push(`  first bad  ${log}:${verdict.firstBad}`);
  for (const finding of foldFindings(verdict.findings.filter((each) => each !== verdict.message))) {
    lines.push(`  found      ${neutralize(finding)}`);
  }
  return lines;
}

async function run(named: string | undefined, options: VerifyOptions, context: Context): Promise<void> {
  const { io } = context;
  const dataDir = toDataDir(named === undefined ? options : { data: named }, io);
  const started = io.now();
  const vkey = options.vkey === undefined ? undefined : await parseVkeyOption(options.vkey);
  const { verdict, against } = await check({ ...options, ...(vkey && { vkey }) }, dataDir, context);
  const ms = io.now() - started;
  const { formatAgainst, toAgainstJson, toCompareExit } = await import("../mirror/compare-report.js");
  context.exit = toWorst(
    verdict === undefined ? "ok" : toExit(verdict.verdict, options.requireWitness === true),
    against === undefined ? "ok" : toCompareExit(against),
  );
  if (options.json === true) {
    const { escapeDeceptive } = await import("@telltale/event");
    const where = options.url === undefined ? { dataDir, log: options.log } : { url: options.url };
    const answer = { ...where, ...verdict, ms, ...(against && { against: toAgainstJson(against) }) };
    await writeOut(io.stdout, `${escapeDeceptive(JSON.stringify(answer))}\n`);
    return;
  }
  const { paintFor } = await import("../ui/colour.js");
  const paint = paintFor(io, "stdout");
  const lines = verdict === undefined ? [] : await formatVerdict(verdict, options.log, ms, paint);
  if (against !== undefined) lines.push(...formatAgainst(against, paint));
  await writeOut(io.stdout, `${lines.join("\n")}\n`);
}

export const registerVerify: Register = (program, context) => {
  const command = program
    .command("verify")
    .description("check that nothing in a log, or in a mirror, was changed")
    .argument("[dir]", "the server's or the mirror's directory; as --data");
  addDataOption(command)
    .option("--log <name>", "the log in that directory", "main")
    .option("--vkey <key>", "the log's public key as you know it (default: the one beside the log)")
    .option("--against <mirror>", "compare with what this mirror's directory holds")
    .option("--url <url>", "with --against: compare a running server's signed tree, not a directory")
    .option("--key <token>", "with --url: API key of role read (default: TELLTALE_KEY)")
    .option(
      "--require-witness",
      "do not accept a log that only its own server vouches for: a mirror or witnesses have to",
    )
    .option("--policy <file>", "believe the witnesses of this file (C2SP tlog-policy)")
    .option(
      "--witness-key <key>",
      "believe this witness; once for each, all of them have to cosign",
      (key: string, keys: string[] | undefined) => [...(keys ?? []), key],
    )
    .option("--json", "print the verdict as one JSON object")
    .addHelpText("after", HELP)
    .action((dir: string | undefined, options: VerifyOptions) => run(dir, options, context));
};

// SPDX-License-Identifier: Apache-2.0
import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import type { Context, Register } from "../context.js";
import { CliFailure } from "../failure.js";
import { type CliIo, writeOut } from "../io.js";
import { addDataOption, addHeadDirOption, toDataDir, toHeadDir } from "../options.js";
import type { Outcome, VerifyOptions } from "../verify/options.js";
import { parseVkeyOption } from "../vkey-option.js";

const HELP = `
What is named may be a server's data directory, a mirror, an archive of retention, a bundle of evidence (zip or folder), or the address of a server.
--data names a data directory or a mirror only. A directory that holds a log is checked as a log, whatever else lies in it.
Everything is computed again from the bytes of the events; no stored hash is believed.
A running server's directory can be verified too: what is signed when the check begins is checked.
Over HTTP the checkpoint, all hash tiles and all events are fetched and verified, and nothing is stored. Where only the hashes are public it says so.

With --against the events are also compared with a mirror's on a second machine: the same, how many are gone from the log, or
the first event that differs, as both sides have it. With --url the signed trees are compared and no events are downloaded.
Of two bundles --against finds what one log cannot both have signed: that is proof for anybody that it showed two histories.

Exit codes: 0 intact, 1 tampered, 2 incomplete, 3 unwitnessed (with --require-witness), 4 unverifiable.
With --against also 1 when events are gone or differ, 4 when the other side is of another log. Zero events checked is never a pass.

With --policy or --witness-key the cosignatures beside the log are checked, too: 1 when the log is shorter than, or not, what was
witnessed; with --require-witness 3 when too few cosigned it, or nobody in the last minute although there are newer events.

With --evidence the log is also held against what it signed for somebody else: 1 when it is shorter, or not what that was. A witness shows
what it cosigned last at /<SHA-256 of the origin>/checkpoint; whoever put back an old copy of everything here could not put that back.

Examples:
  $ telltale verify --data telltale-data
  $ telltale verify --require-witness --witness-key 'witness.example.com/w1+5f0c…+BA…'
  $ telltale verify /srv/mirror
  $ telltale verify https://log.example.com --vkey "$(cat known-good.vkey)"
  $ telltale verify bundle.zip --vkey "$(cat known-good.vkey)"
  $ telltale verify mine.zip --against theirs.zip
  $ telltale verify /srv/archive
  $ telltale verify --data telltale-data --against /mnt/mirror
  $ telltale verify --url https://log.example.com --against /srv/mirror
  $ telltale verify --data /mnt/backup --vkey "$(cat known-good.vkey)" --json
`;

/** What was named: exactly one of these. */
type Target = { kind: "server" | "bundle" | "archive" | "directory"; place: string };

const ADDRESS = /^https?:\/\//i;

async function findTarget(named: string | undefined, options: VerifyOptions, io: CliIo): Promise<Target> {
  if (named !== undefined && ADDRESS.test(named)) {
    if (options.url !== undefined) throw new CliFailure("usage", "name one server, not two");
    return { kind: "server", place: named };
  }
  if (options.url !== undefined) {
    if (named !== undefined) throw new CliFailure("usage", "name a directory or --url, not both");
    return { kind: "server", place: options.url };
  }
  const place = toDataDir(named === undefined ? options : { data: named }, io);
  const kind = named === undefined ? "directory" : await kindOf(place);
  await verifyHeadStore({ kind, place }, named === undefined ? toHeadDir(options, io) : options.headDir);
  return { kind, place };
}

/** What lies at a place that was named. A log counts first: files that somebody puts beside it must not be checked in its stead. */
async function kindOf(place: string): Promise<Target["kind"]> {
  if (existsSync(join(place, "log"))) return "directory";
  const { findArchives, isEvidence } = await import("@telltale/log");
  if (await isEvidence(place)) return "bundle";
  return findArchives(place).length > 0 ? "archive" : "directory";
}

/** A head store belongs to a server's data: where something else lies it would not be asked, and nobody would be told. */
async function verifyHeadStore({ kind, place }: Target, headDir: string | undefined): Promise<void> {
  if (headDir === undefined) return;
  const { isMirror } = await import("@telltale/log");
  if (kind === "directory" && !isMirror(place)) return;
  const what = kind === "directory" ? "a mirror" : kind === "archive" ? "an archive" : "a bundle of evidence";
  throw new CliFailure(
    "unverifiable",
    `${place} is ${what}, and the head store in ${headDir} is that of a server's data`,
    "Was the data directory replaced? Else leave --head-dir and TELLTALE_HEAD_DIR away",
  );
}

async function check({ kind, place }: Target, options: VerifyOptions, context: Context): Promise<Outcome> {
  if (options.tsaCa !== undefined && kind !== "directory")
    throw new CliFailure("usage", "--tsa-ca is for a data directory: timestamps are kept there");
  const isServer = kind === "directory" || (kind === "server" && options.against === undefined);
  if (options.evidence !== undefined && !isServer)
    throw new CliFailure("usage", "--evidence is for the log of a server: name its directory or its address");
  if (kind === "bundle") {
    const against = options.against === undefined ? {} : { against: resolve(options.against) };
    return (await import("../verify/bundle.js")).verifyBundle({ ...options, ...against }, place, context);
  }
  if (kind === "archive") {
    if (options.against !== undefined)
      throw new CliFailure("usage", "an archive is verified by itself: leave --against away");
    return (await import("../verify/archive.js")).verifyArchived(options, place, context);
  }
  if (kind === "server" && options.against === undefined)
    return (await import("../verify/remote.js")).verifyRemote(options, place, context);
  const { verifyDirectory } = await import("../verify/directory.js");
  return verifyDirectory(kind === "server" ? { ...options, url: place } : options, place, context);
}

async function print(
  target: Target,
  outcome: Outcome,
  options: VerifyOptions,
  ms: number,
  io: CliIo,
): Promise<void> {
  const { verdict, against, evidence, compared, notes = [] } = outcome;
  const { formatAgainst, toAgainstJson } = await import("../mirror/compare-report.js");
  if (options.json === true) {
    const [{ escapeDeceptive }, { toEvidenceJson }] = await Promise.all([
      import("@telltale/event"),
      import("../evidence/report.js"),
    ]);
    const where =
      target.kind === "server"
        ? { url: target.place }
        : target.kind === "directory"
          ? { dataDir: target.place, log: options.log }
          : { [target.kind]: target.place };
    const details = evidence === undefined ? {} : toEvidenceJson(evidence);
    const other = against === undefined ? {} : { against: toAgainstJson(against) };
    const answer = {
      ...where,
      ...verdict,
      ...details,
      ms,
      ...(notes.length > 0 && { notes }),
      ...other,
      ...(compared && { against: compared }),
    };
    await writeOut(io.stdout, `${escapeDeceptive(JSON.stringify(answer))}\n`);
    return;
  }
  const [{ paintFor }, words, report, { neutralize }] = await Promise.all([
    import("../ui/colour.js"),
    import("../verify/words.js"),
    import("../evidence/report.js"),
    import("@telltale/event"),
  ]);
  const paint = paintFor(io, "stdout");
  const lines: string[] = [];
  if (evidence !== undefined) {
    lines.push(
      words.formatHeadline(evidence, paint),
      ...report.formatEvidence(evidence),
      ...words.formatFindings(evidence),
    );
  } else if (verdict !== undefined) lines.push(...words.formatVerdict(verdict, options.log, ms, paint));
  lines.push(...notes.map((each) => `  note       ${neutralize(each)}`));
  if (against !== undefined) lines.push(...formatAgainst(against, paint));
  if (compared !== undefined) lines.push(...report.formatCompared(compared, paint));
  await writeOut(io.stdout, `${lines.join("\n")}\n`);
}

async function run(named: string | undefined, given: VerifyOptions, context: Context): Promise<void> {
  const { io } = context;
  const target = await findTarget(named, given, io);
  const started = io.now();
  const vkey = given.vkey === undefined ? undefined : await parseVkeyOption(given.vkey);
  const options = { ...given, ...(vkey && { vkey }) };
  const outcome = await check(target, options, context);
  const { verdict, against, compared } = outcome;
  const [{ toCompareExit }, { toExit, toWorst }, { toBundleExit }] = await Promise.all([
    import("../mirror/compare-report.js"),
    import("../verify/words.js"),
    import("../evidence/report.js"),
  ]);
  context.exit = [
    ...(against === undefined ? [] : [toCompareExit(against)]),
    ...(compared === undefined ? [] : [toBundleExit(compared.relation)]),
  ].reduce(toWorst, verdict === undefined ? "ok" : toExit(verdict.verdict, options.requireWitness === true));
  await print(target, outcome, options, io.now() - started, io);
}

export const registerVerify: Register = (program, context) => {
  const command = program
    .command("verify")
    .description("check that nothing in a log, a mirror, an archive or a bundle was changed")
    .argument("[what]", "a directory, a bundle of evidence, or the address of a server (default: --data)");
  addHeadDirOption(addDataOption(command))
    .option("--log <name>", "the log in that directory", "main")
    .option("--vkey <key>", "the log's public key as you know it (default: the one beside the log)")
    .option(
      "--tsa-ca <file>",
      "certificates of timestamp authorities that you trust, PEM: each timestamp must lead to one",
    )
    .option("--against <other>", "compare with a mirror's directory; for a bundle, with another bundle")
    .option("--url <url>", "a running server; with --against its signed tree is compared with the mirror's")
    .option("--key <token>", "for a server: API key of role read (default: TELLTALE_KEY)")
    .option(
      "--require-witness",
      "do not accept a log that only its own server vouches for: a mirror or witnesses have to",
    )
    .option(
      "--evidence <file>",
      "a checkpoint or receipt that somebody else kept; once for each, the log has to go on from all",
      (file: string, files: string[] | undefined) => [...(files ?? []), file],
    )
    .option("--policy <file>", "believe the witnesses of this file (C2SP tlog-policy)")
    .option(
      "--witness-key <key>",
      "believe this witness; once for each, all of them have to cosign",
      (key: string, keys: string[] | undefined) => [...(keys ?? []), key],
    )
    .option("--json", "print the verdict as one JSON object")
    .addHelpText("after", HELP)
    .action((what: string | undefined, options: VerifyOptions) => run(what, options, context));
};

// SPDX-License-Identifier: Apache-2.0
import { resolve } from "node:path";
import type { EvidenceReport, Selection } from "@telltale/merkle/evidence";
import type { Context, Register } from "../context.js";
import type { ExitName } from "../exit-codes.js";
import { CliFailure } from "../failure.js";
import { type CliIo, note, writeOut } from "../io.js";
import { addClientOptions, type ClientOptions, toDataDir, wholeNumber } from "../options.js";

interface EvidenceOptions extends ClientOptions {
  query?: string;
  from?: string;
  to?: string;
  alert?: string;
  index?: number;
  limit: number;
  out?: string;
  data?: string;
  log: string;
  vkey?: string;
  policy?: string;
  witnessKey?: string[];
  verifier?: string;
  json?: boolean;
}

const HELP = `
A bundle is a zip of events, the proof of each that it stands in the signed log, the signed checkpoint, the keys, and a README that says how anybody
checks it: with telltale verify, with a page in a browser (--verifier), or with other people's tools. It is verified before it gets its name.

Over HTTP (a key of role read) each export is an event of the log, which stands in the bundle, so that nothing can be taken out of it unseen.
With --data the log is read from a directory, also a copy on a read-only disk: all of it is verified, and nothing is written down in it.
--from and --to mean when Telltale received an event. With more than --limit events the newest are taken, and the bundle says so.

Examples:
  $ telltale evidence --query 'actor.id:alice' --from 2026-11-01 --out alice.zip
  $ telltale evidence --alert 0197f0a2-… --out case-17.zip
  $ telltale evidence --data /mnt/copy --query 'level:critical' --out critical.zip
  $ telltale evidence --verifier verifier.html
  $ telltale verify alice.zip --vkey "$(cat known-good.vkey)"
`;

const LARGEST_INDEX = 999_999_999_999_999;
/** One more has its place in a bundle: the log's own event about the export. */
const MAX_LIMIT = 49_999;

function toSelection({ query, from, to, alert, index }: EvidenceOptions): Selection {
  return {
    ...(query === undefined ? {} : { query }),
    ...(from === undefined ? {} : { from }),
    ...(to === undefined ? {} : { to }),
    ...(alert === undefined ? {} : { alert }),
    ...(index === undefined ? {} : { index }),
  };
}

/** Throws CliFailure `usage` unless the options say one thing. */
function verifyOptions(options: EvidenceOptions): void {
  const { query, from, to, alert, index, data, url } = options;
  const kinds = [
    query !== undefined || from !== undefined || to !== undefined,
    alert !== undefined,
    index !== undefined,
  ];
  const said = kinds.filter(Boolean).length;
  if (said === 0)
    throw new CliFailure(
      "usage",
      "say which events: --query, --from, --to, --alert or --index",
      "--query '' is all of them",
    );
  if (said > 1) throw new CliFailure("usage", "name a query, an alert or an index, not several of them");
  if (data !== undefined && url !== undefined)
    throw new CliFailure("usage", "--data and --url are two places: name one");
  if (data !== undefined && alert !== undefined)
    throw new CliFailure(
      "usage",
      "--alert asks a running server",
      "The page of an alert names its events: use --index",
    );
}

async function writeVerifier(file: string, context: Context): Promise<void> {
  const [{ readVerifierPage }, { OutFile }] = await Promise.all([
    import("@telltale/server/local"),
    import("../evidence/out-file.js"),
  ]);
  const page = await readVerifierPage();
  if (page === undefined)
    throw new CliFailure(
      "noInput",
      "the verifier page is not built",
      "Run npm run build in the checkout of Telltale",
    );
  const out = await OutFile.create(resolve(file));
  try {
    await out.take(toPieces(page), () => undefined);
    await out.keep();
  } catch (error) {
    await out.discard();
    throw error;
  }
  note(context.io, `The verifier: ${file}. Open it in a browser, drop a bundle on it. It uses no network.`);
}

async function* toPieces(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}

/** The pieces of the bundle, from where the options say. */
async function* fetchBundle(
  options: EvidenceOptions,
  part: string,
  { io }: Context,
): AsyncGenerator<Uint8Array> {
  const [{ createProgress }, { formatCount, formatBytes }] = await Promise.all([
    import("../ui/progress.js"),
    import("../ui/units.js"),
  ]);
  const selection = toSelection(options);
  if (options.data === undefined) {
    const { requestEvidence } = await import("../evidence/from-server.js");
    const progress = createProgress(io, "receiving");
    const { query: q, index, ...rest } = selection;
    const asked = { q, ...rest, ...(index === undefined ? {} : { index: String(index) }) };
    try {
      const { events, pieces } = await requestEvidence(io, options, {
        ...asked,
        limit: String(options.limit),
      });
      const of = events === undefined ? "" : `, ${formatCount(events)} events`;
      let size = 0;
      for await (const piece of pieces) {
        size += piece.length;
        progress.update(size, undefined, `${formatBytes(size)}${of}`);
        yield piece;
      }
    } finally {
      progress.clear();
    }
    return;
  }
  const [{ evidenceFromDirectory }, { readTrust }, { readVersion }] = await Promise.all([
    import("../evidence/from-directory.js"),
    import("../witness-trust.js"),
    import("@telltale/server/local"),
  ]);
  const bars = { reading: createProgress(io, "reading the log"), writing: createProgress(io, "writing") };
  const { witness } = await readTrust(options, io.now());
  try {
    yield* evidenceFromDirectory(io, {
      dataDir: toDataDir(options, io),
      log: options.log,
      ...(options.vkey !== undefined && { vkey: options.vkey }),
      ...(witness !== undefined && { policy: witness.policy }),
      selection,
      limit: options.limit,
      spool: part,
      by: `telltale ${readVersion()}`,
      onProgress: ({ done, total }, what) =>
        bars[what].update(done, total, `${formatCount(done)} of ${formatCount(total)}`),
    });
  } finally {
    bars.reading.clear();
    bars.writing.clear();
  }
}

/** A bundle that was just made and is not in order is no evidence: what is wrong with it is told, and it gets no name. */
function verifyMade({ verdict, message }: EvidenceReport): ExitName {
  if (verdict === "intact" || verdict === "unwitnessed") return "ok";
  if (verdict === "incomplete") return "incomplete";
  throw new CliFailure(
    verdict === "tampered" ? "failed" : "unverifiable",
    `the bundle does not verify: ${message}`,
  );
}

async function printMade(
  io: CliIo,
  file: string,
  made: { report: EvidenceReport; size: number; sha256: string },
  json: boolean,
) {
  const { report, size, sha256 } = made;
  const [{ formatEvidence, toEvidenceJson }, { neutralize, escapeDeceptive }, { formatBytes }] =
    await Promise.all([import("../evidence/report.js"), import("@telltale/event"), import("../ui/units.js")]);
  if (json) {
    const answer = { file, bytes: size, sha256, ...toEvidenceJson(report) };
    await writeOut(io.stdout, `${escapeDeceptive(JSON.stringify(answer))}\n`);
    return;
  }
  const lines = [
    `${file}  ${formatBytes(size)}`,
    `  sha256     ${sha256}`,
    ...formatEvidence(report),
    ...report.notes.map((each) => `  note       ${neutralize(each)}`),
  ];
  if (report.verdict === "incomplete") lines.push(`  incomplete ${neutralize(report.message)}`);
  await writeOut(io.stdout, `${lines.join("\n")}\n`);
}

async function makeBundle(options: EvidenceOptions, out: string, context: Context): Promise<void> {
  const { io } = context;
  const [{ OutFile }, { checkEvidence }] = await Promise.all([
    import("../evidence/out-file.js"),
    import("../evidence/check.js"),
  ]);
  const file = await OutFile.create(resolve(out));
  try {
    await file.take(fetchBundle(options, file.part, context), () => undefined);
    if (io.signal.aborted) throw new CliFailure("interrupted", "stopped");
    const vkey = options.vkey === undefined ? {} : { vkey: options.vkey };
    const report = await checkEvidence(io, file.part, vkey);
    if (io.signal.aborted) throw new CliFailure("interrupted", "stopped");
    context.exit = verifyMade(report);
    await file.keep();
    await printMade(io, out, { report, size: file.size, sha256: file.sha256() }, options.json === true);
  } catch (error) {
    await file.discard();
    throw error;
  }
}

async function run(given: EvidenceOptions, context: Context): Promise<void> {
  const { io } = context;
  if (given.verifier !== undefined) await writeVerifier(given.verifier, context);
  if (given.out === undefined) {
    if (given.verifier !== undefined) return;
    throw new CliFailure("usage", "name the file of the bundle with --out FILE");
  }
  verifyOptions(given);
  const [{ parseTimeOption }, { withQuery }, { parseVkeyOption }] = await Promise.all([
    import("../client/times.js"),
    import("../client/bad-query.js"),
    import("../vkey-option.js"),
  ]);
  const { from, to, vkey } = given;
  const options: EvidenceOptions = {
    ...given,
    ...(from === undefined ? {} : { from: parseTimeOption("--from", from, io.now()) }),
    ...(to === undefined ? {} : { to: parseTimeOption("--to", to, io.now()) }),
    ...(vkey === undefined ? {} : { vkey: await parseVkeyOption(vkey) }),
  };
  const out = given.out;
  await withQuery(options.query, () => makeBundle(options, out, context));
}

export const registerEvidence: Register = (program, context) => {
  const command = program
    .command("evidence")
    .description("put events and their proofs into a zip that anybody can check")
    .option("-q, --query <query>", "the events that this finds; '' is all of them")
    .option("--from <time>", "received at or after this: 15m, 24h, 7d, a date or a time")
    .option("--to <time>", "received before this")
    .option("--alert <id>", "the events that an alert rests on")
    .option("--index <n>", "one event, by its index", wholeNumber(0, LARGEST_INDEX))
    .option("-n, --limit <events>", "how many at most, the newest", wholeNumber(1, MAX_LIMIT), 10_000)
    .option("-o, --out <file>", "the zip to write; one that is there already is not replaced");
  addClientOptions(command)
    .option("--data <dir>", "read the directory of a server or of a mirror instead of asking a server")
    .option("--log <name>", "with --data: the log in that directory", "main")
    .option("--vkey <key>", "the log's public key as you know it: no other is accepted")
    .option(
      "--policy <file>",
      "with --data: the witnesses of this file (C2SP tlog-policy) go into the bundle",
    )
    .option(
      "--witness-key <key>",
      "with --data: this witness goes into the bundle; once for each",
      (key: string, keys: string[] | undefined) => [...(keys ?? []), key],
    )
    .option("--verifier <file>", "write the page that checks bundles in a browser, without a network")
    .option("--json", "print what was made as one JSON object")
    .addHelpText("after", HELP)
    .action((options: EvidenceOptions) => run(options, context));
};

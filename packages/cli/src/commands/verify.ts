// SPDX-License-Identifier: Apache-2.0
import { existsSync } from "node:fs";
import { join } from "node:path";
import type { Verdict } from "@telltale/log";
import type { Context, Register } from "../context.js";
import { CliFailure } from "../failure.js";
import type { ExitName } from "../exit-codes.js";
import { writeOut } from "../io.js";
import { addDataOption, toDataDir } from "../options.js";
import type { Style } from "../ui/colour.js";

interface VerifyOptions {
  data?: string;
  log: string;
  vkey?: string;
  requireWitness?: boolean;
  json?: boolean;
}

const HELP = `
Everything is computed again from the bytes of the events; no stored hash is believed.
A running server's directory can be verified too: what is signed when the check begins is checked.

Exit codes: 0 intact, 1 tampered, 2 incomplete, 3 unwitnessed (with --require-witness), 4 unverifiable.

Examples:
  $ telltale verify --data telltale-data
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

/** A slip in typing must not look like a log that was changed. Throws CliFailure `usage`. */
async function parseVkeyOption(text: string): Promise<string> {
  const [{ ED25519, MerkleError, parseVkey }, { nodeCrypto }] = await Promise.all([
    import("@telltale/merkle"),
    import("@telltale/merkle/node"),
  ]);
  const hint =
    "It looks like telltale/92e0fc…+c592132e+AR95…: a name, 8 hex digits and base64, as in DATA/keys/main.vkey";
  try {
    const key = text.trim();
    if (parseVkey(nodeCrypto, key).type === ED25519) return key;
  } catch (error) {
    if (!(error instanceof MerkleError)) throw error;
    throw new CliFailure("usage", `--vkey is ${error.message}`, hint, { cause: error });
  }
  throw new CliFailure("usage", "--vkey is the key of a witness, not of a log", hint);
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

async function check(options: VerifyOptions, dataDir: string, { io }: Context): Promise<Verdict> {
  if (!existsSync(join(dataDir, "log", options.log))) {
    const message = `there is no log "${options.log}" in ${dataDir}: name the server's directory with --data`;
    return { verdict: "unverifiable", size: 0, checked: 0, message, findings: [message] };
  }
  const [{ verifyLog }, { createProgress }, { formatCount }] = await Promise.all([
    import("@telltale/log"),
    import("../ui/progress.js"),
    import("../ui/units.js"),
  ]);
  const progress = createProgress(io, "verifying");
  return verifyLog({
    dataDir,
    name: options.log,
    ...(options.vkey === undefined ? {} : { vkey: options.vkey }),
    requireWitness: options.requireWitness === true,
    onProgress: ({ checked, size }) =>
      progress.update(checked, size, `${formatCount(checked)} of ${formatCount(size)} events`),
  }).finally(() => progress.clear());
}

async function run(options: VerifyOptions, context: Context): Promise<void> {
  const { io } = context;
  const dataDir = toDataDir(options, io);
  const started = io.now();
  const vkey = options.vkey === undefined ? undefined : await parseVkeyOption(options.vkey);
  const verdict = await check({ ...options, ...(vkey === undefined ? {} : { vkey }) }, dataDir, context);
  const ms = io.now() - started;
  context.exit = toExit(verdict.verdict, options.requireWitness === true);
  if (options.json === true) {
    const { escapeDeceptive } = await import("@telltale/event");
    await writeOut(
      io.stdout,
      `${escapeDeceptive(JSON.stringify({ dataDir, log: options.log, ...verdict, ms }))}\n`,
    );
    return;
  }
  const [{ neutralize }, { paintFor }, units] = await Promise.all([
    import("@telltale/event"),
    import("../ui/colour.js"),
    import("../ui/units.js"),
  ]);
  const paint = paintFor(io, "stdout");
  const { word, style } = ENDS[verdict.verdict];
  const lines = [`${paint("bold", paint(style, word))}  ${neutralize(verdict.message)}`];
  lines.push(
    `  checked    ${units.plural(verdict.checked, "event")} of ${units.formatCount(verdict.size)} signed, in ${units.formatDuration(ms)}`,
  );
  if (verdict.provenTo !== undefined && verdict.provenTo > 0) {
    lines.push(`  proven     ${options.log}:0 to ${options.log}:${verdict.provenTo - 1}`);
  }
  if (verdict.firstBad !== undefined) lines.push(`  first bad  ${options.log}:${verdict.firstBad}`);
  for (const finding of foldFindings(verdict.findings.filter((each) => each !== verdict.message))) {
    lines.push(`  found      ${neutralize(finding)}`);
  }
  await writeOut(io.stdout, `${lines.join("\n")}\n`);
}

export const registerVerify: Register = (program, context) => {
  addDataOption(program.command("verify").description("check that nothing in a log was changed"))
    .option("--log <name>", "the log in that directory", "main")
    .option("--vkey <key>", "the log's public key as you know it (default: the one beside the log)")
    .option("--require-witness", "do not accept a log that only its own server vouches for")
    .option("--json", "print the verdict as one JSON object")
    .addHelpText("after", HELP)
    .action((options: VerifyOptions) => run(options, context));
};

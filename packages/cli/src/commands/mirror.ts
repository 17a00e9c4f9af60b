// SPDX-License-Identifier: Apache-2.0
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import type { Command } from "commander";
import type { Context, Register } from "../context.js";
import { CliFailure } from "../failure.js";
import { type CliIo, note, writeOut } from "../io.js";
import { wholeNumber } from "../options.js";
import type { MirrorStatus } from "../mirror/status.js";
import type * as Units from "../ui/units.js";
import { parseVkeyOption } from "../vkey-option.js";

interface MirrorOptions {
  from?: string;
  data?: string;
  key?: string;
  keyFile?: string;
  vkey?: string;
  once?: boolean;
  interval: number;
}

const HELP = `
On a second machine: pulls the events of a log, checks each against the signed checkpoint, keeps them for ever and cosigns what
it holds. Whoever takes over the first server can then neither delete nor change what was pulled. A log that goes back or
signs a second history is refused (exit code 1), and both signed checkpoints are kept in DIR/evidence.

It needs a key with the role read. At first contact the log's key is pinned: give it with --vkey, or compare the fingerprint
that is shown. A mirror removes nothing by itself, also when the server prunes; to free its disk begin a new one in
another directory, and keep the old one as long as its events are wanted.

Examples:
  $ telltale mirror --from https://log.example.com --data /srv/mirror --vkey "$(cat main.vkey)"
  $ telltale mirror --data /srv/mirror --once           what was said at first contact is remembered
  $ telltale mirror status /srv/mirror
  $ telltale verify /srv/mirror                         check everything that the mirror holds
  $ telltale verify --url https://log.example.com --against /srv/mirror
`;

const MAX_KEY_FILE = 4096;

/** The token from --key-file; undefined when there is no such option. */
function readKeyFile(file: string | undefined): string | undefined {
  if (file === undefined) return undefined;
  try {
    const text = readFileSync(file, "utf8");
    if (text.length <= MAX_KEY_FILE) return text.trim();
  } catch (error) {
    throw new CliFailure("noInput", `the key file cannot be read: ${(error as Error).message}`, undefined, {
      cause: error,
    });
  }
  throw new CliFailure("usage", `${file} holds more than a key`);
}

function toMirrorDir(text: string | undefined, io: CliIo): string {
  // Not the server's default: a mirror in the server's directory would be none.
  if (text !== undefined && text !== "") return resolve(text);
  const hint =
    io.env["TELLTALE_DATA"] === undefined ? undefined : "TELLTALE_DATA is the server's and not used here";
  throw new CliFailure("usage", "name the mirror's own directory with --data DIR", hint);
}

async function run(options: MirrorOptions, { io }: Context): Promise<void> {
  const dir = toMirrorDir(options.data, io);
  const vkey = options.vkey === undefined ? undefined : await parseVkeyOption(options.vkey);
  const key = options.key ?? readKeyFile(options.keyFile);
  const [{ MirrorStore }, { toMirrorFailure }, { createProgress }] = await Promise.all([
    import("@telltale/log"),
    import("../mirror/failure.js"),
    import("../ui/progress.js"),
  ]);
  const [{ createClient, mustHaveKey, parseUrl }, { HttpSource }, { pinKey }, { followMirror }] =
    await Promise.all([
      import("../client/client.js"),
      import("../mirror/http-source.js"),
      import("../mirror/first-contact.js"),
      import("../mirror/follow.js"),
    ]);
  const keyOption = key === undefined ? {} : { key };
  mustHaveKey(keyOption, io, "read"); // before a directory is made
  if (options.from !== undefined) parseUrl(options.from);
  try {
    const store = await MirrorStore.open({ dir });
    try {
      const url = options.from ?? io.env["TELLTALE_URL"] ?? (store.isPinned ? store.pin.source : undefined);
      if (url === undefined) throw new CliFailure("usage", "name the server with --from URL");
      const client = createClient(io, { url, ...keyOption }, "read");
      const source = new HttpSource(io, client);
      await pinKey({ io, store, source, url: client.url, vkey });
      note(io, `Mirroring ${store.logKey.name} from ${client.url} to ${dir}`);
      const intervalMs = 1000 * options.interval;
      const progress = createProgress(io, "mirroring");
      await followMirror({ io, store, source, progress, once: options.once === true, intervalMs });
    } finally {
      await store.close();
    }
  } catch (error) {
    throw toMirrorFailure(error);
  }
}

interface StatusOptions {
  data?: string;
  json?: boolean;
  maxAge?: number;
}

function formatStatus(
  status: MirrorStatus,
  ageMs: number,
  { plural, formatDuration }: typeof Units,
): string[] {
  const gone = status.absent.reduce((sum, { first, next }) => sum + next - first, 0);
  const how = status.pinned === "given" ? "given by you" : "taken from the server at first contact";
  return [
    `log        ${status.origin}`,
    `key        ${status.vkey}`,
    `           fingerprint ${status.fingerprint}, ${how}, ${status.since}`,
    `from       ${status.source}`,
    `held       ${plural(status.size, "event")}, last seen to be the newest ${formatDuration(ageMs)} ago (${status.seen})`,
    ...(gone > 0
      ? [`never held ${plural(gone, "event")}, pruned at the source before they could be pulled`]
      : []),
    `cosigner   ${status.cosigner}`,
    ...status.evidence.map((name) => `EVIDENCE   ${resolve(status.dir, "evidence", name)}`),
  ];
}

async function showStatus(text: string | undefined, options: StatusOptions, context: Context) {
  const { io } = context;
  const dir = toMirrorDir(text ?? options.data, io);
  const [
    { isMirror, LogError },
    { readStatus },
    { toMirrorFailure },
    { escapeDeceptive, neutralize },
    units,
  ] = await Promise.all([
    import("@telltale/log"),
    import("../mirror/status.js"),
    import("../mirror/failure.js"),
    import("@telltale/event"),
    import("../ui/units.js"),
  ]);
  if (!isMirror(dir)) throw new CliFailure("noInput", `${dir} is not a mirror`);
  const status = await readStatus(dir).catch((error: unknown) => {
    if (error instanceof LogError && error.code === "no_log") throw new CliFailure("noInput", error.message);
    throw toMirrorFailure(error);
  });
  const ageMs = Math.max(0, io.now() - Date.parse(status.seen));
  const isStale = ageMs > 60_000 * (options.maxAge ?? Number.POSITIVE_INFINITY);
  context.exit = status.evidence.length > 0 ? "failed" : isStale ? "incomplete" : "ok";
  if (options.json === true) return writeOut(io.stdout, `${escapeDeceptive(JSON.stringify(status))}\n`);
  const lines = formatStatus(status, ageMs, units);
  await writeOut(io.stdout, `${lines.map(neutralize).join("\n")}\n`);
}

function addStatus(mirror: Command, context: Context): void {
  mirror
    .command("status")
    .description("what a mirror holds, of which log, and since when; exit code 1 when it keeps evidence")
    .argument("[dir]", "the mirror's directory")
    .option(
      "--max-age <minutes>",
      "exit code 2 when the log was not seen for this long",
      wholeNumber(6, 525_600),
    )
    .option("--json", "print one JSON object")
    .action((dir: string | undefined, options: StatusOptions, command: Command) =>
      showStatus(dir, { ...options, ...command.parent?.opts<{ data?: string }>() }, context),
    );
}

export const registerMirror: Register = (program, context) => {
  const mirror = program
    .command("mirror")
    .description("keep a verified copy of a log on a second machine")
    .option("--from <url>", "address of the server (default: TELLTALE_URL, else that of the last run)")
    .option("--data <dir>", "the mirror's own directory")
    .option(
      "--key <token>",
      "API key of role read (default: TELLTALE_KEY, which keeps it out of the process list)",
    )
    .option("--key-file <file>", "a file that holds the API key")
    .option("--vkey <key>", "the log's public key as you know it (default: believed at first contact)")
    .option("--once", "pull once and end")
    .option("--interval <seconds>", "time between two pulls", wholeNumber(1, 86_400), 10)
    .addHelpText("after", HELP)
    .action((options: MirrorOptions) => run(options, context));
  addStatus(mirror, context);
};

// SPDX-License-Identifier: Apache-2.0
import { readFileSync } from "node:fs";
import type { Context, Register } from "../context.js";
import { CliFailure } from "../failure.js";
import { note } from "../io.js";
import { toMirrorDir, wholeNumber } from "../options.js";
import { registerMirrorEvents } from "./mirror-events.js";
import { registerMirrorStatus } from "./mirror-status.js";
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
  $ telltale mirror events /srv/mirror --first 1200    print the events that it holds
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

function isReadableOnTheWay(url: string): boolean {
  return /^http:\/\/(?!127\.|localhost[:/]|localhost$|\[::1\])/.test(url);
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
      if (isReadableOnTheWay(client.url)) {
        note(
          io,
          `WARNING: over http the key and the events can be read on the way to ${client.url}; use https`,
        );
      }
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
  registerMirrorStatus(mirror, context);
  registerMirrorEvents(mirror, context);
};

// SPDX-License-Identifier: Apache-2.0
import { resolve } from "node:path";
import type { Restored } from "@telltale/server/offline";
import type { Context, Register } from "../context.js";
import { readEvidence } from "../evidence-option.js";
import { CliFailure } from "../failure.js";
import { type CliIo, note, writeOut } from "../io.js";
import { whoAmI } from "../local-keys.js";
import { addDataOption, addHeadDirOption, toDataDir, toHeadDir } from "../options.js";
import { parseVkeyOption } from "../vkey-option.js";

interface RestoreOptions {
  from: string;
  fromHeadDir?: string;
  stateFrom?: string;
  data?: string;
  headDir?: string;
  reason: string;
  vkey?: string;
  evidence?: string[];
  json?: boolean;
}

const HELP = `
A log that was restored from a copy must not go on as if nothing had happened: what came after the copy was acknowledged, and
would be signed away. So it starts a successor, a new log with a new origin and key. Its first event names the old log, the newest
checkpoint of it that is known, how many events are kept and how many are lost, and your reason. The old events stay in
DIR/predecessors, readable and verifiable. People, API keys, the policy, and the keys and aliases of protection come along when the copy is
a data directory; for a mirror or an archive name a backup of one with --state-from. Whom the log says were erased does not come along.

The copy is a data directory (a backup, or the one that the server refuses), a mirror, or the folder of a log in an archive (TELLTALE_ARCHIVE),
which knows no key: give it with --vkey. Name what others know of the old log with
--evidence: a mirror's tlog/checkpoint, what a witness shows at /<hash of the origin>/checkpoint, or any receipt. The newest counts.

Examples:
  $ telltale restore --from /backup/telltale-data --data telltale-data --reason "disk failed, backup of last night"
  $ telltale restore --from /srv/mirror --data telltale-data --reason "server was broken into" --evidence witness.checkpoint
`;

async function tell(
  io: CliIo,
  dataDir: string,
  { predecessor, origin, vkey, carried }: Restored,
): Promise<void> {
  const { neutralize } = await import("@telltale/event");
  const { newest, size, verdict } = predecessor;
  const known = newest?.size ?? size;
  await writeOut(io.stdout, `${vkey}\n`);
  note(
    io,
    `The successor ${neutralize(origin)} begins in ${dataDir}. Start it: telltale serve --data ${dataDir}`,
  );
  note(
    io,
    `Of ${neutralize(predecessor.origin)} ${size} events are kept, ${Math.max(0, known - size)} that were signed are lost.`,
  );
  note(io, `The copy by itself: ${neutralize(verdict.message)}`);
  note(
    io,
    `People ${carried.users}, API keys ${carried.apiKeys}, keys of protection ${carried.dataKeys} came along${carried.policy ? ", and the policy" : ""}. Mirrors and witnesses of the old log need a new start.`,
  );
  if (carried.erasedAgain > 0)
    note(
      io,
      `${carried.erasedAgain} who were erased after the copy was made were erased in it, too. Destroy the copy.`,
    );
  if (carried.rootKey === "elsewhere")
    note(
      io,
      "The root key of protection is in no file of the copy: start the successor with the same TELLTALE_PROTECT_KEY or TELLTALE_PROTECT_KMS.",
    );
}

async function restore(options: RestoreOptions, { io }: Context): Promise<void> {
  const { reason } = options;
  if (!/^[^\p{C}]{3,}$/u.test(reason) || reason.length > 500) {
    throw new CliFailure(
      "usage",
      "--reason must have 3 to 500 printable characters: it becomes part of the log",
    );
  }
  const dataDir = toDataDir(options, io);
  const headDir = toHeadDir(options, io);
  const vkey = options.vkey === undefined ? undefined : await parseVkeyOption(options.vkey);
  const [{ restoreLog }, { toLogFailure }] = await Promise.all([
    import("@telltale/server/offline"),
    import("../log-failure.js"),
  ]);
  let restored: Restored;
  try {
    restored = await restoreLog({
      from: {
        dir: resolve(options.from),
        evidence: (options.evidence ?? []).map(readEvidence),
        ...(options.fromHeadDir !== undefined && { headDir: resolve(options.fromHeadDir) }),
        ...(vkey !== undefined && { vkey }),
      },
      dataDir,
      ...(options.stateFrom !== undefined && { stateFrom: resolve(options.stateFrom) }),
      ...(headDir !== undefined && { headDir }),
      by: whoAmI(),
      why: reason,
    });
  } catch (error) {
    throw toLogFailure(error);
  }
  if (options.json !== true) return tell(io, dataDir, restored);
  const { escapeDeceptive } = await import("@telltale/event");
  const { predecessor, origin, carried } = restored;
  const { newest, size } = predecessor;
  const old = { origin: predecessor.origin, known: newest?.size ?? null, kept: size };
  const answer = { dataDir, origin, vkey: restored.vkey, predecessor: old, carried };
  await writeOut(io.stdout, `${escapeDeceptive(JSON.stringify(answer))}\n`);
}

export const registerRestore: Register = (program, context) => {
  const command = program
    .command("restore")
    .description("start a successor of a log from a backup or a mirror");
  addHeadDirOption(addDataOption(command))
    .requiredOption("--from <dir>", "the old data directory, a mirror, or a log in an archive")
    .option("--from-head-dir <dir>", "where the old log's head store lies, when not inside its data")
    .option(
      "--state-from <dir>",
      "a backup of the old data directory for people, keys and policy (default: --from)",
    )
    .requiredOption("--reason <reason>", "why, for the log")
    .option("--vkey <key>", "the old log's public key as you know it (default: the one in the copy)")
    .option(
      "--evidence <file>",
      "a checkpoint or receipt of the old log that somebody else kept; once for each",
      (file: string, files: string[] | undefined) => [...(files ?? []), file],
    )
    .option("--json", "print one JSON object")
    .addHelpText("after", HELP)
    .action((options: RestoreOptions) => restore(options, context));
};

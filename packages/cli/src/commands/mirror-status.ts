// SPDX-License-Identifier: Apache-2.0
import { resolve } from "node:path";
import type { Command } from "commander";
import type { Context, Register } from "../context.js";
import { writeOut } from "../io.js";
import type { MirrorStatus } from "../mirror/status.js";
import { toMirrorDir, wholeNumber } from "../options.js";
import type * as Units from "../ui/units.js";

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

async function showStatus(text: string | undefined, options: StatusOptions, context: Context): Promise<void> {
  const { io } = context;
  const [{ openHeld }, { toStatus }, { escapeDeceptive, neutralize }, units] = await Promise.all([
    import("../mirror/directory.js"),
    import("../mirror/status.js"),
    import("@telltale/event"),
    import("../ui/units.js"),
  ]);
  const status = toStatus(await openHeld(toMirrorDir(text ?? options.data, io)));
  const ageMs = Math.max(0, io.now() - Date.parse(status.seen));
  const isStale = ageMs > 60_000 * (options.maxAge ?? Number.POSITIVE_INFINITY);
  context.exit = status.evidence.length > 0 ? "failed" : isStale ? "incomplete" : "ok";
  if (options.json === true) return writeOut(io.stdout, `${escapeDeceptive(JSON.stringify(status))}\n`);
  const lines = formatStatus(status, ageMs, units);
  await writeOut(io.stdout, `${lines.map(neutralize).join("\n")}\n`);
}

/** `telltale mirror status`. */
export const registerMirrorStatus: Register = (mirror, context) => {
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
};

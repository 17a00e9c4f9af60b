// SPDX-License-Identifier: Apache-2.0
import type { Command } from "commander";
import type { Context, Register } from "../context.js";
import { CliFailure } from "../failure.js";
import { note, writeOut } from "../io.js";
import { toMirrorDir, wholeNumber } from "../options.js";

interface EventsOptions {
  data?: string;
  first: number;
  /** Undefined: the newest that is held. */
  last?: number;
}

const LARGEST_INDEX = 999_999_999_999_999;

const HELP = `
One event a line, oldest first, as the log sealed it. Each is proven against the signed checkpoint before it is printed.

Examples:
  $ telltale mirror events /srv/mirror --first 1200            all from event 1200 on
  $ telltale mirror events /srv/mirror | gzip > events.ndjson.gz
`;

async function printEvents(
  text: string | undefined,
  options: EventsOptions,
  context: Context,
): Promise<void> {
  const { io } = context;
  const [{ openHeld }, { describeDamage, readHeld }, { escapeDeceptive }, { plural }] = await Promise.all([
    import("../mirror/directory.js"),
    import("@telltale/log"),
    import("@telltale/event"),
    import("../ui/units.js"),
  ]);
  const state = await openHeld(toMirrorDir(text ?? options.data, io));
  let absent = 0;
  try {
    for await (const { first, next, entries } of readHeld(
      state,
      options.first,
      (options.last ?? LARGEST_INDEX) + 1,
    )) {
      if (io.signal.aborted) throw new CliFailure("interrupted", "stopped");
      if (entries.length === 0) absent += next - first;
      else {
        const lines = entries.map((entry) => `${escapeDeceptive(Buffer.from(entry).toString("utf8"))}\n`);
        await writeOut(io.stdout, lines.join(""));
      }
    }
  } catch (error) {
    const damage = describeDamage(error);
    if (damage === undefined) throw error;
    throw new CliFailure("failed", damage, "telltale verify DIR says what is wrong with this mirror", {
      cause: error,
    });
  }
  if (absent === 0) return;
  context.exit = "incomplete";
  note(
    io,
    `${plural(absent, "event")} in this range had been pruned before they could be pulled and were never held`,
  );
}

/** `telltale mirror events`. */
export const registerMirrorEvents: Register = (mirror, context) => {
  const index = wholeNumber(0, LARGEST_INDEX);
  mirror
    .command("events")
    .description("print the events that a mirror holds, each proven, as JSON lines")
    .argument("[dir]", "the mirror's directory")
    .option("--first <index>", "the first event", index, 0)
    .option("--last <index>", "the last event (default: the newest that is held)", index)
    .addHelpText("after", HELP)
    .action((dir: string | undefined, options: EventsOptions, command: Command) =>
      printEvents(dir, { ...options, ...command.parent?.opts<{ data?: string }>() }, context),
    );
};

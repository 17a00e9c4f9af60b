// SPDX-License-Identifier: Apache-2.0
import type { Context, Register } from "../context.js";
import { type CliIo, note, writeOut } from "../io.js";
import { addClientOptions, type ClientOptions, wholeNumber } from "../options.js";
import type { TailListener } from "../tail/follow.js";

interface TailOptions extends ClientOptions {
  lines: number;
  alerts?: boolean;
  json?: boolean;
}

const HELP = `
Shows the last events and then each new one, in one line, until Ctrl-C. Connects again when the server restarts.
With --json one event a line, as { "index", "event" }; an alert, with --alerts, is { "alert" }.

Examples:
  $ telltale tail
  $ telltale tail 'level:critical OR outcome:denied' --alerts
  $ telltale tail --json -n 0 | jq -c .event
`;

/** One line: when the newest event of the alert was, what it is about, and where to open it. */
export function formatAlert(alert: unknown, url: string): string {
  const { id, title, level, key, count, lastTime } = (alert ?? {}) as Record<string, unknown>;
  const date = new Date(typeof lastTime === "number" ? lastTime : Number.NaN);
  const time = Number.isNaN(date.getTime()) ? "" : `${date.toISOString()} `;
  const times = `${String(count)} ${count === 1 ? "event" : "events"}`;
  const link = typeof id === "string" ? ` ${url}/alerts?alert=${encodeURIComponent(id)}` : "";
  return `${time}ALERT ${String(level).toUpperCase()} ${String(title)} (${String(key)}, ${times})${link}`;
}

async function createListener(io: CliIo, options: TailOptions, url: string): Promise<TailListener> {
  const [{ formatLine, escapeDeceptive, neutralize }, { paintFor }, { levelStyle }] = await Promise.all([
    import("@telltale/event"),
    import("../ui/colour.js"),
    import("../ui/event-table.js"),
  ]);
  const paint = paintFor(io, "stdout");
  const print = (value: unknown): Promise<void> =>
    writeOut(io.stdout, `${escapeDeceptive(JSON.stringify(value))}\n`);
  return {
    async event(found) {
      if (options.json === true) return print({ index: found.index, event: found.event });
      const style = levelStyle(found.event.level);
      const line = formatLine(found.event);
      await writeOut(io.stdout, `${style === undefined ? line : paint(style, line)}\n`);
    },
    async alert(alert) {
      if (options.alerts !== true) return;
      if (options.json === true) return print({ alert });
      await writeOut(io.stdout, `${paint("bold", paint("red", neutralize(formatAlert(alert, url))))}\n`);
    },
    lost(count) {
      note(
        io,
        count > 0
          ? `(${count} events came too fast and are not shown; search finds them)`
          : "(events were missed; search finds them)",
      );
    },
    disconnected() {
      note(io, "(the connection was lost; trying again)");
    },
  };
}

async function run(words: readonly string[], options: TailOptions, { io }: Context): Promise<void> {
  const [{ createClient }, { follow }, { withQuery }] = await Promise.all([
    import("../client/client.js"),
    import("../tail/follow.js"),
    import("../client/bad-query.js"),
  ]);
  const client = createClient(io, options, "read");
  const text = words.join(" ").trim();
  const listener = await createListener(io, options, client.url);
  const query = text === "" ? undefined : text;
  await withQuery(query, () => follow({ io, client, query, last: options.lines, listener }));
}

export const registerTail: Register = (program, context) => {
  const command = program
    .command("tail")
    .description("show events as they come")
    .argument("[query...]", "what to show (default: everything)")
    .option("-n, --lines <events>", "how many past events to begin with", wholeNumber(0, 500), 20);
  addClientOptions(command)
    .option("--alerts", "show alerts as well")
    .option("--json", "print one JSON object a line")
    .addHelpText("after", HELP)
    .action((words: string[], options: TailOptions) => run(words, options, context));
};

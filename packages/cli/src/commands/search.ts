// SPDX-License-Identifier: Apache-2.0
import type { Found } from "../client/answers.js";
import type { Client } from "../client/client.js";
import type { Context, Register } from "../context.js";
import { CliFailure } from "../failure.js";
import { type CliIo, note, writeOut } from "../io.js";
import { addClientOptions, type ClientOptions, wholeNumber } from "../options.js";

interface SearchOptions extends ClientOptions {
  from?: string;
  to?: string;
  limit: number;
  json?: boolean;
}

const HELP = `
Newest first. With --json one event a line, as { "index", "event" }.
--from and --to mean when Telltale received an event. The column TIME shows when it happened, as its source says: search for
that with the field time, in the query. The two differ in imported logs. The search language: docs/reference/search.md
A note on stderr says when the answer is not complete (the index is behind, or the search took too long).

Examples:
  $ telltale search 'action:authn_login_fail AND client.ip:203.0.113.7' --from 24h
  $ telltale search 'level:critical' --limit 1000 --json | jq -r .event.actor.id | sort | uniq -c
  $ telltale search --from 2026-11-01 --to 2026-11-02
  $ telltale search 'action:authn_login_fail time:>=2025-12-10 time:<2025-12-11'
`;

const PAGE = 500;

const ARRIVAL_HINT =
  "--from and --to mean the time of arrival. For the event's own time use the query: 'time:>=2025-12-10'";

/** Pages of results until the limit or the end, newest first. */
async function* searchPages(
  client: Client,
  query: Record<string, string | undefined>,
  limit: number,
): AsyncGenerator<{ events: Found[]; complete: boolean; more: boolean }> {
  const { toEventsPage } = await import("../client/answers.js");
  let cursor: string | undefined;
  for (let left = limit; left > 0; ) {
    const answer = await client.getJson("/v1/events", {
      ...query,
      limit: String(Math.min(left, PAGE)),
      cursor,
    });
    const page = toEventsPage(answer);
    if (page === undefined)
      throw new CliFailure("unreachable", `${client.url} did not answer as a Telltale server does`);
    const events = page.events.slice(0, left);
    left -= events.length;
    yield { events, complete: page.complete, more: page.next !== null };
    // A page may be empty and not the last (a search that ran out of time); a cursor that stands still ends it.
    if (page.next === null || page.next === cursor) return;
    cursor = page.next;
  }
}

async function print(io: CliIo, found: readonly Found[], json: boolean, first: boolean): Promise<void> {
  if (json) {
    const { escapeDeceptive } = await import("@telltale/event");
    const line = ({ index, event }: Found): string =>
      `${escapeDeceptive(JSON.stringify({ index, event }))}\n`;
    await writeOut(io.stdout, found.map(line).join(""));
    return;
  }
  const [{ formatEvents }, { paintFor }] = await Promise.all([
    import("../ui/event-table.js"),
    import("../ui/colour.js"),
  ]);
  const table = formatEvents(found, paintFor(io, "stdout"), io.stdoutIsTerminal ? io.columns : undefined);
  await writeOut(io.stdout, first ? table : table.slice(table.indexOf("\n") + 1));
}

async function run(words: readonly string[], options: SearchOptions, { io }: Context): Promise<void> {
  const [{ createClient }, { parseTimeOption }, { withQuery }] = await Promise.all([
    import("../client/client.js"),
    import("../client/times.js"),
    import("../client/bad-query.js"),
  ]);
  const client = createClient(io, options, "read");
  const text = words.join(" ").trim();
  const query = {
    q: text === "" ? undefined : text,
    from: options.from === undefined ? undefined : parseTimeOption("--from", options.from, io.now()),
    to: options.to === undefined ? undefined : parseTimeOption("--to", options.to, io.now()),
  };
  let count = 0;
  let complete = true;
  let more = false;
  await withQuery(query.q, async () => {
    for await (const page of searchPages(client, query, options.limit)) {
      if (page.events.length > 0) await print(io, page.events, options.json === true, count === 0);
      count += page.events.length;
      complete &&= page.complete;
      more = page.more;
    }
  });
  if (count === 0) {
    note(io, "Nothing found.");
    if (query.from !== undefined || query.to !== undefined) note(io, ARRIVAL_HINT);
  }
  if (!complete)
    note(io, "Not complete: the newest events are not indexed yet, or the search took too long.");
  else if (more && io.stderrIsTerminal) note(io, `The first ${count} are shown; --limit gives more.`);
}

export const registerSearch: Register = (program, context) => {
  const command = program
    .command("search")
    .description("find events")
    .argument("[query...]", "what to look for (default: everything)")
    .option("--from <time>", "received at or after this: 15m, 24h, 7d, a date or a time")
    .option("--to <time>", "received before this")
    .option("-n, --limit <events>", "how many at most", wholeNumber(1, 1_000_000), 100);
  addClientOptions(command)
    .option("--json", "print one JSON object a line")
    .addHelpText("after", HELP)
    .action((words: string[], options: SearchOptions) => run(words, options, context));
};

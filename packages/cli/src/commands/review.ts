// SPDX-License-Identifier: Apache-2.0
import type { Client } from "../client/client.js";
import type { ReviewAnswer, ReviewLine } from "../client/review-answers.js";
import type { Context, Register } from "../context.js";
import { CliFailure } from "../failure.js";
import { type CliIo, note, writeOut } from "../io.js";
import { addClientOptions, type ClientOptions, wholeNumber } from "../options.js";

interface ReviewOptions extends ClientOptions {
  json?: boolean;
}

interface ListOptions extends ReviewOptions {
  status?: string;
  limit: number;
}

interface MakeOptions extends ReviewOptions {
  from: string;
  to: string;
}

interface SignOptions extends Pick<ClientOptions, "url"> {
  user: string;
  statement: string;
  json?: boolean;
}

const SIGN_HELP = `
A signature is a person's word, so it takes a name and a password, not a key. The password is asked for, or is the first line
of standard input. What is signed is computed again here: the command stops when it is not what the server says it is.

Examples:
  $ telltale review sign ID --user ada --statement "Looked at all of it; ticket 4711 covers the new administrator."
  $ telltale review sign ID --user ada --statement "Nothing of note." < password.txt
`;

async function connect(io: CliIo, options: ClientOptions, role: string | undefined): Promise<Client> {
  const { createClient } = await import("../client/client.js");
  return createClient(io, options, role);
}

function notTelltale(client: Client, cause?: unknown): CliFailure {
  return new CliFailure("unreachable", `${client.url} did not answer as a Telltale server does`, undefined, {
    cause,
  });
}

async function printJson(io: CliIo, value: unknown): Promise<void> {
  const { escapeDeceptive } = await import("@telltale/event");
  await writeOut(io.stdout, `${escapeDeceptive(JSON.stringify(value))}\n`);
}

const pathOf = (id: string): string => `/v1/reviews/${encodeURIComponent(id)}`;

/** Sends a request and gives the JSON of its answer. Throws CliFailure for everything but success. */
async function ask(client: Client, path: string, init: RequestInit = {}): Promise<unknown> {
  const response = await client.request(path, init);
  if (!response.ok) throw await client.toFailure(response);
  try {
    return await response.json();
  } catch (cause) {
    throw notTelltale(client, cause);
  }
}

function post(body: unknown, headers: Readonly<Record<string, string>> = {}): RequestInit {
  return {
    method: "POST",
    headers: { ...headers, "content-type": "application/json" },
    body: JSON.stringify(body),
  };
}

async function mustReview(client: Client, raw: unknown): Promise<ReviewAnswer> {
  const { toReviewAnswer } = await import("../client/review-answers.js");
  const answer = toReviewAnswer(raw);
  if (answer === undefined) throw notTelltale(client);
  return answer;
}

/** SHA-256 of the bytes that the server serves as the content, hex. */
async function hashOf(
  client: Client,
  id: string,
  headers: Readonly<Record<string, string>> = {},
): Promise<string> {
  const response = await client.request(`${pathOf(id)}/content`, { headers });
  if (!response.ok) throw await client.toFailure(response);
  const { createHash } = await import("node:crypto");
  return createHash("sha256")
    .update(Buffer.from(await response.arrayBuffer()))
    .digest("hex");
}

async function list(options: ListOptions, { io }: Context): Promise<void> {
  const client = await connect(io, options, "read");
  const raw = await client.getJson("/v1/reviews", { status: options.status, limit: String(options.limit) });
  if (options.json === true) return printJson(io, raw);
  const [{ toReviewList }, { neutralize }, { formatTable }] = await Promise.all([
    import("../client/review-answers.js"),
    import("@telltale/event"),
    import("../ui/table.js"),
  ]);
  const answer = toReviewList(raw);
  if (answer === undefined) throw notTelltale(client);
  const rows = answer.reviews.map((review) =>
    [review.name, toStatus(review), toFindings(review), review.id].map((text) => ({
      text: neutralize(text),
    })),
  );
  if (rows.length > 0) await writeOut(io.stdout, formatTable(["PERIOD", "STATUS", "FOUND", "ID"], rows));
  note(io, toSummary(answer, rows.length, options.status));
}

/** An empty list says nothing of signatures unless it was asked for what waits. */
function toSummary(counts: { open: number; overdue: number }, listed: number, status?: string): string {
  if (counts.open > 0) return `${counts.open} to sign, ${counts.overdue} of them overdue.`;
  if (listed > 0) return "Every review is signed.";
  return status === "open" || status === "overdue"
    ? "No review waits for a signature."
    : "There is no review yet.";
}

function toStatus({ status, signedBy, complete }: ReviewLine): string {
  const by = signedBy === null ? "" : ` by ${signedBy}`;
  return `${status}${by}${complete ? "" : ", incomplete"}`;
}

function toFindings({ counts }: ReviewLine): string {
  const found = counts.filter(([, count]) => count !== 0);
  const words = found.slice(0, 3).map(([id, count]) => `${id} ${count ?? "?"}`);
  return found.length === 0 ? "nothing" : [...words, ...(found.length > 3 ? ["…"] : [])].join(", ");
}

async function show(id: string, options: ReviewOptions, context: Context): Promise<void> {
  const { io } = context;
  const client = await connect(io, options, "read");
  const raw = await ask(client, pathOf(id));
  const review = await mustReview(client, raw);
  const isWhole = isAsSaid(review, await hashOf(client, id));
  if (!isWhole) context.exit = "failed";
  if (options.json === true) await printJson(io, raw);
  else await writeOut(io.stdout, await toText(review));
  note(io, isWhole ? `The content has the SHA-256 ${review.contentSha256}.` : CHANGED);
}

const CHANGED = "The content does NOT have the SHA-256 that was signed or stored: somebody has changed it.";

function isAsSaid({ contentSha256, signature }: ReviewAnswer, hash: string): boolean {
  return hash === contentSha256 && (signature === null || signature.contentSha256 === hash);
}

async function toText(review: ReviewAnswer): Promise<string> {
  const { neutralize } = await import("@telltale/event");
  const lines = [`Review of ${review.name}, ${toStatus(review)}`];
  lines.push(`made from ${review.size} events, root ${review.root}`, "");
  for (const { title, count, missing, rows } of review.sections) {
    const gap = missing.length === 0 ? "" : ` (incomplete: ${missing.join(", ")})`;
    lines.push(`${title}: ${count === 0 ? "none" : (count ?? "not counted")}${gap}`);
    for (const { index, text } of rows) lines.push(`  ${index ?? "–"}  ${text}`);
  }
  for (const { at, by, text } of review.comments)
    lines.push("", `${by}, ${at}:`, ...text.split("\n").map((line) => `  ${line}`));
  const { signature } = review;
  if (signature !== null) {
    const place = signature.eventIndex === null ? "" : `, event ${signature.eventIndex} of the log`;
    lines.push("", `Signed by ${review.signedBy ?? "?"}, ${review.signedAt ?? "?"}${place}:`);
    lines.push(...signature.statement.split("\n").map((line) => `  ${line}`));
  }
  return lines.map((line) => `${neutralize(line)}\n`).join("");
}

async function make(options: MakeOptions, { io }: Context): Promise<void> {
  const { parseTimeOption } = await import("../client/times.js");
  const from = parseTimeOption("--from", options.from, io.now());
  const to = parseTimeOption("--to", options.to, io.now());
  const client = await connect(io, options, "admin");
  const raw = await ask(client, "/v1/reviews", post({ from, to }));
  const review = await mustReview(client, raw);
  if (options.json === true) return printJson(io, raw);
  // Alone on stdout: so that a script can keep it.
  const { neutralize } = await import("@telltale/event");
  await writeOut(io.stdout, `${neutralize(review.id)}\n`);
  note(io, `Review of ${neutralize(review.name)}: ${neutralize(toFindings(review))}.`);
}

async function sign(id: string, options: SignOptions, { io }: Context): Promise<void> {
  const client = await connect(io, options, undefined);
  const [{ asPerson }, { readPassword }] = await Promise.all([
    import("../client/person.js"),
    import("../ui/password.js"),
  ]);
  const { user: name, statement } = options;
  const password = await readPassword(io, `Password of ${name}: `);
  const raw = await asPerson(client, { name, password }, async (headers) => {
    const before = await mustReview(client, await ask(client, pathOf(id), { headers }));
    const contentSha256 = await hashOf(client, id, headers);
    if (!isAsSaid(before, contentSha256)) throw new CliFailure("failed", CHANGED);
    return ask(client, `${pathOf(id)}/sign`, post({ statement, contentSha256 }, headers));
  });
  const review = await mustReview(client, raw);
  if (options.json === true) return printJson(io, raw);
  const place = review.signature?.eventIndex ?? null;
  if (place !== null) await writeOut(io.stdout, `${place}\n`);
  note(
    io,
    `Signed the content with the SHA-256 ${review.contentSha256}; the signature is sealed in the log.`,
  );
}

const JSON_OPTION = ["--json", "print the server's answer"] as const;

export const registerReview: Register = (program, context) => {
  const review = program.command("review").description("reviews: who has looked, and at what");
  addClientOptions(review.command("list").description("reviews, the newest period first"))
    .option("--status <status>", "open (not signed), overdue or signed")
    .option("--limit <n>", "how many at most", wholeNumber(1, 200), 30)
    .option(...JSON_OPTION)
    .action((options: ListOptions) => list(options, context));
  addClientOptions(review.command("show").description("one review; checks that its content has its hash"))
    .argument("<id>", "from review list")
    .option(...JSON_OPTION)
    .action((id: string, options: ReviewOptions) => show(id, options, context));
  addClientOptions(review.command("make").description("make the review of a period now; prints its id"))
    .option("--from <time>", "received not before this: 24h, 7d, a date or a time", "24h")
    .option("--to <time>", "received before this", "now")
    .option(...JSON_OPTION)
    .action((options: MakeOptions) => make(options, context));
  review
    .command("sign")
    .description("sign a review as a person; prints the index of the signature in the log")
    .argument("<id>", "from review list")
    .requiredOption("--user <name>", "who signs")
    .requiredOption("--statement <text>", "what was looked at, what was found, what was done")
    .option("--url <url>", "address of the server (default: TELLTALE_URL)")
    .option(...JSON_OPTION)
    .addHelpText("after", SIGN_HELP)
    .action((id: string, options: SignOptions) => sign(id, options, context));
};

// SPDX-License-Identifier: Apache-2.0
import type { Client } from "../client/client.js";
import type { Context, Register } from "../context.js";
import { CliFailure } from "../failure.js";
import { type CliIo, note, writeOut } from "../io.js";
import { addClientOptions, type ClientOptions } from "../options.js";

interface PersonOptions extends Pick<ClientOptions, "url"> {
  user: string;
  json?: boolean;
}

interface AskOptions extends PersonOptions {
  subject: string;
  tenant?: string;
  reason: string;
}

const HELP = `
Erasing takes two people: one asks, another approves. Each signs in with name and password, which is asked for, or is the first line
of standard input; a key is nobody here. Then the key and the alias of the person are destroyed, what was encrypted under it opens for
nobody, and the log gets a certificate. Every proof and receipt stays valid. A legal hold defers it until it is released.
What the policy leaves readable is not erased: the certificate names the places. docs/guides/erase.md

Examples:
  $ telltale erase --subject user-4711 --reason "request of 12 November" --user ada
  $ telltale erase approve 0192… --user bob
  $ telltale erase list
`;

interface ErasureAnswer {
  id: string;
  alias: string;
  status: string;
  heldBy: string[];
  certificate: { leftPlain: string[]; copiesGone: string | null } | null;
}

function isErasure(value: unknown): value is ErasureAnswer {
  const { id, alias, status, heldBy, certificate } = (value ?? {}) as Partial<Record<string, unknown>>;
  return (
    [id, alias, status].every((each) => typeof each === "string") &&
    Array.isArray(heldBy) &&
    certificate !== undefined
  );
}

async function connect(io: CliIo, options: ClientOptions, role: string | undefined): Promise<Client> {
  const { createClient } = await import("../client/client.js");
  return createClient(io, options, role);
}

/** Posts as a person who signs in, and shows what became of the erasure. */
async function post(path: string, body: object, options: PersonOptions, { io }: Context): Promise<void> {
  const client = await connect(io, options, undefined);
  const [{ asPerson }, { readPassword }] = await Promise.all([
    import("../client/person.js"),
    import("../ui/password.js"),
  ]);
  const { user: name } = options;
  const password = await readPassword(io, `Password of ${name}: `);
  const answer = await asPerson(client, { name, password }, async (headers) => {
    const response = await client.request(path, {
      method: "POST",
      headers: { ...headers, "content-type": "application/json" },
      body: JSON.stringify(body),
    });
    if (!response.ok) throw await client.toFailure(response);
    return await response.json();
  });
  if (!isErasure(answer))
    throw new CliFailure("unreachable", `${client.url} did not answer as a Telltale server does`);
  await show(answer, options.json === true, io);
}

async function show(erasure: ErasureAnswer, json: boolean, io: CliIo): Promise<void> {
  const { escapeDeceptive, neutralize } = await import("@telltale/event");
  if (json) return writeOut(io.stdout, `${escapeDeceptive(JSON.stringify(erasure))}\n`);
  // Alone on stdout: so that a script can keep it.
  await writeOut(io.stdout, `${neutralize(erasure.id)}\n`);
  note(io, neutralize(toSentence(erasure)));
  const { certificate } = erasure;
  if (certificate === null) return;
  note(
    io,
    neutralize(`Not erased, because the policy leaves it: ${certificate.leftPlain.join(", ") || "nothing"}.`),
  );
  note(
    io,
    certificate.copiesGone === null
      ? "Copies of the data directory that were made before still hold the key: destroy them."
      : `Copies of the data directory that were made before hold the key until ${neutralize(certificate.copiesGone)}.`,
  );
}

function toSentence({ status, alias, heldBy }: ErasureAnswer): string {
  switch (status) {
    case "requested":
      return `Asked for the erasure of ${alias}. Somebody else approves it: telltale erase approve ID --user NAME`;
    case "deferred":
      return `The erasure of ${alias} waits for a legal hold: ${heldBy.join(", ")}.`;
    case "done":
      return `${alias} is erased, and the log has the certificate.`;
    default:
      return `The erasure of ${alias} is ${status}.`;
  }
}

function ask({ subject, tenant, reason, ...options }: AskOptions, context: Context): Promise<void> {
  const body = { subject, reason, ...(tenant === undefined ? {} : { tenant }) };
  return post("/v1/erasures", body, options, context);
}

async function list(options: ClientOptions & { json?: boolean }, { io }: Context): Promise<void> {
  const client = await connect(io, options, "admin");
  const raw = await client.getJson("/v1/erasures");
  const { erasures } = (raw ?? {}) as { erasures?: unknown };
  if (!Array.isArray(erasures) || !erasures.every(isErasure))
    throw new CliFailure("unreachable", `${client.url} did not answer as a Telltale server does`);
  const [{ escapeDeceptive, neutralize }, { formatTable }] = await Promise.all([
    import("@telltale/event"),
    import("../ui/table.js"),
  ]);
  if (options.json === true) return writeOut(io.stdout, `${escapeDeceptive(JSON.stringify(raw))}\n`);
  const rows = erasures.map((each) =>
    [each.id, each.status, each.alias, each.heldBy.join(" ")].map((text) => ({ text: neutralize(text) })),
  );
  await writeOut(io.stdout, formatTable(["ID", "STATUS", "ALIAS", "HELD BY"], rows));
}

const JSON_OPTION = ["--json", "print the server's answer"] as const;
const URL_OPTION = ["--url <url>", "the server (TELLTALE_URL)"] as const;
const USER_OPTION = ["--user <name>", "who you are"] as const;

export const registerErase: Register = (program, context) => {
  const erase = program
    .command("erase")
    .description("erase a person: their key and alias are destroyed, proofs stay valid; takes two people")
    .addHelpText("after", HELP);
  erase
    .command("request", { isDefault: true })
    .description("ask for it; somebody else has to approve")
    .requiredOption("--subject <id>", "the person, by the id that the application gave")
    .option("--tenant <tenant>", "of this tenant")
    .requiredOption("--reason <reason>", "why, for the log; must not name the person")
    .requiredOption(...USER_OPTION)
    .option(...URL_OPTION)
    .option(...JSON_OPTION)
    .addHelpText("after", HELP)
    .action((options: AskOptions) => ask(options, context));
  erase
    .command("approve")
    .description("approve what somebody else asked for")
    .argument("<id>", "from erase list")
    .requiredOption(...USER_OPTION)
    .option(...URL_OPTION)
    .option(...JSON_OPTION)
    .action((id: string, options: PersonOptions) =>
      post(`/v1/erasures/${encodeURIComponent(id)}/approve`, {}, options, context),
    );
  erase
    .command("cancel")
    .description("cancel one that is not done")
    .argument("<id>", "from erase list")
    .requiredOption(...USER_OPTION)
    .requiredOption("--reason <reason>", "why, for the log")
    .option(...URL_OPTION)
    .option(...JSON_OPTION)
    .action((id: string, { reason, ...options }: PersonOptions & { reason: string }) =>
      post(`/v1/erasures/${encodeURIComponent(id)}/cancel`, { reason }, options, context),
    );
  addClientOptions(erase.command("list").description("what was asked, what waits, what is done"))
    .option(...JSON_OPTION)
    .action((options: ClientOptions & { json?: boolean }) => list(options, context));
};

// SPDX-License-Identifier: Apache-2.0
import { existsSync } from "node:fs";
import { join } from "node:path";
import { Option } from "commander";
import type { Context, Register } from "../context.js";
import { CliFailure } from "../failure.js";
import { note, writeOut } from "../io.js";
import { whoAmI, withKeys } from "../local-keys.js";
import { addDataOption, mustHoldData, toDataDir } from "../options.js";

interface DataOptions {
  data?: string;
}

interface CreateOptions extends DataOptions {
  role: "ingest" | "read" | "admin" | "backfill";
  name: string;
  app?: string;
}

const ROLES = ["ingest", "read", "admin", "backfill"];

const CREATE_HELP = `
Roles:
  ingest    sends events (give one to each application, bound with --app)
  read      searches, follows the live stream, fetches proofs
  admin     reads, decides about alerts, manages keys
  backfill  sends old events; detection then believes their times

Only the token is printed on stdout, and it is never shown again; the server keeps only its hash.
Works while the server runs and before its first start.

Examples:
  $ telltale keys create --role ingest --name shop --app shop-api --data telltale-data
  $ export TELLTALE_KEY=$(telltale keys create --role read --name ops --data telltale-data)
`;

async function create(options: CreateOptions, { io }: Context): Promise<void> {
  const { role, name, app } = options;
  for (const [what, text] of [
    ["--name", name],
    ["--app", app],
  ] as const) {
    // Names stand in tables and in events; a control character could forge a line there.
    if (text !== undefined && !/^[^\p{C}]{1,100}$/u.test(text)) {
      throw new CliFailure("usage", `${what} must be 1 to 100 printable characters`);
    }
  }
  if (app !== undefined && role !== "ingest" && role !== "backfill") {
    throw new CliFailure(
      "usage",
      `--app is for keys that send events (ingest, backfill); a key of role ${role} is not bound to an application`,
    );
  }
  const dataDir = toDataDir(options, io);
  const isNew = !existsSync(join(dataDir, "state.db"));
  const { token } = await withKeys(dataDir, (keys) =>
    keys.create({ role, name, ...(app === undefined ? {} : { app }) }, whoAmI()),
  );
  await writeOut(io.stdout, `${token}\n`);
  if (isNew) {
    note(
      io,
      `There was no Telltale data in ${dataDir}: a new directory was made, and no server uses it yet.`,
    );
    note(io, "Start one with this --data, or name the directory of the server that runs.");
  }
  if (io.stderrIsTerminal) {
    note(io, `Key "${name}" (${role}) made in ${dataDir}. Keep the token: it cannot be shown again.`);
    note(io, "Use it: export TELLTALE_KEY=…   Take it back: telltale keys revoke ID");
  }
}

async function list(options: DataOptions & { json?: boolean }, { io }: Context): Promise<void> {
  const dataDir = toDataDir(options, io);
  mustHoldData(dataDir, "state.db");
  const found = await withKeys(dataDir, (keys) => keys.list());
  if (options.json === true) {
    await writeOut(io.stdout, `${JSON.stringify({ keys: found })}\n`);
    return;
  }
  if (found.length === 0) {
    note(io, "There is no key yet. Make one: telltale keys create --role ingest --name NAME");
    return;
  }
  const [{ neutralize }, { formatTable }, { paintFor }] = await Promise.all([
    import("@telltale/event"),
    import("../ui/table.js"),
    import("../ui/colour.js"),
  ]);
  const paint = paintFor(io, "stdout");
  const rows = found.map((key) => {
    const revoked = key.revoked !== undefined;
    const texts = [
      key.id,
      key.role,
      key.name,
      key.app ?? "any",
      key.created,
      key.lastUsed ?? "never",
      revoked ? `revoked ${key.revoked}` : "valid",
    ];
    return texts.map((text) => ({
      text: neutralize(text),
      ...(revoked ? { paint: (plain: string) => paint("dim", plain) } : {}),
    }));
  });
  await writeOut(
    io.stdout,
    formatTable(["ID", "ROLE", "NAME", "APP", "CREATED", "LAST USED", "STATUS"], rows),
  );
}

/** Whoever found a leaked token has the token, not the id. */
function toKeyId(text: string): string {
  return /^tt_([a-z]+_[a-z2-7]{12})_/.exec(text)?.[1] ?? text;
}

async function revoke(
  text: string,
  options: DataOptions & { json?: boolean },
  { io }: Context,
): Promise<void> {
  const id = toKeyId(text);
  const dataDir = toDataDir(options, io);
  mustHoldData(dataDir, "state.db");
  const local = await import("@telltale/server/local");
  const key = await withKeys(dataDir, async (keys) => {
    try {
      return await keys.revoke(id, whoAmI());
    } catch (error) {
      if (!(error instanceof local.ApiError)) throw error;
      throw new CliFailure("noInput", "there is no key with this id", "telltale keys list shows the ids", {
        cause: error,
      });
    }
  });
  if (options.json === true) await writeOut(io.stdout, `${JSON.stringify({ key })}\n`);
  else note(io, `Key ${key.id} is revoked. A running server refuses it within a second or two.`);
}

export const registerKeys: Register = (program, context) => {
  const keys = program
    .command("keys")
    .description("make, list and revoke API keys (works on the data directory)");
  addDataOption(keys.command("create").description("make a key and print its token"))
    .addOption(new Option("--role <role>", "what the key may do").choices(ROLES).makeOptionMandatory())
    .requiredOption("--name <name>", "a name for people")
    .option("--app <app>", "the only application that the key may speak for")
    .addHelpText("after", CREATE_HELP)
    .action((options: CreateOptions) => create(options, context));
  addDataOption(keys.command("list").description("list all keys, never their tokens"))
    .option("--json", "print one JSON object")
    .action((options: DataOptions & { json?: boolean }) => list(options, context));
  addDataOption(
    keys
      .command("revoke")
      .description("make a key useless at once")
      .argument("<id>", "from keys list; a token does too"),
  )
    .option("--json", "print the key as JSON")
    .action((id: string, options: DataOptions & { json?: boolean }) => revoke(id, options, context));
};

// SPDX-License-Identifier: Apache-2.0
import type { UserRole } from "@telltale/server/local";
import { Option } from "commander";
import type { Context, Register } from "../context.js";
import { CliFailure } from "../failure.js";
import { note, writeOut } from "../io.js";
import { whoAmI, withUsers } from "../local-keys.js";
import { addDataOption, mustHoldData, toDataDir } from "../options.js";

interface CreateOptions {
  data?: string;
  name: string;
  role: UserRole;
}

const ROLES: readonly UserRole[] = ["owner", "admin", "analyst", "auditor", "viewer"];

const HELP = `
The password is asked for, or is the first line of standard input. Some things take two people, for example to erase a person:
make an account for each of them, and share none. Works while the server runs.

Examples:
  $ telltale users create --name bob --role admin --data telltale-data
`;

async function create({ name, role, ...options }: CreateOptions, { io }: Context): Promise<void> {
  const dataDir = toDataDir(options, io);
  mustHoldData(dataDir, "state.db");
  const { readPassword } = await import("../ui/password.js");
  const password = await readPassword(io, `Password for ${name}: `);
  const { ApiError } = await import("@telltale/server/local");
  try {
    const { id } = await withUsers(dataDir, (users) => users.create({ name, role, password }, whoAmI()));
    await writeOut(io.stdout, `${id}\n`);
    note(io, `${name} can sign in as ${role}.`);
  } catch (error) {
    if (error instanceof ApiError) throw new CliFailure("usage", error.message, undefined, { cause: error });
    throw error;
  }
}

async function list(options: { data?: string; json?: boolean }, { io }: Context): Promise<void> {
  const dataDir = toDataDir(options, io);
  mustHoldData(dataDir, "state.db");
  const found = await withUsers(dataDir, (users) => users.list());
  if (options.json === true) return writeOut(io.stdout, `${JSON.stringify({ users: found })}\n`);
  const [{ neutralize }, { formatTable }] = await Promise.all([
    import("@telltale/event"),
    import("../ui/table.js"),
  ]);
  const rows = found.map(({ id, name, role, created, disabled }) =>
    [id, name, role, created, disabled === undefined ? "active" : `disabled ${disabled}`].map((text) => ({
      text: neutralize(text),
    })),
  );
  await writeOut(io.stdout, formatTable(["ID", "NAME", "ROLE", "MADE", "STATE"], rows));
}

export const registerUsers: Register = (program, context) => {
  const users = program.command("users").description("people who sign in (works on the data directory)");
  addDataOption(users.command("create").description("make an account; prints its id"))
    .requiredOption("--name <name>", "name to sign in with")
    .addOption(new Option("--role <role>", "what they may do").choices(ROLES).makeOptionMandatory())
    .addHelpText("after", HELP)
    .action((options: CreateOptions) => create(options, context));
  addDataOption(users.command("list").description("show them"))
    .option("--json", "print one JSON object")
    .action((options: { data?: string; json?: boolean }) => list(options, context));
};

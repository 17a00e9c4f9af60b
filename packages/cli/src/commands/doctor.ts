// SPDX-License-Identifier: Apache-2.0
import type { Context, Register } from "../context.js";
import type { Finding } from "../doctor/check.js";
import { writeOut } from "../io.js";
import { addClientOptions, addDataOption, type ClientOptions, toDataDir } from "../options.js";
import type { Style } from "../ui/colour.js";
import { readVersion } from "./version.js";

interface DoctorOptions extends ClientOptions {
  data?: string;
  json?: boolean;
}

const HELP = `
Looks at Node.js, the data directory, the disk and the server, and says what to do about what is wrong.
With a key (role read or admin) also at the server's followers. Exit code 1: something failed.

Examples:
  $ telltale doctor
  $ telltale doctor --data /var/lib/telltale --url https://telltale.example.com
`;

const STYLES: Record<Finding["status"], Style> = { ok: "green", warn: "yellow", fail: "red" };

async function examine(options: DoctorOptions, { io }: Context): Promise<Finding[]> {
  const [{ createClient }, machine, { checkData }, { checkServer, checkStatus }] = await Promise.all([
    import("../client/client.js"),
    import("../doctor/machine.js"),
    import("../doctor/disk.js"),
    import("../doctor/server.js"),
  ]);
  const named = options.url !== undefined || io.env["TELLTALE_URL"] !== undefined;
  const found = [machine.checkNode(process.version), machine.checkClock(io.now())];
  found.push(...(await checkData(toDataDir(options, io))));
  const server = await checkServer(createClient(io, options, undefined), named, () => io.now());
  found.push(...server);
  const key = options.key ?? io.env["TELLTALE_KEY"];
  if (server[0]?.status === "ok" && key !== undefined && key !== "") {
    found.push(...(await checkStatus(createClient(io, options, "read"), readVersion())));
  }
  return found;
}

async function run(options: DoctorOptions, context: Context): Promise<void> {
  const { io } = context;
  const found = await examine(options, context);
  if (found.some((each) => each.status === "fail")) context.exit = "failed";
  if (options.json === true) {
    await writeOut(io.stdout, `${JSON.stringify({ checks: found })}\n`);
    return;
  }
  const [{ neutralize }, { paintFor }] = await Promise.all([
    import("@telltale/event"),
    import("../ui/colour.js"),
  ]);
  const paint = paintFor(io, "stdout");
  const width = Math.max(...found.map((each) => each.name.length));
  for (const { name, status, detail, advice } of found) {
    const line = `${paint(STYLES[status], status.padEnd(4))}  ${neutralize(name).padEnd(width)}  ${neutralize(detail)}`;
    const more =
      advice === undefined ? "" : `\n      ${" ".repeat(width)}  ${paint("dim", `→ ${neutralize(advice)}`)}`;
    await writeOut(io.stdout, `${line}${more}\n`);
  }
}

export const registerDoctor: Register = (program, context) => {
  const command = addDataOption(
    program.command("doctor").description("look for what is wrong, and say what to do"),
  );
  addClientOptions(command)
    .option("--json", "print one JSON object")
    .addHelpText("after", HELP)
    .action((options: DoctorOptions) => run(options, context));
};

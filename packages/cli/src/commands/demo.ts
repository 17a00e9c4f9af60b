// SPDX-License-Identifier: Apache-2.0
import type { Context, Register } from "../context.js";
import { wholeNumber } from "../options.js";
import { toStartFailure } from "./serve.js";

interface DemoOptions {
  data?: string;
  port: number;
  every: number;
}

const HELP = `
Starts a server with a fresh data directory of its own, an example shop that reports to it, customers who shop, and an
attacker. Alerts appear in the browser within half a minute. Runs until Ctrl-C. Nothing leaves this machine.
Several may run at once, each with its own data. Their data stays for a look; the next demo removes that of ended ones.

Examples:
  $ telltale demo
  $ telltale demo --port 8080 --data /tmp/my-demo
`;

async function run(options: DemoOptions, { io }: Context): Promise<void> {
  const [{ runDemo }, { makeDemoDir, takeDemoDir }] = await Promise.all([
    import("../demo/run.js"),
    import("../demo/data-dir.js"),
  ]);
  const dir = await (options.data === undefined ? makeDemoDir() : takeDemoDir(options.data));
  try {
    await runDemo(io, {
      dataDir: dir.path,
      port: options.port,
      firstAttackMs: 4000,
      attackEveryMs: options.every * 1000,
    });
  } catch (error) {
    throw toStartFailure(error);
  } finally {
    await dir.release();
  }
}

export const registerDemo: Register = (program, context) => {
  program
    .command("demo")
    .description("see it work: an example shop, its customers, and an attacker")
    .option(
      "--data <dir>",
      "directory for the demo, emptied when it starts (default: a new one in the temporary directory)",
    )
    .option("--port <port>", "port to listen on; the next free one is taken", wholeNumber(0, 65_535), 7400)
    .option("--every <seconds>", "seconds from one attack to the next", wholeNumber(5, 86_400), 180)
    .addHelpText("after", HELP)
    .action((options: DemoOptions) => run(options, context));
};

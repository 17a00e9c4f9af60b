// SPDX-License-Identifier: Apache-2.0
import { existsSync } from "node:fs";
import path from "node:path";
import { neutralize } from "@telltale/event";
import type { Context, Register } from "../context.js";
import { CliFailure, systemCode } from "../failure.js";
import { type CliIo, writeOut } from "../io.js";
import { addDataOption, addHeadDirOption } from "../options.js";

interface ServeOptions {
  data?: string;
  headDir?: string;
  host?: string;
  port?: string;
  tlsCert?: string;
  tlsKey?: string;
  behindProxy?: boolean;
  rules?: string;
  protect?: string;
  witness?: string[];
  witnessPolicy?: string;
  accept?: string[];
  logLevel?: string;
}

const HELP = `
Every option has an environment variable; the option wins. All other settings (retention, forwarding, syslog, webhook …)
are environment variables only: docs/reference/configuration.md
Listening beyond this machine needs TLS files or --behind-proxy. Ctrl-C or SIGTERM stops gracefully.

Examples:
  $ telltale serve
  $ telltale serve --data /var/lib/telltale --host 0.0.0.0 --tls-cert cert.pem --tls-key key.pem
`;

/** The options as the server's settings are called; what was not given stays away, so that the environment counts. */
export function toSettings(options: ServeOptions): Record<string, string> {
  const { data, host, port, tlsCert, tlsKey, behindProxy, rules, protect } = options;
  const { witness, witnessPolicy, logLevel } = options;
  const settings = {
    dataDir: data,
    headDir: options.headDir,
    accept: options.accept?.join(" "),
    host,
    port,
    tlsCert,
    tlsKey,
    behindProxy: behindProxy === true ? "true" : undefined,
    rulesDir: rules,
    protect,
    witness: witness?.join(" "),
    witnessPolicy,
    logLevel,
  };
  return Object.fromEntries(Object.entries(settings).filter(([, value]) => value !== undefined)) as Record<
    string,
    string
  >;
}

/** The option of each setting that has one. */
const FLAGS: Record<string, string> = {
  TELLTALE_DATA: "--data",
  TELLTALE_HEAD_DIR: "--head-dir",
  TELLTALE_ACCEPT: "--accept",
  TELLTALE_HOST: "--host",
  TELLTALE_PORT: "--port",
  TELLTALE_TLS_CERT: "--tls-cert",
  TELLTALE_TLS_KEY: "--tls-key",
  TELLTALE_BEHIND_PROXY: "--behind-proxy",
  TELLTALE_RULES: "--rules",
  TELLTALE_PROTECT: "--protect",
  TELLTALE_WITNESS: "--witness",
  TELLTALE_WITNESS_POLICY: "--witness-policy",
  TELLTALE_LOG_LEVEL: "--log-level",
};

/** Calls a setting by the name that the user typed: by its option when that was given, else by its variable. */
function sayAsTyped(message: string, options: ServeOptions): string {
  const { data, host, port, tlsCert, tlsKey, behindProxy, rules, protect } = options;
  const { witness, witnessPolicy, logLevel } = options;
  // One half of a pair that was typed asks for the other half in the same way.
  const tls = tlsCert ?? tlsKey;
  const typed = {
    TELLTALE_DATA: data,
    TELLTALE_HEAD_DIR: options.headDir,
    TELLTALE_ACCEPT: options.accept?.join(" "),
    TELLTALE_HOST: host,
    TELLTALE_PORT: port,
    TELLTALE_TLS_CERT: tls,
    TELLTALE_TLS_KEY: tls,
    TELLTALE_BEHIND_PROXY: behindProxy,
    TELLTALE_RULES: rules,
    TELLTALE_PROTECT: protect,
    TELLTALE_WITNESS: witness,
    TELLTALE_WITNESS_POLICY: witnessPolicy,
    TELLTALE_LOG_LEVEL: logLevel,
  };
  return message.replace(/TELLTALE_[A-Z_]+/g, (name) => {
    const given = Object.hasOwn(typed, name) && typed[name as keyof typeof typed] !== undefined;
    return (given ? FLAGS[name] : undefined) ?? name;
  });
}

/** Why the server did not start, in words for the operator. */
export function toStartFailure(error: unknown, typed: ServeOptions = {}): CliFailure {
  if (error instanceof CliFailure) return error;
  const { name } = error as Error;
  // Our own sentences have lines. What they quote cannot begin one at the margin: each is shown indented and neutralised.
  const [message = "", ...detail] = sayAsTyped((error as Error).message, typed).split("\n");
  const options = { cause: error, detail };
  if (systemCode(error) === "EADDRINUSE") {
    const hint = "Is Telltale running already? Another port: --port 7401";
    return new CliFailure("unreachable", "the port is in use by another program", hint, options);
  }
  if (systemCode(error) === "EACCES") return new CliFailure("cannotWrite", message, undefined, options);
  if (name === "ConfigError") return new CliFailure("usage", message, undefined, options);
  if (name === "RulesError") return new CliFailure("noInput", message, undefined, options);
  return new CliFailure("unreachable", `the server did not start: ${message}`, undefined, options);
}

/** What a person wants to know after the start, and nothing else. */
export function formatStart(facts: {
  url: string;
  dataDir: string;
  setupUrl: string | undefined;
  hasPolicy: boolean;
}): string {
  const lines = ["", "  Telltale is running.", "", `  Open     ${facts.url}`, `  Data     ${facts.dataDir}`];
  if (facts.setupUrl !== undefined) {
    lines.push(
      "",
      "  Nobody can sign in yet. Make the first administrator with this link; it works once:",
      `  ${facts.setupUrl}`,
    );
    if (!facts.hasPolicy) {
      lines.push(
        "",
        "  People are stored under their names. To be able to erase one of them later, write before the first event",
        `    version: 1`,
        `    profile: erasable`,
        `  to ${path.join(facts.dataDir, "protect.yaml")} and start again (docs/guides/protect.md).`,
      );
    }
  }
  return `${lines.join("\n")}\n\n  Ctrl-C stops it.\n\n`;
}

function whenStopped(io: CliIo): Promise<void> {
  return new Promise((resolve) => {
    if (io.signal.aborted) resolve();
    else io.signal.addEventListener("abort", () => resolve(), { once: true });
  });
}

async function run(options: ServeOptions, { io }: Context): Promise<void> {
  const server = await import("@telltale/server");
  for (const { name, meant } of server.findUnknownEnv(io.env)) {
    const hint = meant === undefined ? "" : ` Did you mean ${meant}?`;
    io.stderr.write(`${neutralize(name)} is not a setting of Telltale and is ignored.${hint}\n`);
  }
  // A person wants to read the start message; whoever wants the whole process log asks for it.
  const calm = io.stderrIsTerminal ? { logLevel: "warn" } : {};
  const settings = { ...calm, ...server.readEnv(io.env), ...toSettings(options) };
  let running: Awaited<ReturnType<typeof server.startServer>>;
  let dataDir: string;
  let hasPolicy: boolean;
  try {
    const loaded = server.parseConfig(settings);
    dataDir = loaded.config.dataDir;
    const { protect } = loaded.config;
    hasPolicy = protect.policyFile !== undefined || existsSync(path.join(dataDir, "protect.yaml"));
    running = await server.startServer(loaded);
  } catch (error) {
    throw toStartFailure(error, options);
  }
  await writeOut(
    io.stdout,
    formatStart({ url: running.url, dataDir, setupUrl: running.setupUrl, hasPolicy }),
  );
  await whenStopped(io);
  await running.close();
  await writeOut(io.stdout, "  Telltale has stopped.\n");
}

export const registerServe: Register = (program, context) => {
  addHeadDirOption(addDataOption(program.command("serve").description("start the server")))
    .option("--host <address>", "address to listen on (default: 127.0.0.1)")
    .option("--port <port>", "port to listen on, 0 for any (default: 7400)")
    .option("--tls-cert <file>", "certificate chain, PEM")
    .option("--tls-key <file>", "private key of the certificate, PEM")
    .option("--behind-proxy", "a proxy in front does TLS; its X-Forwarded-For is believed")
    .option("--rules <dir>", "directory of Sigma rules (default: those that ship with Telltale)")
    .option(
      "--protect <file>",
      "what is hidden, and how (default: protect.yaml in the data, if there is one)",
    )
    .option(
      "--witness <vkey=url>",
      "a witness that is asked to cosign the log; once for each (default: none)",
      (pair: string, pairs: string[] | undefined) => [...(pairs ?? []), pair],
    )
    .option(
      "--witness-policy <file>",
      "which witnesses are enough, C2SP tlog-policy (default: all that are named)",
    )
    .option(
      "--accept <refusal>",
      "open the log in spite of clock_behind or head_damaged; becomes an event (default: nothing)",
      (refusal: string, refusals: string[] | undefined) => [...(refusals ?? []), refusal],
    )
    .option("--log-level <level>", "debug, info, warn, error or silent (default: info)")
    .addHelpText("after", HELP)
    .action((options: ServeOptions) => run(options, context));
};

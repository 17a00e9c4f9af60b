// SPDX-License-Identifier: Apache-2.0
import { readFileSync } from "node:fs";
import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { resolve } from "node:path";
import type { Command } from "commander";
import type { Context, Register } from "../context.js";
import { CliFailure, systemCode } from "../failure.js";
import { type CliIo, writeOut } from "../io.js";
import { wholeNumber } from "../options.js";
import { parseVkeyOption } from "../vkey-option.js";

interface DataOption {
  data?: string;
}

interface ServeOptions extends DataOption {
  host: string;
  port: number;
  tlsCert?: string;
  tlsKey?: string;
  behindProxy?: boolean;
}

const HELP = `
On a second machine, which the server cannot log in to: a witness sees to it that a log only ever grows. The server asks it to
cosign each checkpoint, with a proof that the tree extends the one before; it keeps one checkpoint for each log and no events.
Whoever steals the server's key can then not rewrite what was cosigned: the witness refuses, and keeps what it was offered
in DIR/evidence. The protocol is C2SP tlog-witness, so other logs and other witnesses work too.

Examples:
  $ telltale witness init --data ~/witness --name witness.example.com/w1      prints the witness's public key
  $ telltale witness add --data ~/witness --vkey "$(cat main.vkey)"           watch this log; works while it runs
  $ telltale witness serve --data ~/witness --host 0.0.0.0 --tls-cert cert.pem --tls-key key.pem
  $ telltale serve --witness 'witness.example.com/w1+5f0c…+BA…=https://witness.example.com:7410'
`;

function toDir(options: DataOption): string {
  if (options.data !== undefined && options.data !== "") return resolve(options.data);
  throw new CliFailure("usage", "name the witness's own directory with --data DIR");
}

/** The failure of the command that an error of the witness's directory stands for. */
async function explain<T>(work: () => Promise<T>): Promise<T> {
  const { LogError } = await import("@telltale/log");
  try {
    return await work();
  } catch (error) {
    if (error instanceof LogError) {
      if (error.code === "no_log") {
        throw new CliFailure("noInput", error.message, "telltale witness init makes one", { cause: error });
      }
      const isState = ["damaged", "key_invalid", "key_missing"].includes(error.code);
      const exit = isState ? "failed" : error.code === "bad_name" ? "usage" : "cannotWrite";
      throw new CliFailure(exit, error.message, undefined, { cause: error });
    }
    if (error instanceof CliFailure || systemCode(error) === undefined) throw error;
    throw new CliFailure("cannotWrite", (error as Error).message, undefined, { cause: error });
  }
}

async function init(options: DataOption & { name: string }, { io }: Context): Promise<void> {
  const dir = toDir(options);
  const { initWitness } = await import("@telltale/log");
  const { vkey } = await explain(() => initWitness(dir, options.name));
  await writeOut(io.stdout, `${vkey}\n`);
}

async function add(options: DataOption & { vkey: string }, { io }: Context): Promise<void> {
  const dir = toDir(options);
  const vkey = await parseVkeyOption(options.vkey);
  const { addWatched, readWitness, witnessPaths } = await import("@telltale/log");
  const { origin } = await explain(async () => {
    await readWitness(dir);
    return addWatched(witnessPaths(dir), vkey);
  });
  await writeOut(io.stdout, `${origin} is watched from now on\n`);
}

function timeOf(seen: number | undefined): string | null {
  return seen === undefined ? null : new Date(seen * 1000).toISOString().replace(".000", "");
}

async function list(options: DataOption & { json?: boolean }, { io }: Context): Promise<void> {
  const dir = toDir(options);
  const [{ readWitness }, { escapeDeceptive, neutralize }] = await Promise.all([
    import("@telltale/log"),
    import("@telltale/event"),
  ]);
  const { vkey, logs } = await explain(() => readWitness(dir));
  if (options.json === true) {
    const answer = { vkey, logs: logs.map(({ seen, ...log }) => ({ ...log, cosigned: timeOf(seen) })) };
    return writeOut(io.stdout, `${escapeDeceptive(JSON.stringify(answer))}\n`);
  }
  const lines = logs.map(({ origin, size, seen }) => {
    const last = timeOf(seen);
    return `${origin}  ${last === null ? "nothing cosigned yet" : `${size} events, cosigned ${last}`}`;
  });
  const all = [`witness  ${vkey}`, ...(lines.length > 0 ? lines : ["no log is watched yet"])];
  await writeOut(io.stdout, `${all.map(neutralize).join("\n")}\n`);
}

function readTls({ tlsCert, tlsKey }: ServeOptions): { cert: string; key: string } | undefined {
  if (tlsCert === undefined && tlsKey === undefined) return undefined;
  if (tlsCert === undefined || tlsKey === undefined) {
    throw new CliFailure("usage", "TLS needs both --tls-cert and --tls-key");
  }
  try {
    return { cert: readFileSync(tlsCert, "utf8"), key: readFileSync(tlsKey, "utf8") };
  } catch (cause) {
    throw new CliFailure("noInput", (cause as Error).message, undefined, { cause });
  }
}

function verifyListen({ host, behindProxy }: ServeOptions, hasTls: boolean): void {
  // A cosignature needs no secrecy, but whoever sits on the way could drop or delay requests unseen.
  const isLoopback = host === "localhost" || host === "::1" || /^127(?:\.\d{1,3}){3}$/.test(host);
  if (isLoopback || hasTls || behindProxy === true) return;
  const hint = "Give --tls-cert and --tls-key, or --behind-proxy when a proxy in front does TLS";
  throw new CliFailure("usage", `listening on ${host} lets other machines connect, which needs TLS`, hint);
}

function whenStopped(io: CliIo): Promise<void> {
  return new Promise((done) => {
    if (io.signal.aborted) done();
    else io.signal.addEventListener("abort", () => done(), { once: true });
  });
}

/** Requests under way are answered; who then keeps a connection is cut off. */
const GRACE_MS = 3000;

async function serve(options: ServeOptions, { io }: Context): Promise<void> {
  const dir = toDir(options);
  const tls = readTls(options);
  verifyListen(options, tls !== undefined);
  const [{ WitnessStore }, { createWitnessServer }, { createProcessLog }] = await Promise.all([
    import("@telltale/log"),
    import("../witness/http.js"),
    import("../witness/process-log.js"),
  ]);
  const log = createProcessLog(io);
  const store = await explain(() => WitnessStore.open({ dir, now: () => io.now() }));
  try {
    const server = makeServer(() => createWitnessServer({ store, log, ...(tls && { tls }) }));
    await listen(server, options);
    const { port } = server.address() as AddressInfo;
    const host = options.host.includes(":") ? `[${options.host}]` : options.host;
    const url = `http${tls ? "s" : ""}://${host}:${port}`;
    log("info", "started", { url, dataDir: dir, vkey: store.vkey, logs: store.logs.length });
    await writeOut(io.stdout, formatStart(url, store.vkey, store.logs.length));
    await whenStopped(io);
    log("info", "stopping");
    const impatience = setTimeout(() => server.closeAllConnections(), GRACE_MS);
    await new Promise((done) => server.close(done));
    clearTimeout(impatience);
  } finally {
    await store.close();
  }
  await writeOut(io.stdout, "  The witness has stopped.\n");
}

function makeServer<T>(make: () => T): T {
  try {
    return make();
  } catch (cause) {
    throw new CliFailure(
      "usage",
      `the certificate or its key cannot be used: ${(cause as Error).message}`,
      undefined,
      {
        cause,
      },
    );
  }
}

function listen(server: Server, { host, port }: ServeOptions): Promise<void> {
  return new Promise((done, fail) => {
    server.once("error", (cause) => {
      const why =
        systemCode(cause) === "EADDRINUSE" ? "the port is in use by another program" : cause.message;
      fail(new CliFailure("unreachable", why, undefined, { cause }));
    });
    server.listen({ host, port }, done);
  });
}

function formatStart(url: string, vkey: string, logs: number): string {
  const watched = logs === 0 ? "no log yet: telltale witness add" : `${logs} ${logs === 1 ? "log" : "logs"}`;
  return `\n  The witness is running.\n\n  Watches  ${watched}\n  At       ${url}\n  For the server:\n  --witness '${vkey}=${url}'\n\n  Ctrl-C stops it.\n\n`;
}

function dataOption(command: Command): Command {
  return command.option("--data <dir>", "the witness's own directory");
}

/** `telltale witness`. */
export const registerWitness: Register = (program, context) => {
  const witness = program
    .command("witness")
    .description("cosign the checkpoints of a log on a second machine, so that nobody can rewrite it")
    .addHelpText("after", HELP);
  dataOption(witness.command("init").description("make a witness: its directory and its key"))
    .requiredOption(
      "--name <name>",
      "its name, best an address without https://, for example witness.example.com/w1",
    )
    .action((options: DataOption & { name: string }) => init(options, context));
  dataOption(witness.command("add").description("watch a log; never remove one, or it could be rewritten"))
    .requiredOption("--vkey <key>", "the log's public key, from DATA/keys/main.vkey on the server")
    .action((options: DataOption & { vkey: string }) => add(options, context));
  dataOption(witness.command("list").description("the logs that it watches, and what it cosigned last"))
    .option("--json", "print one JSON object")
    .action((options: DataOption & { json?: boolean }) => list(options, context));
  dataOption(witness.command("serve").description("run it"))
    .option("--host <address>", "address to listen on", "127.0.0.1")
    .option("--port <port>", "port to listen on, 0 for any", wholeNumber(0, 65_535), 7410)
    .option("--tls-cert <file>", "certificate chain, PEM")
    .option("--tls-key <file>", "private key of the certificate, PEM")
    .option("--behind-proxy", "a proxy in front does TLS")
    .action((options: ServeOptions) => serve(options, context));
};

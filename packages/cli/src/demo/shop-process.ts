// SPDX-License-Identifier: Apache-2.0
import { type ChildProcess, spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { CliFailure } from "../failure.js";
import type { CliIo } from "../io.js";

/** The example shop, in a process of its own as an application would be. */
export interface ShopProcess {
  readonly url: string;
  /** Lets it send what it still holds, then ends it. */
  stop(): Promise<void>;
  /** Fires when it ended by itself. */
  onExit(listener: (text: string) => void): void;
}

/** Where the built shop lies. It is part of the repository, not of this package. */
export const SHOP_FOLDER = new URL("../../../../examples/shop/dist/", import.meta.url);

const MAIN = fileURLToPath(new URL("main.js", SHOP_FOLDER));
const START_MS = 20_000;
const STOP_MS = 5000;
const KEPT_CHARS = 2000;

function whenGone(child: ChildProcess): Promise<void> {
  return new Promise((resolve) => {
    if (child.exitCode !== null || child.signalCode !== null) resolve();
    else child.once("exit", () => resolve());
  });
}

/** Starts the shop and waits until it listens. Throws CliFailure. */
export async function startShop(
  io: CliIo,
  settings: { port: number; telltaleUrl: string; key: string },
  main: string = MAIN,
): Promise<ShopProcess> {
  if (!existsSync(main)) {
    throw new CliFailure(
      "noInput",
      "the example shop is not there or not built",
      "In Telltale's repository: npm run build",
    );
  }
  const child = spawn(process.execPath, [main], {
    // The key goes through the environment: other users can read arguments.
    env: {
      ...process.env,
      PORT: String(settings.port),
      TELLTALE_URL: settings.telltaleUrl,
      TELLTALE_KEY: settings.key,
    },
    stdio: ["ignore", "pipe", "pipe"],
    // A Ctrl-C is for us: we stop the shop when its last events can still be received.
    detached: true,
  });
  let said = "";
  const keep = (chunk: Buffer): void => {
    said = (said + chunk.toString("utf8")).slice(-KEPT_CHARS);
  };
  child.stdout.on("data", keep);
  child.stderr.on("data", keep);
  // Does not outlive us, unless we are killed without a word.
  const kill = (): void => {
    child.kill("SIGKILL");
  };
  process.once("exit", kill);
  const url = `http://127.0.0.1:${settings.port}`;
  const deadline = io.now() + START_MS;
  // Its own word, not an answer at the address: a shop of another demo may have taken the port in this very moment.
  while (!said.includes(`listens on ${url}`)) {
    if (child.exitCode !== null || io.now() > deadline || io.signal.aborted) {
      kill();
      throw new CliFailure(
        "unreachable",
        `the example shop did not start: ${said.trim() || "no reason given"}`,
      );
    }
    await io.sleep(100);
  }
  let stopping = false;
  return {
    url,
    onExit: (listener) => child.once("exit", () => stopping || listener(said.trim())),
    async stop() {
      stopping = true;
      process.off("exit", kill);
      child.kill("SIGTERM");
      const timer = setTimeout(kill, STOP_MS);
      await whenGone(child);
      clearTimeout(timer);
    },
  };
}

// SPDX-License-Identifier: Apache-2.0
import { randomBytes } from "node:crypto";
import { mkdirSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";

/** A collector of the demo's own that speaks as much of Splunk's HEC as a forwarder needs. */
export interface Siem {
  /** The forwarding file that names it, beside a file for a Wazuh agent. */
  readonly configFile: string;
  /** While true it says that it is busy, as a collector does that is being maintained. */
  busy: boolean;
  stop(): Promise<void>;
}

const ANSWERS = {
  success: { status: 200, body: { text: "Success", code: 0 } },
  busy: { status: 503, body: { text: "Server is busy", code: 9 } },
  refused: { status: 403, body: { text: "Invalid token", code: 4 } },
} as const;

/** Starts the collector and writes the forwarding file below `dir`. */
export async function startSiem(dir: string): Promise<Siem> {
  const token = randomBytes(18).toString("hex");
  const state = { busy: false };
  const server = createServer((request, response) => {
    request.resume();
    request.once("end", () => {
      const allowed = request.headers.authorization === `Splunk ${token}`;
      const { status, body } = !allowed ? ANSWERS.refused : state.busy ? ANSWERS.busy : ANSWERS.success;
      response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(0, "127.0.0.1", resolve);
  });
  const { port } = server.address() as AddressInfo;
  // A file target makes no folders: one that is misspelt should be told, not made.
  mkdirSync(join(dir, "wazuh"), { recursive: true, mode: 0o700 });
  const tokenFile = join(dir, "siem-token");
  writeFileSync(tokenFile, token, { mode: 0o600 });
  const configFile = join(dir, "forward.yaml");
  writeFileSync(configFile, toYaml(port, tokenFile, join(dir, "wazuh", "telltale.jsonl")));
  return {
    configFile,
    get busy() {
      return state.busy;
    },
    set busy(busy) {
      state.busy = busy;
    },
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

// JSON texts are YAML texts: a directory may have any name.
function toYaml(port: number, tokenFile: string, wazuhFile: string): string {
  return `targets:
  - name: splunk
    to: splunk
    url: http://127.0.0.1:${port}
    token: ${JSON.stringify(`file:${tokenFile}`)}
  - name: wazuh
    to: json-file
    path: ${JSON.stringify(wazuhFile)}
`;
}

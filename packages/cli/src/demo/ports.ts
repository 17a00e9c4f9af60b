// SPDX-License-Identifier: Apache-2.0
import { type AddressInfo, createServer } from "node:net";
import { CliFailure } from "../failure.js";

function tryPort(port: number): Promise<number | undefined> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", () => resolve(undefined));
    server.listen(port, "127.0.0.1", () => {
      const { port } = server.address() as AddressInfo;
      server.close(() => resolve(port));
    });
  });
}

/** The port or, when it is taken, the next free one of twenty; 0 gives any. */
export async function findPort(port: number): Promise<number> {
  for (let offset = 0; offset < 20 && port + offset <= 65_535; offset++) {
    const found = await tryPort(port === 0 ? 0 : port + offset);
    if (found !== undefined) return found;
  }
  throw new CliFailure("unreachable", `no port from ${port} on is free`, "Name another one with --port");
}

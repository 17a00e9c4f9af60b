// SPDX-License-Identifier: Apache-2.0
import type { CliIo } from "../io.js";
import type { ClientOptions } from "../options.js";
import type { Client } from "./client.js";

/** A client of the server that the options name; its code is loaded by the commands that need it. */
export async function connect(io: CliIo, options: ClientOptions, role: string): Promise<Client> {
  const { createClient } = await import("./client.js");
  return createClient(io, options, role);
}

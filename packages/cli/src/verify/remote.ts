// SPDX-License-Identifier: Apache-2.0
import { fingerprintOf, type ReadableSource, verifySource } from "@telltale/log";
import { createClient } from "../client/client.js";
import type { Context } from "../context.js";
import { readEvidence } from "../evidence-option.js";
import { CliFailure } from "../failure.js";
import { HttpSource } from "../mirror/http-source.js";
import { createProgress } from "../ui/progress.js";
import { formatCount } from "../ui/units.js";
import { readTrust } from "../witness-trust.js";
import type { Outcome, VerifyOptions } from "./options.js";

/** A log whose events may be behind a key that we do not have: then there is still its tree. */
class PublicSource implements ReadableSource {
  readonly #source: HttpSource;

  constructor(source: HttpSource) {
    this.#source = source;
  }

  checkpoint(): Promise<Buffer> {
    return this.#source.checkpoint();
  }

  tile(level: number, n: number, width: number): Promise<Buffer | undefined> {
    return this.#source.tile(level, n, width);
  }

  keys(): Promise<Buffer | undefined> {
    return this.#source.keys();
  }

  async bundle(n: number, width: number): Promise<Buffer | "pruned" | "withheld" | undefined> {
    try {
      return await this.#source.bundle(n, width);
    } catch (error) {
      if (error instanceof CliFailure && error.code === "notPermitted") return "withheld";
      throw error;
    }
  }
}

/** The key to verify with: the user's own, else what the server calls its own. */
async function findKey(source: HttpSource, given: string | undefined, url: string): Promise<string> {
  if (given !== undefined) return given;
  const hint = "Name the key that you know with --vkey";
  let told: string | undefined;
  try {
    told = await source.verifierKey();
  } catch (error) {
    if (!(error instanceof CliFailure) || error.code !== "notPermitted") throw error;
    throw new CliFailure("notPermitted", `${url} does not tell its key without an API key`, hint, {
      cause: error,
    });
  }
  if (told !== undefined) return told;
  throw new CliFailure("unverifiable", `${url} does not say what the log's key is`, hint);
}

/** A log over HTTP: everything is fetched and verified, nothing is stored. CliFailure when it cannot be reached. */
export async function verifyRemote(options: VerifyOptions, url: string, { io }: Context): Promise<Outcome> {
  const hasKey = (options.key ?? io.env["TELLTALE_KEY"] ?? "") !== "";
  const client = createClient(io, { ...options, url }, hasKey ? "read" : undefined);
  const source = new HttpSource(io, client);
  const vkey = await findKey(source, options.vkey, client.url);
  const progress = createProgress(io, "verifying");
  try {
    const verdict = await verifySource({
      source: new PublicSource(source),
      vkey,
      ...(options.requireWitness === true && { requireWitness: true }),
      ...(await readTrust(options, io.now())),
      evidence: (options.evidence ?? []).map(readEvidence),
      signal: io.signal,
      onProgress: ({ checked, size }) =>
        progress.update(checked, size, `${formatCount(checked)} of ${formatCount(size)} events`),
    });
    if (io.signal.aborted) throw new CliFailure("interrupted", "stopped");
    const notes =
      options.vkey === undefined
        ? [
            `the key is what the server itself says: compare its fingerprint, ${fingerprintOf(vkey)}, with one that you have from elsewhere`,
          ]
        : [];
    return { verdict, notes };
  } finally {
    progress.clear();
  }
}

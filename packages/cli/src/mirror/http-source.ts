// SPDX-License-Identifier: Apache-2.0
import type { MirrorSource } from "@telltale/log";
import { formatBundle, formatTilePath, MAX_KEY_HISTORY_BYTES, parseBundle } from "@telltale/merkle";
import type { Client } from "../client/client.js";
import { CliFailure } from "../failure.js";
import type { CliIo } from "../io.js";

const TILE_WIDTH = 256;
const MAX_CHECKPOINT = 64 * 1024;
const MAX_STATUS = 1024 * 1024;
/** 256 entries of 65,535 bytes, each after a length of two. */
const MAX_BUNDLE = TILE_WIDTH * (2 + 65_535);

/** How long an answer may take, in milliseconds. */
export interface Patience {
  /** Between two pieces of it. */
  silence: number;
  /** All of it. */
  whole: number;
}

const PATIENCE: Patience = { silence: 20_000, whole: 300_000 };

function tooLong(url: string): CliFailure {
  return new CliFailure("unreachable", `${url} answers too slowly`);
}

/** What fetch throws where it would have to follow a redirect has no code. */
function isRedirect(error: unknown): boolean {
  const cause = (error as { cause?: { cause?: { message?: unknown } } } | undefined)?.cause?.cause;
  return cause?.message === "unexpected redirect";
}

/**
 * The body, at most `most` bytes of it after unpacking: a longer one is not read to its end. Undefined: longer.
 * `alive` is called for each piece.
 */
async function readBody(response: Response, most: number, alive: () => void): Promise<Buffer | undefined> {
  const parts: Uint8Array[] = [];
  let size = 0;
  if (response.body === null) return Buffer.alloc(0);
  for await (const part of response.body as AsyncIterable<Uint8Array>) {
    alive();
    size += part.length;
    // Leaving the loop cancels the rest. What is counted is what was unpacked, so a bomb does not get far.
    if (size > most) return undefined;
    parts.push(part);
  }
  return Buffer.concat(parts, size);
}

/**
 * A log over HTTP, as a Telltale server (under `/log`) or any static file server has it. CliFailure `unreachable` (away, slow or
 * not a log), `tryLater`, `notPermitted`. Redirects are not followed: the key is for this address alone.
 */
export class HttpSource implements MirrorSource {
  readonly #io: CliIo;
  readonly #client: Client;
  readonly #patience: Patience;

  constructor(io: CliIo, client: Client, patience: Patience = PATIENCE) {
    this.#io = io;
    this.#client = client;
    this.#patience = patience;
  }

  /** The body; "pruned" for 410 and undefined for 404. */
  async #get(path: string, most: number): Promise<Buffer | "pruned" | undefined> {
    const { url } = this.#client;
    const late = new AbortController();
    const stop = (): void => late.abort();
    const whole = setTimeout(stop, this.#patience.whole);
    let silence = setTimeout(stop, this.#patience.silence);
    const alive = (): void => {
      clearTimeout(silence);
      silence = setTimeout(stop, this.#patience.silence);
    };
    try {
      const response = await this.#client.request(path, {
        headers: { "accept-encoding": "identity" },
        signal: AbortSignal.any([this.#io.signal, late.signal]),
      });
      alive();
      const body = await readBody(response, response.ok ? most : MAX_CHECKPOINT, alive);
      if (response.status === 404) return undefined;
      if (response.status === 410) return "pruned";
      if (!response.ok) {
        // Only so much of it as was read is looked at.
        const { status, headers } = response;
        const text = body === undefined || body.length === 0 ? null : body.toString("utf8");
        throw await this.#client.toFailure(new Response(text, { status, headers }));
      }
      if (body !== undefined) return body;
      throw new CliFailure("unreachable", `${url} answered more than ${most} bytes for ${path}: no log does`);
    } catch (error) {
      if (this.#io.signal.aborted) throw new CliFailure("interrupted", "stopped");
      if (late.signal.aborted) throw tooLong(url);
      if (isRedirect(error)) {
        throw new CliFailure(
          "unreachable",
          `${url} redirects elsewhere, and the key is for this address alone`,
          "Name the final address with --from",
        );
      }
      if (error instanceof CliFailure) throw error;
      const why = error instanceof Error ? error.message : String(error);
      throw new CliFailure("unreachable", `the answer of ${url} was cut: ${why}`, undefined, {
        cause: error,
      });
    } finally {
      clearTimeout(whole);
      clearTimeout(silence);
    }
  }

  /** The text that the server calls the log's verifier key; undefined where it says nothing of the kind. */
  async verifierKey(): Promise<string | undefined> {
    const body = await this.#get("/v1/status", MAX_STATUS);
    try {
      const status: unknown = JSON.parse(body?.toString("utf8") ?? "");
      const vkey = (status as { vkey?: unknown } | null)?.vkey;
      return typeof vkey === "string" ? vkey : undefined;
    } catch {
      return undefined; // not a Telltale server
    }
  }

  async checkpoint(): Promise<Buffer> {
    const body = await this.#get("/log/checkpoint", MAX_CHECKPOINT);
    if (body !== undefined && body !== "pruned") return body;
    const { url } = this.#client;
    throw new CliFailure("unreachable", `there is no log at ${url}`, "Check the address: --from");
  }

  keys(): Promise<Buffer | undefined> {
    return this.#get("/log/keys", MAX_KEY_HISTORY_BYTES).then((body) =>
      body === "pruned" ? undefined : body,
    );
  }

  async #file(level: number | "entries", n: number, width: number, most: number) {
    return this.#get(`/log/${formatTilePath({ level, n: BigInt(n), width })}`, most);
  }

  async tile(level: number, n: number, width: number): Promise<Buffer | undefined> {
    const exact = await this.#file(level, n, width, 32 * TILE_WIDTH);
    if (exact === "pruned") return undefined;
    if (exact !== undefined || width === TILE_WIDTH) return exact;
    // As the specification has it, a partial tile may be gone once the full one is there.
    const full = await this.#file(level, n, TILE_WIDTH, 32 * TILE_WIDTH);
    return full === "pruned" ? undefined : full?.subarray(0, 32 * width);
  }

  async bundle(n: number, width: number): Promise<Buffer | "pruned" | undefined> {
    const exact = await this.#file("entries", n, width, MAX_BUNDLE);
    if (exact !== undefined || width === TILE_WIDTH) return exact;
    const full = await this.#file("entries", n, TILE_WIDTH, MAX_BUNDLE);
    if (full === undefined || full === "pruned") return full;
    return Buffer.from(formatBundle(parseBundle(full, TILE_WIDTH).slice(0, width)));
  }
}

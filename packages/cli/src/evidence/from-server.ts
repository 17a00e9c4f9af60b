// SPDX-License-Identifier: Apache-2.0
import { createClient } from "../client/client.js";
import { CliFailure } from "../failure.js";
import type { CliIo } from "../io.js";
import type { ClientOptions } from "../options.js";

/** How long an answer may be silent, in milliseconds: a search and the proofs of many events take their time. */
const SILENCE = 120_000;
/** A bundle has less than 4 GiB, as a zip without extensions has. */
const MAX_BYTES = 0xffff_ffff;

/** A bundle on its way from a server. */
export interface Download {
  /** Events, as the server says. */
  events: number | undefined;
  pieces: AsyncGenerator<Uint8Array>;
}

/** Asks a server for a bundle. CliFailure for everything but one. */
export async function requestEvidence(
  io: CliIo,
  options: ClientOptions,
  query: Readonly<Record<string, string | undefined>>,
): Promise<Download> {
  const client = createClient(io, options, "read");
  const late = new AbortController();
  let timer = setTimeout(() => late.abort(), SILENCE);
  const alive = (): void => {
    clearTimeout(timer);
    timer = setTimeout(() => late.abort(), SILENCE);
  };
  const cut = (error: unknown): CliFailure => {
    clearTimeout(timer);
    if (io.signal.aborted) return new CliFailure("interrupted", "stopped");
    if (late.signal.aborted) return new CliFailure("unreachable", `${client.url} answers too slowly`);
    if (error instanceof CliFailure) return error;
    return new CliFailure("unreachable", `the answer of ${client.url} was cut`, undefined, { cause: error });
  };
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) if (value !== undefined) search.set(name, value);
  try {
    const response = await client.request(`/v1/evidence?${search.toString()}`, {
      signal: AbortSignal.any([io.signal, late.signal]),
    });
    if (!response.ok) throw await toFailure(client, response);
    const { body } = response;
    if (body === null) throw new CliFailure("unreachable", `${client.url} answered with nothing`);
    const events = Number(response.headers.get("telltale-events") ?? Number.NaN);
    return {
      events: Number.isSafeInteger(events) ? events : undefined,
      pieces: pieces(body as AsyncIterable<Uint8Array>, alive, cut),
    };
  } catch (error) {
    throw cut(error);
  }

  async function* pieces(
    body: AsyncIterable<Uint8Array>,
    onPiece: () => void,
    toError: (error: unknown) => CliFailure,
  ): AsyncGenerator<Uint8Array> {
    let size = 0;
    try {
      for await (const piece of body) {
        onPiece();
        size += piece.length;
        if (size > MAX_BYTES)
          throw new CliFailure("unreachable", `${client.url} answers more than a bundle can hold`);
        yield piece;
      }
    } catch (error) {
      throw toError(error);
    } finally {
      clearTimeout(timer);
    }
  }
}

/** Nothing found, and all of it gone, are no slips in the command line. */
async function toFailure(client: ReturnType<typeof createClient>, response: Response): Promise<CliFailure> {
  const failure = await client.toFailure(response);
  return response.status === 404 || response.status === 410
    ? new CliFailure("noInput", failure.message, failure.hint, { cause: failure })
    : failure;
}

// SPDX-License-Identifier: Apache-2.0
import { Agent as HttpAgent, request as httpRequest } from "node:http";
import { Agent as HttpsAgent, request as httpsRequest } from "node:https";
import { MAX_WITNESS_BYTES } from "@telltale/merkle";

/** Why there was no answer. */
export type ExchangeCode = "unreachable" | "timed_out" | "bad_answer";

export class ExchangeError extends Error {
  readonly code: ExchangeCode;
  constructor(code: ExchangeCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "ExchangeError";
    this.code = code;
  }
}

export interface WitnessReply {
  status: number;
  /** Content-Type, "" when there is none. */
  type: string;
  body: Buffer;
}

/** Requests to one witness. */
export interface Exchange {
  /** From the look-up of the name to the last byte within the time; redirects are answers like others. Throws ExchangeError. */
  send(method: "GET" | "POST", path: string, body?: string): Promise<WitnessReply>;
  close(): void;
}

/** A connection that was kept open had been closed when it was used again. */
class StaleConnection extends Error {}

function toError(error: unknown): ExchangeError {
  if (error instanceof ExchangeError) return error;
  const { name, code } = error as { name?: unknown; code?: unknown };
  if (name === "AbortError" || name === "TimeoutError") {
    return new ExchangeError("timed_out", "no whole answer in time", { cause: error });
  }
  // The code (ECONNREFUSED, CERT_HAS_EXPIRED, …) says enough.
  const why = typeof code === "string" ? code : "the request failed";
  return new ExchangeError("unreachable", why, { cause: error });
}

/** Over HTTP(S), one connection that is kept open. `prefix` has no slash at the end. */
export function createExchange(prefix: string, timeoutMs = 5000): Exchange {
  const isTls = prefix.startsWith("https:");
  const settings = { keepAlive: true, maxSockets: 1 };
  const agent = isTls ? new HttpsAgent(settings) : new HttpAgent(settings);
  let isClosed = false;
  const once = (method: string, path: string, body: string): Promise<WitnessReply> =>
    new Promise((resolve, reject) => {
      const request = (isTls ? httpsRequest : httpRequest)(new URL(`${prefix}${path}`), {
        method,
        agent,
        // For the whole exchange: an answer that drips for ever is none.
        signal: AbortSignal.timeout(timeoutMs),
        headers: {
          "content-length": Buffer.byteLength(body),
          "content-type": "text/plain; charset=utf-8",
          "user-agent": "telltale",
        },
      });
      const failed = (error: unknown): void => {
        const isStale = request.reusedSocket && (error as { code?: unknown }).code === "ECONNRESET";
        request.destroy();
        reject(isStale ? new StaleConnection() : toError(error));
      };
      request.on("error", failed);
      request.on("response", (response) => {
        const chunks: Buffer[] = [];
        let bytes = 0;
        response.on("data", (chunk: Buffer) => {
          bytes += chunk.length;
          if (bytes > MAX_WITNESS_BYTES) failed(new ExchangeError("bad_answer", "the answer is too long"));
          else chunks.push(chunk);
        });
        response.on("error", failed);
        response.on("end", () => {
          const { statusCode: status = 0, headers } = response;
          resolve({ status, type: headers["content-type"] ?? "", body: Buffer.concat(chunks) });
        });
      });
      request.end(body);
    });
  return {
    async send(method, path, body = "") {
      if (isClosed) throw new ExchangeError("unreachable", "the server is stopping");
      try {
        return await once(method, path, body);
      } catch (error) {
        if (!(error instanceof StaleConnection) || isClosed) throw toError(error);
      }
      // The kept connection had been closed by the other side, as it may; asking twice changes nothing.
      try {
        return await once(method, path, body);
      } catch (error) {
        throw toError(error);
      }
    },
    close() {
      isClosed = true;
      agent.destroy();
    },
  };
}

// SPDX-License-Identifier: Apache-2.0
import { createServer, type IncomingHttpHeaders, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { gunzipSync } from "node:zlib";
import { isCanonical, type SentEvent } from "@telltale/event";
import { MemoryLog } from "./log-server.js";

export interface Received {
  headers: IncomingHttpHeaders;
  body: Buffer;
  lines: string[];
  socket: number | undefined;
}

export interface Answer {
  status?: number;
  headers?: Record<string, string>;
  body?: unknown;
  /** Break the connection instead; `after` the events have been stored, or before. */
  cut?: "before" | "after";
  delayMs?: number;
}

/** A server in this process that takes events as Telltale's does: once per id, and answers what a test tells it to. */
export interface Collector {
  readonly url: string;
  readonly requests: Received[];
  /** Each stored once. */
  readonly events: SentEvent[];
  /** The line of each. */
  readonly lines: string[];
  readonly log: MemoryLog;
  answer(request: Received, attempt: number): Answer;
  close(): Promise<void>;
}

/** What has been stored, each event once. */
class Sealed {
  readonly events: SentEvent[] = [];
  readonly lines: string[] = [];
  readonly log = new MemoryLog();
  readonly #ids = new Set<string>();

  /** Returns how many were known. */
  store(lines: readonly string[]): number {
    let duplicates = 0;
    for (const line of lines) {
      const bytes = Buffer.from(line);
      if (!isCanonical(bytes, 0, bytes.length)) throw new Error(`not canonical: ${line}`);
      const event = JSON.parse(line) as SentEvent;
      if (this.#ids.has(event.id)) duplicates++;
      else {
        this.events.push(event);
        this.lines.push(line);
        this.log.append([line]);
      }
      this.#ids.add(event.id);
    }
    return duplicates;
  }
}

export async function createCollector(port = 0): Promise<Collector> {
  const requests: Received[] = [];
  const sealed = new Sealed();
  const { log } = sealed;
  const respond = async (received: Received, response: ServerResponse): Promise<void> => {
    requests.push(received);
    const answer = collector.answer(received, requests.length);
    if (answer.cut === "before") {
      response.socket?.destroy();
      return;
    }
    const status = answer.status ?? 200;
    const { lines } = received;
    const duplicates = status === 200 ? sealed.store(lines) : 0;
    if (answer.cut === "after") {
      response.socket?.destroy();
      return;
    }
    const seen = received.headers["telltale-seen"];
    const claim = await log.claim(Array.isArray(seen) ? seen[0] : seen);
    const counts = { accepted: lines.length - duplicates, duplicates, rejected: [] };
    const { body } = answer;
    const reply =
      typeof body === "string" ? body : JSON.stringify({ ...counts, ...claim, ...(body as object) });
    await new Promise((resolve) => setTimeout(resolve, answer.delayMs ?? 0));
    response.writeHead(status, { "content-type": "application/json", ...answer.headers });
    response.end(reply);
  };
  const server: Server = createServer((request, response) => {
    if (request.url === "/log/vkey") {
      response.end(`${log.vkey}\n`);
      return;
    }
    if (request.url === "/log/keys") {
      response.end(log.keyHistory);
      return;
    }
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const raw = Buffer.concat(chunks);
      const body = request.headers["content-encoding"] === "gzip" ? gunzipSync(raw) : raw;
      const lines = body.toString("utf8").split("\n").slice(0, -1);
      const received = { headers: request.headers, body: raw, lines, socket: request.socket.remotePort };
      respond(received, response).catch((error: unknown) => response.destroy(error as Error));
    });
  });
  await new Promise<void>((resolve) => server.listen(port, "127.0.0.1", resolve));
  const collector: Collector = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    events: sealed.events,
    lines: sealed.lines,
    log,
    answer: () => ({}),
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
  return collector;
}

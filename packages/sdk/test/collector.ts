// SPDX-License-Identifier: Apache-2.0
import { createServer, type IncomingHttpHeaders, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { gunzipSync } from "node:zlib";
import { isCanonical, type SentEvent } from "@telltale/event";

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
  answer(request: Received, attempt: number): Answer;
  close(): Promise<void>;
}

export async function createCollector(port = 0): Promise<Collector> {
  const requests: Received[] = [];
  const events: SentEvent[] = [];
  const ids = new Set<string>();
  const store = (lines: string[]): number => {
    let duplicates = 0;
    for (const line of lines) {
      const bytes = Buffer.from(line);
      if (!isCanonical(bytes, 0, bytes.length)) throw new Error(`not canonical: ${line}`);
      const event = JSON.parse(line) as SentEvent;
      if (ids.has(event.id)) duplicates++;
      else events.push(event);
      ids.add(event.id);
    }
    return duplicates;
  };
  const server: Server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const raw = Buffer.concat(chunks);
      const body = request.headers["content-encoding"] === "gzip" ? gunzipSync(raw) : raw;
      const lines = body.toString("utf8").split("\n").slice(0, -1);
      const received = { headers: request.headers, body: raw, lines, socket: request.socket.remotePort };
      requests.push(received);
      const answer = collector.answer(received, requests.length);
      if (answer.cut === "before") {
        request.socket.destroy();
        return;
      }
      const status = answer.status ?? 200;
      const duplicates = status === 200 ? store(lines) : 0;
      if (answer.cut === "after") {
        request.socket.destroy();
        return;
      }
      const reply = answer.body ?? { accepted: lines.length - duplicates, duplicates, rejected: [] };
      setTimeout(() => {
        response.writeHead(status, { "content-type": "application/json", ...answer.headers });
        response.end(typeof reply === "string" ? reply : JSON.stringify(reply));
      }, answer.delayMs ?? 0);
    });
  });
  await new Promise<void>((resolve) => server.listen(port, "127.0.0.1", resolve));
  const collector: Collector = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    events,
    answer: () => ({}),
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
  return collector;
}

// SPDX-License-Identifier: Apache-2.0
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

export interface FakeRequest {
  method: string;
  path: string;
  query: URLSearchParams;
  headers: IncomingMessage["headers"];
  body: string;
}

export interface FakeServer {
  url: string;
  requests: FakeRequest[];
  close(): Promise<void>;
}

type Handler = (request: FakeRequest, response: ServerResponse) => void | Promise<void>;

/** A real HTTP server on the loopback that answers as the test says. */
export async function startFakeServer(handler: Handler): Promise<FakeServer> {
  const requests: FakeRequest[] = [];
  const server = createServer((incoming, response) => {
    const chunks: Buffer[] = [];
    incoming.on("data", (chunk: Buffer) => chunks.push(chunk));
    incoming.on("end", () => {
      const url = new URL(incoming.url ?? "/", "http://fake");
      const request: FakeRequest = {
        method: incoming.method ?? "",
        path: url.pathname,
        query: url.searchParams,
        headers: incoming.headers,
        body: Buffer.concat(chunks).toString("utf8"),
      };
      requests.push(request);
      void Promise.resolve(handler(request, response)).catch((error: unknown) => {
        response.statusCode = 500;
        response.end(String(error));
      });
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    requests,
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

export function answerJson(
  response: ServerResponse,
  status: number,
  body: unknown,
  headers: Record<string, string> = {},
): void {
  response.writeHead(status, { "content-type": "application/json", ...headers });
  response.end(JSON.stringify(body));
}

/** Answers `POST /v1/events` as the server does, and remembers ids. */
export function createFakeLog(): { events: Record<string, unknown>[]; ingest(body: string): unknown } {
  const events: Record<string, unknown>[] = [];
  const ids = new Set<unknown>();
  return {
    events,
    ingest(body) {
      const answer = {
        accepted: 0,
        duplicates: 0,
        rejected: [] as unknown[],
        first: null as number | null,
        last: null as number | null,
      };
      for (const [i, line] of body.split("\n").entries()) {
        if (line === "") continue;
        const event = JSON.parse(line) as Record<string, unknown>;
        if (event["action"] === undefined) {
          answer.rejected.push({ line: i + 1, code: "no_action", message: "The event has no `action`." });
        } else if (ids.has(event["id"])) answer.duplicates++;
        else {
          ids.add(event["id"]);
          events.push(event);
          answer.accepted++;
          answer.first ??= events.length - 1;
          answer.last = events.length - 1;
        }
      }
      return { ...answer, checkpoint: "" };
    },
  };
}

// SPDX-License-Identifier: Apache-2.0
import { createServer, type IncomingHttpHeaders, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/** A server that tells decisions as Telltale's does, or whatever a test has it say. */
export class DecisionServer {
  /** Answers a request instead. */
  answer: ((response: ServerResponse) => void) | undefined;
  /** Told to whoever comes. */
  inForce: object[] = [];
  readonly requests: { url: string; headers: IncomingHttpHeaders }[] = [];
  readonly streams = new Set<ServerResponse>();
  #server = this.#create();
  #port = 0;

  #create() {
    return createServer((request, response) => {
      if (!request.url?.startsWith("/v1/decisions/stream")) {
        response.writeHead(404).end("{}");
        return;
      }
      this.requests.push({ url: request.url, headers: request.headers });
      if (this.answer !== undefined) {
        this.answer(response);
        return;
      }
      response.writeHead(200, { "content-type": "text/event-stream; charset=utf-8" });
      this.streams.add(response);
      response.on("close", () => this.streams.delete(response));
      this.write(response, "state", { decisions: this.inForce });
    });
  }

  async start(): Promise<this> {
    await new Promise<void>((resolve) => this.#server.listen(this.#port, "127.0.0.1", resolve));
    this.#port = (this.#server.address() as AddressInfo).port;
    return this;
  }

  get url(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  write(response: ServerResponse, event: string, data: object): void {
    response.write(`event: ${event}\ndata: ${JSON.stringify(data)}\n\n`);
  }

  tell(event: string, data: object): void {
    for (const response of this.streams) this.write(response, event, data);
  }

  /** As if it were killed: every connection breaks, and nobody listens. */
  async kill(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
    this.#server = this.#create();
  }
}

export function told(id: string, over: Record<string, unknown> = {}): object {
  return {
    id,
    kind: "block",
    target: { type: "actor", value: "mallory" },
    reason: "a test",
    leftMs: 60_000,
    agoMs: 0,
    ...over,
  };
}

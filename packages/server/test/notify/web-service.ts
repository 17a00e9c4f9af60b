// SPDX-License-Identifier: Apache-2.0
import { createServer, type IncomingHttpHeaders } from "node:http";
import type { AddressInfo } from "node:net";
import type { Mood, Service } from "./channel.suite.js";

export interface TakenRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** A web service that takes JSON; `ok` is the status with which it does. */
export class WebService implements Service {
  readonly host = "127.0.0.1";
  mood: Mood = "well";
  connections = 0;
  readonly requests: TakenRequest[] = [];
  readonly #ok: number;
  readonly #server = createServer((request, response) => {
    let body = "";
    request.on("data", (part) => (body += part));
    request.on("end", () => {
      const { mood } = this;
      if (mood === "slow") return;
      if (mood === "dead") {
        request.socket.destroy();
        return;
      }
      if (mood === "busy") {
        response.writeHead(429, { "retry-after": "3" }).end();
        return;
      }
      if (mood === "refusing") {
        response.writeHead(400).end('{"error":"bad"}');
        return;
      }
      this.requests.push({
        method: request.method ?? "",
        path: request.url ?? "",
        headers: request.headers,
        body,
      });
      response.writeHead(this.#ok);
      if (mood !== "endless") {
        response.end();
        return;
      }
      const timer = setInterval(() => response.write("x".repeat(10_000)), 1);
      response.on("close", () => clearInterval(timer));
    });
  });

  constructor(ok = 200) {
    this.#ok = ok;
    this.#server.on("connection", () => this.connections++);
  }

  async start(): Promise<this> {
    await new Promise<void>((resolve) => this.#server.listen(0, "127.0.0.1", resolve));
    return this;
  }

  get url(): URL {
    return new URL(`http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/services/SECRETPATH`);
  }

  get taken(): readonly string[] {
    return this.requests.map(({ body }) => body);
  }

  json(at = 0): Record<string, unknown> {
    return JSON.parse(this.requests.at(at)?.body ?? "null") as Record<string, unknown>;
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}

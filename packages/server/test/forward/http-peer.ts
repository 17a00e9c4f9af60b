// SPDX-License-Identifier: Apache-2.0
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { createServer as createTlsServer } from "node:https";
import type { AddressInfo } from "node:net";
import { gunzipSync } from "node:zlib";
import type { Mood } from "./target.suite.js";

export interface Asked {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingMessage["headers"];
  readonly body: string;
}

export interface Answer {
  readonly status: number;
  readonly body?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** An HTTP server with moods; in a good one it answers as it is told to. */
export class HttpTestPeer {
  mood: Mood = "well";
  readonly asked: Asked[] = [];
  readonly #server;
  readonly #scheme: string;

  constructor(answer: (asked: Asked) => Answer | Promise<Answer>, tls?: { cert: string; key: string }) {
    const listener = (request: IncomingMessage, response: ServerResponse): void => {
      void this.#respond(request, response, answer);
    };
    this.#scheme = tls === undefined ? "http" : "https";
    this.#server = tls === undefined ? createServer(listener) : createTlsServer(tls, listener);
  }

  async start(): Promise<this> {
    await new Promise<void>((resolve) => this.#server.listen(0, "127.0.0.1", resolve));
    return this;
  }

  get url(): URL {
    return new URL(`${this.#scheme}://127.0.0.1:${(this.#server.address() as AddressInfo).port}`);
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  async #respond(
    request: IncomingMessage,
    response: ServerResponse,
    answer: (asked: Asked) => Answer | Promise<Answer>,
  ): Promise<void> {
    const { mood } = this;
    if (mood === "dead") {
      request.socket.destroy();
      return;
    }
    const pieces: Buffer[] = [];
    try {
      for await (const piece of request as AsyncIterable<Buffer>) pieces.push(piece);
    } catch {
      return;
    }
    if (mood === "slow") return;
    if (mood === "garbage") {
      response.writeHead(200).end("<html>Please sign in to the network</html>");
      return;
    }
    if (mood === "huge") {
      response.writeHead(200);
      const timer = setInterval(() => response.write("x".repeat(1_000_000)), 1);
      response.on("close", () => clearInterval(timer));
      return;
    }
    const raw = Buffer.concat(pieces);
    const body = (request.headers["content-encoding"] === "gzip" ? gunzipSync(raw) : raw).toString();
    const asked = { method: request.method ?? "", path: request.url ?? "", headers: request.headers, body };
    this.asked.push(asked);
    const given = await answer(asked);
    const text = given.body ?? "";
    if (mood === "half") {
      // It took the events, and died while it said so.
      response.writeHead(given.status, { "content-length": text.length + 100 });
      response.write(text, () => request.socket.destroy());
      return;
    }
    response.writeHead(given.status, given.headers).end(text);
  }
}

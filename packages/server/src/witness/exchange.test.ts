// SPDX-License-Identifier: Apache-2.0
import { createServer, type RequestListener, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, describe, expect, it } from "vitest";
import { createExchange, ExchangeError } from "./exchange.js";

let server: Server | undefined;
afterEach(async () => {
  server?.closeAllConnections();
  await new Promise((resolve) => server?.close(resolve));
});

async function serve(listener: RequestListener): Promise<string> {
  server = createServer(listener);
  await new Promise<void>((resolve) => server?.listen(0, "127.0.0.1", resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/prefix`;
}

const codeOf = (work: Promise<unknown>) =>
  work.then(
    () => "answered",
    (error: unknown) => (error instanceof ExchangeError ? error.code : String(error)),
  );

describe("an exchange with a witness", () => {
  it("is one request below the prefix and its answer", async () => {
    const url = await serve((request, response) => {
      response.writeHead(409, { "content-type": "text/x.tlog.size" }).end(`${request.method} ${request.url}`);
    });
    const exchange = createExchange(url);
    const reply = await exchange.send("POST", "/add-checkpoint", "old 0\n");
    expect({ ...reply, body: reply.body.toString() }).toEqual({
      status: 409,
      type: "text/x.tlog.size",
      body: "POST /prefix/add-checkpoint",
    });
    exchange.close();
  });

  it("ends when the answer does not come, or drips", async () => {
    const silent = createExchange(await serve(() => undefined), 100);
    expect(await codeOf(silent.send("POST", "/add-checkpoint"))).toBe("timed_out");
    server?.closeAllConnections();
    const drip = createExchange(
      await serve((_, response) => {
        const timer = setInterval(() => response.write("x"), 10);
        response.on("close", () => clearInterval(timer));
      }),
      150,
    );
    expect(await codeOf(drip.send("POST", "/add-checkpoint"))).toBe("timed_out");
  });

  it("follows no redirect and reads no more than an answer can have", async () => {
    let asked = 0;
    const url = await serve((request, response) => {
      asked++;
      if (request.method === "POST") response.writeHead(302, { location: "/elsewhere" }).end();
      else response.end(Buffer.alloc(100_000));
    });
    const exchange = createExchange(url);
    expect((await exchange.send("POST", "/add-checkpoint")).status).toBe(302);
    expect(asked).toBe(1);
    expect(await codeOf(exchange.send("GET", "/x"))).toBe("bad_answer");
    exchange.close();
  });
});

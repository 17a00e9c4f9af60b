// SPDX-License-Identifier: Apache-2.0
import type { ServerResponse } from "node:http";
import { gzipSync } from "node:zlib";
import { afterEach, describe, expect, it } from "vitest";
import { memorySource } from "../../../log/test/memory-source.js";
import { type FakeServer, startFakeServer } from "../../test/fake-server.js";
import { KEY, serveLog } from "../../test/log-server.js";
import { makeIo } from "../../test/test-io.js";
import { createClient } from "../client/client.js";
import { HttpSource } from "./http-source.js";

const servers: FakeServer[] = [];
afterEach(async () => {
  for (const server of servers.splice(0)) await server.close();
});

function sourceOf(server: FakeServer, io = makeIo().io): HttpSource {
  servers.push(server);
  return new HttpSource(io, createClient(io, { url: server.url, key: KEY }, "read"), {
    silence: 150,
    whole: 400,
  });
}

const answering = async (answer: (response: ServerResponse) => void): Promise<HttpSource> =>
  sourceOf(await startFakeServer((_request, response) => answer(response)));

const kinds: [string, (source: HttpSource) => Promise<unknown>][] = [
  ["checkpoint", (source) => source.checkpoint()],
  ["tile", (source) => source.tile(0, 0, 256)],
  ["bundle", (source) => source.bundle(0, 256)],
  ["key", (source) => source.verifierKey()],
];

describe("HttpSource", () => {
  it("reads what a log has, and falls back from a partial tile to the full one", async () => {
    const log = memorySource(600);
    const vkey = log.signer.vkey;
    const source = sourceOf(
      await serveLog(log, vkey, (request, response) => {
        if (!request.path.includes(".p/")) return false;
        response.writeHead(404).end();
        return true;
      }),
    );
    expect(await source.checkpoint()).toEqual(await log.checkpoint());
    expect(await source.verifierKey()).toBe(vkey);
    expect(await source.tile(0, 1, 200)).toEqual(await log.tile(0, 1, 200));
    expect(await source.bundle(1, 200)).toEqual(await log.bundle(1, 200));
    expect(await source.bundle(2, 256)).toBeUndefined();
    log.pruned.add(0);
    expect(await source.bundle(0, 256)).toBe("pruned");
  });

  describe.each(kinds)("%s", (_name, read) => {
    it("an endless answer is not read to its end", async () => {
      let sent = 0;
      const source = await answering((response) => {
        const more = (): void => {
          while (!response.destroyed && sent < 1e9) {
            sent += 1 << 20;
            if (!response.write(Buffer.alloc(1 << 20))) return void response.once("drain", more);
          }
        };
        more();
      });
      await expect(read(source)).rejects.toMatchObject({ code: "unreachable" });
      expect(sent).toBeLessThan(100e6);
    });

    it("a gzip bomb does not get far", async () => {
      const bomb = gzipSync(Buffer.alloc(200_000_000));
      const source = await answering((response) => {
        response.writeHead(200, { "content-encoding": "gzip" });
        response.end(bomb);
      });
      const before = process.memoryUsage().arrayBuffers;
      await expect(read(source)).rejects.toMatchObject({ code: "unreachable" });
      expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(100e6);
    });

    it("an answer that drips, stops or never begins is given up", async () => {
      const timers: NodeJS.Timeout[] = [];
      for (const start of [
        (): void => undefined,
        (response: ServerResponse): void => void response.write("x"),
        (response: ServerResponse): void => void timers.push(setInterval(() => response.write("x"), 20)),
      ]) {
        const source = await answering(start);
        await expect(read(source)).rejects.toMatchObject({
          code: "unreachable",
          message: expect.stringContaining("slowly") as string,
        });
      }
      for (const timer of timers) clearInterval(timer);
    });

    it("a redirect is not followed: the key stays here", async () => {
      const elsewhere = await startFakeServer((_request, response) => void response.end("x"));
      servers.push(elsewhere);
      const source = await answering((response) => {
        response.writeHead(302, { location: `${elsewhere.url}/log/checkpoint` }).end();
      });
      await expect(read(source)).rejects.toMatchObject({
        code: "unreachable",
        message: expect.stringContaining("redirects") as string,
      });
      expect(elsewhere.requests).toEqual([]);
    });

    it.each([
      [401, "notPermitted"],
      [429, "tryLater"],
      [503, "tryLater"],
      [500, "unreachable"],
      [304, "unreachable"],
    ])("a status %i is %s", async (status, code) => {
      const body = JSON.stringify({ error: { code: "x", message: "y" } });
      const source = await answering((response) => {
        response.writeHead(status).end(status === 304 ? undefined : body);
      });
      await expect(read(source)).rejects.toMatchObject({ code });
    });

    it("a connection that is cut is no answer", async () => {
      const source = await answering((response) => {
        response.writeHead(200, { "content-length": "8192" });
        response.write("x", () => response.destroy());
      });
      await expect(read(source)).rejects.toMatchObject({ code: "unreachable" });
    });
  });

  it("stops when the user does", async () => {
    const test = makeIo();
    const source = sourceOf(await startFakeServer(() => test.stop()), test.io);
    await expect(source.checkpoint()).rejects.toMatchObject({ code: "interrupted" });
  });
});

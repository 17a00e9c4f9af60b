// SPDX-License-Identifier: Apache-2.0
import type { ServerResponse } from "node:http";
import type { MirrorSource } from "@telltale/log";
import { parseTilePath } from "@telltale/merkle";
import { answerJson, type FakeRequest, type FakeServer, startFakeServer } from "./fake-server.js";

export const KEY = "tt_read_a_b";

/** Answers something else than the log would, for some requests; true when it did. */
export type Instead = (request: FakeRequest, response: ServerResponse) => boolean | Promise<boolean>;

async function answer(source: MirrorSource, vkey: string, request: FakeRequest, response: ServerResponse) {
  const error = (status: number, code: string): void =>
    answerJson(response, status, { error: { code, message: `${code}.` } });
  if (request.headers.authorization !== `Bearer ${KEY}`) return error(401, "unauthorized");
  if (request.path === "/v1/status") return answerJson(response, 200, { vkey, size: 1 });
  if (request.path === "/log/checkpoint") return void response.end(await source.checkpoint());
  if (request.path === "/log/keys") {
    const keys = await source.keys?.();
    return keys === undefined ? error(404, "not_found") : void response.end(keys);
  }
  const { level, n, width } = parseTilePath(request.path.replace("/log/", ""));
  const bytes =
    level === "entries" ? await source.bundle(Number(n), width) : await source.tile(level, Number(n), width);
  if (bytes === "pruned") return error(410, "pruned");
  if (bytes === undefined) return error(404, "not_found");
  response.end(bytes);
}

/** A log over HTTP as a Telltale server has it. */
export function serveLog(
  source: MirrorSource,
  vkey: string,
  instead: Instead = () => false,
): Promise<FakeServer> {
  return startFakeServer(async (request, response) => {
    if (!(await instead(request, response))) await answer(source, vkey, request, response);
  });
}

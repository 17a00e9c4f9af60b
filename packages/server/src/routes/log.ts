// SPDX-License-Identifier: Apache-2.0
import type { TileAddress } from "@telltale/merkle";
import { MerkleError, parseTilePath, TILE_WIDTH } from "@telltale/merkle";
import type { FastifyReply } from "fastify";
import { z } from "zod";
import { ApiError } from "../errors.js";
import type { Api } from "./define.js";
import type { LogReader, WitnessReader } from "./deps.js";
import { unlessPruned } from "./pruned.js";
import type { ReadAudit } from "./read-audit.js";

const params = z.object({ "*": z.string().max(100) });
const MAX_TILE = BigInt(Number.MAX_SAFE_INTEGER);

// The path is turned into numbers and only they are used: no byte of it reaches the disk.
function parseAddress(path: string): TileAddress {
  try {
    const address = parseTilePath(path);
    if (address.n <= MAX_TILE) return address;
  } catch (error) {
    if (!(error instanceof MerkleError)) throw error;
  }
  throw new ApiError("not_found");
}

function sendTile(reply: FastifyReply, tile: Buffer | undefined, isPublic: boolean): Buffer {
  if (tile === undefined) throw new ApiError("not_found");
  // A tile of a given width never changes (tlog-tiles). Behind a key it stays out of shared caches.
  void reply
    .type("application/octet-stream")
    .header("cache-control", `${isPublic ? "public" : "private"}, max-age=31536000, immutable`);
  return tile;
}

const widthOf = ({ width }: TileAddress): number | undefined => (width === TILE_WIDTH ? undefined : width);

/** Beside what tlog-tiles says: the log's key, and how whoever knows an old one comes to the new one. */
function registerKeys(api: Api, log: LogReader, isPublic: boolean): void {
  const access = isPublic ? "public" : "log.key";
  api.route(
    {
      method: "GET",
      url: "/log/vkey",
      access,
      summary:
        "The log's verifier key (C2SP signed-note), for who has none and believes the server this once",
      answer: "text/plain",
    },
    ({ reply }) => {
      void reply.type("text/plain; charset=utf-8").header("cache-control", "no-cache");
      return `${log.vkey}\n`;
    },
  );
  api.route(
    {
      method: "GET",
      url: "/log/keys",
      access,
      summary:
        "All keys that the log ever had, each with the proof that the one before named it: who knows one of them can follow to the newest",
      answer: "application/json",
    },
    ({ reply }) => {
      void reply.type("application/json; charset=utf-8").header("cache-control", "no-cache");
      return log.keyHistory;
    },
  );
}

/** The log as C2SP tlog-tiles has it, under the prefix `/log`. */
export function registerLog(
  api: Api,
  {
    log,
    witnesses,
    isPublic,
    audit,
  }: { log: LogReader; witnesses: WitnessReader | undefined; isPublic: boolean; audit: ReadAudit },
): void {
  const access = isPublic ? "public" : "log.read";
  api.route(
    {
      method: "GET",
      url: "/log/checkpoint",
      access,
      summary:
        "The newest checkpoint that enough witnesses cosigned, else the newest signed one (C2SP tlog-checkpoint)",
      answer: "text/plain",
    },
    ({ reply }) => {
      void reply.type("text/plain; charset=utf-8").header("cache-control", "no-cache");
      return witnesses?.published() ?? log.checkpoint().text;
    },
  );
  registerKeys(api, log, isPublic);
  registerTiles(api, { log, isPublic, audit });
}

function registerTiles(
  api: Api,
  { log, isPublic, audit }: { log: LogReader; isPublic: boolean; audit: ReadAudit },
): void {
  // Entry bundles are the events themselves: they are never public.
  api.route(
    {
      method: "GET",
      url: "/log/tile/entries/*",
      access: "events.read",
      summary: "An entry bundle (C2SP tlog-tiles)",
      params,
      answer: "application/octet-stream",
      errors: ["not_found"],
    },
    async ({ params, request, reply }) => {
      const address = parseAddress(`tile/entries/${params["*"]}`);
      audit.copied(request, Number(address.n));
      return sendTile(reply, await unlessPruned(log.entryBundle(Number(address.n), widthOf(address))), false);
    },
  );
  api.route(
    {
      method: "GET",
      url: "/log/tile/*",
      access: isPublic ? "public" : "log.read",
      summary: "A hash tile (C2SP tlog-tiles)",
      params,
      answer: "application/octet-stream",
      errors: ["not_found"],
    },
    async ({ params, reply }) => {
      const address = parseAddress(`tile/${params["*"]}`);
      // `entries` cannot come here as long as the route above exists; if it did, it must not be served as a tile.
      if (address.level === "entries") throw new ApiError("not_found");
      return sendTile(reply, await log.tile(address.level, Number(address.n), widthOf(address)), isPublic);
    },
  );
}

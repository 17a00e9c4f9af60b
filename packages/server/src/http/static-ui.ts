// SPDX-License-Identifier: Apache-2.0
import { createHash } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import { extname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { gzip } from "node:zlib";
import type { FastifyReply, FastifyRequest } from "fastify";

/** The built page: `packages/server/public`, beside `src` and `dist` alike. */
export const UI_DIR = fileURLToPath(new URL("../../public", import.meta.url));

const TYPES = new Map([
  [".html", "text/html; charset=utf-8"],
  [".js", "text/javascript; charset=utf-8"],
  [".css", "text/css; charset=utf-8"],
  [".json", "application/json; charset=utf-8"],
  [".webmanifest", "application/manifest+json"],
  [".svg", "image/svg+xml"],
  [".png", "image/png"],
  [".ico", "image/x-icon"],
  [".woff2", "font/woff2"],
  [".txt", "text/plain; charset=utf-8"],
]);
const COMPRESSED = new Set([".html", ".js", ".css", ".json", ".svg", ".txt"]);
const MAX_FILES = 2_000;

const NOT_BUILT = `<!doctype html><html lang="en"><meta charset="utf-8"><title>Telltale</title>
<h1>Telltale runs, but its page is not built.</h1>
<p>Run <code>npm run build</code> and start again. The API answers as usual: <a href="/openapi.json">/openapi.json</a>.</p></html>`;

interface Asset {
  readonly body: Buffer;
  readonly gzipped: Buffer | undefined;
  readonly type: string;
  readonly etag: string;
  readonly isHashed: boolean;
  /** A page that stands alone brings a policy of its own, with the hashes of the script and the style inside of it. */
  readonly policy: string | undefined;
}

/** The page's files, read once into memory: no request ever becomes a path of the disk. */
export interface StaticUi {
  /** True when it was answered. */
  send(path: string, request: FastifyRequest, reply: FastifyReply): boolean;
}

const OWN_POLICY = /<meta http-equiv="Content-Security-Policy" content="([^"]+)"/;

async function toAsset(path: string, body: Buffer): Promise<Asset> {
  const extension = extname(path);
  const isWorth = COMPRESSED.has(extension) && body.length > 1_024;
  return {
    body,
    gzipped: isWorth ? await promisify(gzip)(body) : undefined,
    type: TYPES.get(extension) ?? "application/octet-stream",
    etag: `"${createHash("sha256").update(body).digest("base64url").slice(0, 22)}"`,
    // Vite puts a hash of the content into the names of what lies in assets/.
    policy: extension === ".html" ? OWN_POLICY.exec(body.toString("utf8"))?.[1] : undefined,
    isHashed: path.startsWith("/assets/") && /-[\w-]{8,}\.\w+$/.test(path),
  };
}

async function readAll(dir: string): Promise<Map<string, Asset>> {
  const files = new Map<string, Asset>();
  let entries;
  try {
    entries = await readdir(dir, { recursive: true, withFileTypes: true });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return files;
    throw error;
  }
  for (const entry of entries.slice(0, MAX_FILES)) {
    if (!entry.isFile() || entry.name.endsWith(".map")) continue;
    const path = join(entry.parentPath, entry.name);
    const url = path.slice(dir.length).replaceAll("\\", "/");
    files.set(url, await toAsset(url, await readFile(path)));
  }
  return files;
}

function isFresh(request: FastifyRequest, asset: Asset): boolean {
  return request.headers["if-none-match"] === asset.etag;
}

function sendAsset(asset: Asset, request: FastifyRequest, reply: FastifyReply): void {
  void reply
    .type(asset.type)
    .header("etag", asset.etag)
    .header("vary", "accept-encoding")
    .header("cache-control", asset.isHashed ? "public, max-age=31536000, immutable" : "no-cache");
  // The header counts together with the page's own policy, so it must allow no less; framing only a header can forbid.
  if (asset.policy !== undefined)
    void reply.header("content-security-policy", `${asset.policy}; frame-ancestors 'none'`);
  if (isFresh(request, asset)) {
    void reply.status(304).send();
  } else if (asset.gzipped !== undefined && /\bgzip\b/.test(request.headers["accept-encoding"] ?? "")) {
    void reply.header("content-encoding", "gzip").send(asset.gzipped);
  } else {
    void reply.send(asset.body);
  }
}

/** Loads the page. Where it is not built, people are told so instead of getting a 404. */
export async function loadStaticUi(dir: string = UI_DIR): Promise<StaticUi> {
  const files = await readAll(dir);
  const index = files.get("/index.html") ?? (await toAsset("/index.html", Buffer.from(NOT_BUILT)));
  return {
    send(path, request, reply) {
      // A look-up in a map of what exists: `..`, encoded or not, is only a name that nothing has.
      const asset = path === "/" ? index : files.get(path);
      if (asset !== undefined) {
        sendAsset(asset, request, reply);
        return true;
      }
      // A page of the UI is chosen by the address, so any address a browser navigates to gets the same HTML. The API and
      // files that are missing keep their 404.
      const isPage =
        !/^\/(?:v\d+|log|assets)(?:\/|$)/.test(path) &&
        extname(path) === "" &&
        (request.headers.accept ?? "").includes("text/html");
      if (isPage) sendAsset(index, request, reply);
      return isPage;
    },
  };
}

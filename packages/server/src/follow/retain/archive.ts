// SPDX-License-Identifier: Apache-2.0
import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { type FileHandle, mkdir, open, readFile, rename } from "node:fs/promises";
import path from "node:path";
import { ARCHIVE_FORMAT, ARCHIVE_KEYS, MAX_ARCHIVE_MANIFEST } from "@telltale/log";
import { RetainError } from "./error.js";
import type { SegmentFacts } from "./segment-facts.js";

/** A copy that was read back. */
export interface ArchivedCopy {
  /** Path inside the archive, with `/`. */
  readonly file: string;
  readonly sha256: string;
}

/** Where sealed segments are copied to before they go. */
export interface Archive {
  /** Copies a segment; resolves when the copy is durable and was read back. Doing it again changes nothing. */
  copy(facts: SegmentFacts, head: ArchiveHead): Promise<ArchivedCopy>;
  /** Throws `retain_archive_failed` unless the copy is there, whole, with this hash. */
  verify(first: number, sha256: string): Promise<void>;
}

/** What binds a copy to its log: a signed checkpoint that covers it. */
export interface ArchiveHead {
  readonly origin: string;
  readonly size: number;
  /** Signed note of the checkpoint. */
  readonly text: string;
  readonly vkey: string;
  /** Why the segment is in the checkpoint's tree (`rangeProof`), base64: with it the copy is proven without the log. */
  readonly proof: readonly string[];
  /** How the log's key changed, where it did: who knows one of the keys can follow to the others. */
  readonly keyHistory?: string;
}

function failed(why: string, cause?: unknown): RetainError {
  return new RetainError("retain_archive_failed", `${why}: nothing is removed`, { cause });
}

async function hashFile(file: string): Promise<string> {
  const hash = createHash("sha256");
  for await (const chunk of createReadStream(file)) hash.update(chunk as Buffer);
  return hash.digest("hex");
}

async function syncDirectory(directory: string): Promise<void> {
  const handle = await open(directory, "r");
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Writes a new file under a temporary name, makes it durable, and gives it its name. */
async function place(file: string, write: (handle: FileHandle) => Promise<void>): Promise<void> {
  const temporary = `${file}.tmp`;
  const handle = await open(temporary, "w", 0o600);
  try {
    await write(handle);
    await handle.sync();
  } finally {
    await handle.close();
  }
  await rename(temporary, file);
  await syncDirectory(path.dirname(file));
}

/** An archive in a directory, perhaps of another disk: `<origin>/<first>.ndjson.zst` and a manifest beside each. */
export class DirectoryArchive implements Archive {
  readonly #folder: string;
  readonly #inside: string;

  constructor(root: string, origin: string) {
    // One folder for each log; an origin holds a slash, which must not make a path.
    this.#inside = encodeURIComponent(origin);
    this.#folder = path.join(path.resolve(root), this.#inside);
  }

  #nameOf(first: number): string {
    return `${String(first).padStart(20, "0")}.ndjson.zst`;
  }

  async copy(facts: SegmentFacts, head: ArchiveHead): Promise<ArchivedCopy> {
    const name = this.#nameOf(facts.first);
    const file = path.join(this.#folder, name);
    const copy = { file: `${this.#inside}/${name}`, sha256: facts.sha256 };
    await this.#keepKeys(head);
    const isThere = await this.verify(facts.first, facts.sha256).then(
      () => true,
      () => false, // not yet, or not whole: it is written anew, and a second failure is told
    );
    if (isThere) return copy;
    try {
      await mkdir(this.#folder, { recursive: true, mode: 0o700 });
      await place(file, async (handle) => {
        for await (const chunk of createReadStream(facts.path)) await handle.writeFile(chunk as Buffer);
      });
      await place(`${file}.json`, (handle) =>
        handle.writeFile(`${JSON.stringify(toManifest(facts, head), null, 2)}\n`),
      );
    } catch (error) {
      throw failed(`${file} cannot be written`, error);
    }
    // The copy and its manifest are durable under their names; the segment is still in the log.
    // If we die here, the archive has a copy that no certificate names yet.
    // The next run reads it back, finds it whole and goes on from there.
    await this.verify(facts.first, facts.sha256);
    return copy;
  }

  /** Beside the copies, for all of them: it only grows. */
  async #keepKeys({ keyHistory }: ArchiveHead): Promise<void> {
    if (keyHistory === undefined) return;
    const file = path.join(this.#folder, ARCHIVE_KEYS);
    try {
      await mkdir(this.#folder, { recursive: true, mode: 0o700 });
      await place(file, (handle) => handle.writeFile(keyHistory));
    } catch (error) {
      throw failed(`${file} cannot be written`, error);
    }
  }

  async verify(first: number, sha256: string): Promise<void> {
    const file = path.join(this.#folder, this.#nameOf(first));
    let manifest: unknown;
    let found: string;
    try {
      const text = await readFile(`${file}.json`, "utf8");
      manifest = text.length > MAX_ARCHIVE_MANIFEST ? undefined : JSON.parse(text);
      found = await hashFile(file);
    } catch (error) {
      throw failed(`${file} or its manifest cannot be read`, error);
    }
    const stated = manifest as { first?: unknown; sha256?: unknown } | null | undefined;
    if (stated?.first !== first || stated.sha256 !== sha256)
      throw failed(`the manifest of ${file} is of another copy`);
    if (found !== sha256) throw failed(`${file} is not what was copied`);
  }
}

function toManifest(facts: SegmentFacts, head: ArchiveHead): Record<string, unknown> {
  const { first, next, count, bytes, sha256, root, oldest, newest } = facts;
  return {
    format: ARCHIVE_FORMAT,
    origin: head.origin,
    first,
    next,
    count,
    bytes,
    sha256,
    root,
    oldest: new Date(oldest).toISOString(),
    newest: new Date(newest).toISOString(),
    treeSize: head.size,
    checkpoint: head.text,
    vkey: head.vkey,
    proof: head.proof,
  };
}

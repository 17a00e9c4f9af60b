// SPDX-License-Identifier: Apache-2.0
import { constants } from "node:fs";
import { open, rename, rm, type FileHandle } from "node:fs/promises";
import path from "node:path";
import type { TargetKind } from "../target-kinds.js";
import { ALL_TAKEN, TargetError, type DeliveryResult, type Outgoing, type Target } from "../target.js";
import { toEcsLine } from "./ecs-line.js";
import { encodeBatch } from "./http.js";

export interface JsonFileOptions {
  readonly name: string;
  /** Absolute; its folder must exist. */
  readonly path: string;
  /** The file is rotated before it would grow beyond this. */
  readonly maxBytes: number;
  /** How many rotated files stay: `<path>.1` is the newest. */
  readonly keep: number;
}

/** Wazuh's agent reads lines of less than 64 KiB, its own header included. */
export const MAX_LINE = 65_000;
const MOST_BESIDE_LOG = 16 * 1024 ** 3;
/** For its owner and the group of the agent that reads it. */
const MODE = 0o640;
/** The disk may get space again; all else is a matter of the path. */
const PASSING = new Set(["ENOSPC", "EDQUOT", "EIO", "EMFILE", "ENFILE"]);

/** What a person can do about it. The path is the operator's own, or one below the fence: no secret. */
function toRemedy(code: string, folder: string): string {
  switch (code) {
    case "ENOENT":
      return `make the folder ${folder}, or choose another path`;
    case "ENOTDIR":
      return `${folder} is no folder; choose another path`;
    case "EACCES":
    case "EPERM":
    case "EROFS":
      return `let the user that Telltale runs as write in ${folder}, or choose another path`;
    case "EISDIR":
    case "ENOTFILE":
    case "ELOOP":
      return "it is a folder, a link or no plain file; remove it, or choose another path";
    case "ENOSPC":
    case "EDQUOT":
      return `make room on the disk of ${folder}`;
    default:
      return `look at ${folder}, or choose another path`;
  }
}

/** One event as a line of the file: flat, with ECS names. */
export function toFileLine({ address, event }: Outgoing): string {
  return `${toEcsLine(event, address, { flat: true, ascii: false, maxBytes: MAX_LINE - 1 })}\n`;
}

/** A rotated file of JSON lines, for an agent on this machine (Wazuh 4 and 5, or any log shipper). */
class JsonFileTarget implements Target {
  readonly name: string;
  readonly kind = "json-file";
  readonly #options: JsonFileOptions;
  #file: { handle: FileHandle; size: number } | undefined;

  constructor(options: JsonFileOptions) {
    this.name = options.name;
    this.#options = options;
  }

  async deliver(batch: readonly Outgoing[], signal: AbortSignal): Promise<DeliveryResult> {
    const lines = await encodeBatch(batch, toFileLine);
    if (signal.aborted) throw new TargetError("unreachable", "stopped");
    try {
      await this.#append(lines);
    } catch (cause) {
      await this.#forget();
      const { code } = cause as { code?: unknown };
      const word = typeof code === "string" ? code : "unknown reason";
      throw new TargetError(
        PASSING.has(word) ? "unreachable" : "misconfigured",
        `${this.#options.path} cannot be written (${word}): ${toRemedy(word, path.dirname(this.#options.path))}`,
        { cause },
      );
    }
    return ALL_TAKEN;
  }

  async close(): Promise<void> {
    await this.#forget();
  }

  async #append(lines: Buffer): Promise<void> {
    let file = await this.#open();
    if (file.size > 0 && file.size + lines.length > this.#options.maxBytes) {
      await this.#rotate();
      file = await this.#open();
    }
    try {
      await file.handle.writeFile(lines);
      // True now: the lines are in the file, perhaps not on the disk. Dying here leaves the cursor before them: they are
      // written a second time after the next start, under the same addresses.
      await file.handle.datasync();
    } catch (error) {
      // Half a batch would be sent again in full, and end in half a line.
      await file.handle.truncate(file.size);
      throw error;
    }
    file.size += lines.length;
  }

  async #open(): Promise<{ handle: FileHandle; size: number }> {
    if (this.#file !== undefined) return this.#file;
    // Appending only, and to no place that somebody has linked here.
    const { O_RDWR, O_APPEND, O_CREAT, O_NOFOLLOW } = constants;
    const handle = await open(this.#options.path, O_RDWR | O_APPEND | O_CREAT | O_NOFOLLOW, MODE);
    try {
      const found = await handle.stat();
      if (!found.isFile()) throw Object.assign(new Error("not a file"), { code: "ENOTFILE" });
      // Whatever the umask is.
      await handle.chmod(MODE);
      this.#file = { handle, size: await endLine(handle, found.size) };
      return this.#file;
    } catch (error) {
      await handle.close();
      throw error;
    }
  }

  async #rotate(): Promise<void> {
    await this.#forget();
    const { path: file, keep } = this.#options;
    await rm(`${file}.${keep}`, { force: true });
    for (let i = keep - 1; i >= 1; i--) await renameIfThere(`${file}.${i}`, `${file}.${i + 1}`);
    if (keep === 0) await rm(file, { force: true });
    else await renameIfThere(file, `${file}.1`);
  }

  async #forget(): Promise<void> {
    const file = this.#file;
    this.#file = undefined;
    await file?.handle.close();
  }
}

/** Ends a line that a crash has torn; its event comes again. Gives the size of the file. */
async function endLine(handle: FileHandle, size: number): Promise<number> {
  if (size === 0) return 0;
  const { buffer } = await handle.read(Buffer.alloc(1), 0, 1, size - 1);
  if (buffer[0] === 10) return size;
  await handle.writeFile("\n");
  return size + 1;
}

async function renameIfThere(from: string, to: string): Promise<void> {
  try {
    await rename(from, to);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
  }
}

export function createJsonFile(options: JsonFileOptions): Target {
  return new JsonFileTarget(options);
}

export const jsonFile: TargetKind = {
  batch: () => ({ events: 1000, bytes: 1024 * 1024, waitMs: 500 }),
  read(section, name) {
    const file = section.outputFile("path", name);
    const options: JsonFileOptions = {
      name,
      path: file,
      maxBytes: section.integer("maxBytes", {
        min: 1024 * 1024,
        max: 16 * 1024 ** 3,
        fallback: 64 * 1024 * 1024,
      }),
      keep: section.integer("keep", { min: 0, max: 1000, fallback: 5 }),
    };
    // Beside the log, which must not run out of space by it.
    if (section.isFenced && options.maxBytes * (options.keep + 1) > MOST_BESIDE_LOG)
      section.fail("keep", "times maxBytes may not be more than 16 GiB here");
    return () => createJsonFile(options);
  },
};

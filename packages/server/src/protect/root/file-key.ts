// SPDX-License-Identifier: Apache-2.0
import { randomBytes } from "node:crypto";
import {
  chmodSync,
  closeSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  writeSync,
} from "node:fs";
import path from "node:path";
import { z } from "zod";
import { KEY_BYTES } from "./cipher.js";
import type { KeyContext } from "./context.js";
import { type Generation, generateLocally, toGeneration, unwrapLocally, wrapLocally } from "./generations.js";
import { type GeneratedKey, type RootKey, type RootKeyDescription, RootKeyError } from "./root-key.js";

const FORMAT = 1;
/** More rotations than anybody does; the file is read whole. */
const MAX_GENERATIONS = 1000;

const fileShape = z.strictObject({
  format: z.literal(FORMAT),
  /** The newest first. */
  keys: z
    .array(z.strictObject({ made: z.iso.datetime(), key: z.base64().length(44) }))
    .min(1)
    .max(MAX_GENERATIONS),
});

interface Kept extends Generation {
  readonly made: string;
}

export interface FileKeyOptions {
  /** Absolute path. */
  readonly file: string;
  /** False where keys exist that the root key wrapped: then a missing file is a loss and no first start. */
  readonly mayCreate: boolean;
  readonly now: () => number;
}

/** The root key in a file that only the user of the server may read (0600). Generations are only ever added. */
export class FileKey implements RootKey {
  readonly #file: string;
  readonly #now: () => number;
  #keys: readonly Kept[];

  private constructor(file: string, now: () => number, keys: readonly Kept[]) {
    this.#file = file;
    this.#now = now;
    this.#keys = keys;
  }

  /** Reads the file, or makes it at a first start. Throws RootKeyError. */
  static open({ file, mayCreate, now }: FileKeyOptions): FileKey {
    const keys = readKeys(file);
    if (keys !== undefined) return new FileKey(file, now, keys);
    if (!mayCreate) {
      throw new RootKeyError(
        "refused",
        `${file} is missing, and state.db holds keys that it wrapped. Restore it from a backup: without it what is encrypted in the log can be read by nobody`,
      );
    }
    mkdirSync(path.dirname(file), { recursive: true, mode: 0o700 });
    const first = [makeKey(now())];
    writeKeys(file, first);
    return new FileKey(file, now, first);
  }

  generate(context: KeyContext): Promise<GeneratedKey> {
    return Promise.resolve(generateLocally(this.#keys, context));
  }

  async wrap(key: Uint8Array, context: KeyContext): Promise<string> {
    return wrapLocally(this.#keys, key, context);
  }

  async unwrap(wrapped: string, context: KeyContext): Promise<Buffer> {
    return unwrapLocally(this.#keys, wrapped, context);
  }

  async rotate(): Promise<RootKeyDescription> {
    if (this.#keys.length >= MAX_GENERATIONS) throw new RootKeyError("refused", `${this.#file} is full`);
    const next = [makeKey(this.#now()), ...this.#keys];
    writeKeys(this.#file, next);
    this.#keys = next;
    return this.describe();
  }

  describe(): Promise<RootKeyDescription> {
    return Promise.resolve({
      provider: "file",
      name: this.#file,
      generation: this.#keys[0]?.id,
      generations: this.#keys.length,
    });
  }
}

function makeKey(now: number): Kept {
  return { ...toGeneration(randomBytes(KEY_BYTES)), made: new Date(now).toISOString() };
}

function readKeys(file: string): Kept[] | undefined {
  let text: string;
  try {
    text = readFileSync(file, "utf8");
    chmodSync(file, 0o600);
  } catch (error) {
    const { code } = error as { code?: unknown };
    if (code === "ENOENT") return undefined;
    throw new RootKeyError("refused", `${file} cannot be read (${String(code)})`, error);
  }
  try {
    const { keys } = fileShape.parse(JSON.parse(text));
    return keys.map(({ made, key }) => ({ ...toGeneration(Buffer.from(key, "base64")), made }));
  } catch {
    // The cause quotes what the file holds.
    throw new RootKeyError(
      "damaged",
      `${file} is not a file of keys of format ${FORMAT}: restore it from a backup`,
    );
  }
}

function writeKeys(file: string, keys: readonly Kept[]): void {
  const content = {
    format: FORMAT,
    keys: keys.map(({ made, key }) => ({ made, key: key.toString("base64") })),
  };
  const fresh = `${file}.new`;
  rmSync(fresh, { force: true });
  const fd = openSync(fresh, "wx", 0o600);
  try {
    writeSync(fd, `${JSON.stringify(content, undefined, 2)}\n`);
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
  // True now: the new generations are durable under another name, and nothing is wrapped by them. If we die here the old file
  // counts. The next rotation removes what was left.
  renameSync(fresh, file);
  const folder = openSync(path.dirname(file), "r");
  try {
    fsyncSync(folder);
  } finally {
    closeSync(folder);
  }
}

// SPDX-License-Identifier: Apache-2.0
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { type FileHandle, open, rename, rm } from "node:fs/promises";
import { CliFailure, systemCode } from "../failure.js";

/**
 * A file that is there whole or not at all: it has its name once `keep` has resolved. What is there already is never replaced:
 * evidence is not overwritten by accident.
 */
export class OutFile {
  /** Where it is until then. */
  readonly part: string;
  readonly #file: string;
  readonly #handle: FileHandle;
  readonly #hash = createHash("sha256");
  size = 0;

  private constructor(file: string, part: string, handle: FileHandle) {
    this.#file = file;
    this.part = part;
    this.#handle = handle;
  }

  /** CliFailure `cannotWrite` where there is one already, or none can be. */
  static async create(file: string): Promise<OutFile> {
    if (existsSync(file))
      throw new CliFailure("cannotWrite", `${file} is there already`, "Name another file");
    const part = `${file}.${process.pid}.part`;
    try {
      return new OutFile(file, part, await open(part, "wx", 0o600));
    } catch (error) {
      throw cannotWrite(file, error);
    }
  }

  /** All of it; removes what there is when that fails. */
  async take(pieces: AsyncIterable<Uint8Array>, onBytes: (size: number) => void): Promise<void> {
    for await (const piece of pieces) {
      try {
        await this.#handle.writeFile(piece);
      } catch (error) {
        throw cannotWrite(this.#file, error);
      }
      this.#hash.update(piece);
      this.size += piece.length;
      onBytes(this.size);
    }
    await this.#handle.sync();
  }

  /** Its SHA-256 in hex; call it once. */
  sha256(): string {
    return this.#hash.digest("hex");
  }

  async keep(): Promise<void> {
    await this.#handle.close();
    await rename(this.part, this.#file);
  }

  async discard(): Promise<void> {
    await this.#handle.close();
    await rm(this.part, { force: true });
  }
}

function cannotWrite(file: string, error: unknown): CliFailure {
  const why = systemCode(error) ?? (error instanceof Error ? error.message : String(error));
  return new CliFailure("cannotWrite", `${file} cannot be written: ${why}`, undefined, { cause: error });
}

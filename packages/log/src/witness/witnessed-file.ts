// SPDX-License-Identifier: Apache-2.0
import { readFile, writeDurable } from "../disk.js";
import { type FileSystem, nodeFileSystem } from "../fs.js";
import { logPaths } from "../paths.js";

/** A note may have this much. */
const MAX_BYTES = 1_000_000;

/** Where a server keeps the newest checkpoint of its log that enough witnesses cosigned: beside the log. */
export class WitnessedFile {
  readonly path: string;
  readonly #fs: FileSystem;

  constructor(dataDir: string, name = "main", fs: FileSystem = nodeFileSystem) {
    this.path = logPaths(dataDir, name).witnessed;
    this.#fs = fs;
  }

  /** The note, unverified; undefined when there is none yet. LogError `damaged` when it is too long for one. */
  read(): Promise<Buffer | undefined> {
    return readFile(this.#fs, this.path, MAX_BYTES);
  }

  /** Durable when it resolves. */
  write(note: string): Promise<void> {
    return writeDurable(this.#fs, this.path, Buffer.from(note));
  }
}

// SPDX-License-Identifier: Apache-2.0
import { constants } from "node:fs";
import { fdatasync, writeAll, writeDurable } from "./disk.js";
import { LogError } from "./error.js";
import type { FileSystem } from "./fs.js";
import { formatSlot, type HeadFields, type HeadSlots, parseSlots, SLOT_BYTES } from "./head-slot.js";
import type { Signer } from "./keys.js";

/**
 * The newest signed head, in two fixed slots that are written in turn: a write torn by a power cut leaves the
 * other slot. What we last wrote is compared with what is there before each write and again when it is durable
 * (compare-and-swap): a second writer or a restored backup underneath us is found before anything is acknowledged.
 */
export class HeadStore {
  readonly #fs: FileSystem;
  readonly #fd: number;
  readonly #path: string;
  #image: Buffer;

  private constructor(fs: FileSystem, fd: number, path: string, image: Buffer) {
    this.#fs = fs;
    this.#fd = fd;
    this.#path = path;
    this.#image = image;
  }

  static async open(fs: FileSystem, path: string, create: boolean): Promise<HeadStore> {
    const flags = constants.O_RDWR | (create ? constants.O_CREAT : 0);
    const fd = await fs.open(path, flags, 0o600);
    try {
      const size = Math.min((await fs.stat(fd)).size, 2 * SLOT_BYTES + 1);
      const image = Buffer.alloc(Math.max(size, 2 * SLOT_BYTES));
      await fs.read(fd, image.subarray(0, size), 0);
      return new HeadStore(fs, fd, path, image);
    } catch (error) {
      await fs.close(fd).catch(() => undefined);
      throw error;
    }
  }

  /** What was there when the store was opened, or what we wrote since. */
  slots(): HeadSlots {
    return parseSlots(this.#image);
  }

  /** Throws `head_changed` unless the store holds what we last wrote. */
  async verifyUnchanged(): Promise<void> {
    const now = Buffer.allocUnsafe(this.#image.length);
    const [{ size, links }, got] = await Promise.all([
      this.#fs.stat(this.#fd),
      this.#fs.read(this.#fd, now, 0),
    ]);
    // A file that has grown was written by somebody else, too; one that was put in its place is not seen through the open one.
    const isOurs = links > 0 && size <= this.#image.length;
    if (!isOurs || !now.fill(0, got).equals(this.#image)) {
      throw new LogError(
        "head_changed",
        `${this.#path} was changed by somebody else; nothing more is signed`,
      );
    }
  }

  /**
   * Make the newest head durable, if there is one. A process that died, or that was told of a failed fsync, leaves a head that is
   * read from the cache and may not be on the disk: the next one would be written over the only one that is.
   */
  async renew(): Promise<void> {
    const { newest } = this.slots();
    if (newest === undefined) return;
    const position = (newest.generation % 2) * SLOT_BYTES;
    // The same bytes in the same place: should the power go now, a torn slot has the same halves.
    await this.#put(Buffer.from(this.#image.subarray(position, position + SLOT_BYTES)), position);
  }

  /**
   * Write a head and make it durable. The slot follows from the generation. `head_changed` when somebody else wrote, too.
   * `looked` is a look before the write that has already begun.
   */
  async write(head: HeadFields, signer: Pick<Signer, "sign">, looked?: Promise<void>): Promise<void> {
    await this.#put(formatSlot(head, signer), (head.generation % 2) * SLOT_BYTES, looked);
  }

  async #put(slot: Buffer, position: number, looked: Promise<void> = this.verifyUnchanged()): Promise<void> {
    await looked;
    slot.copy(this.#image, position);
    await writeAll(this.#fs, this.#fd, [slot], position);
    await fdatasync(this.#fs, this.#fd);
    // The slot is durable, unless a second writer came between the look and the write; nobody has been told of it yet.
    // If we die here, the head covers lines that are durable: nothing was acknowledged, nothing is lost.
    // Who of two writers finds the other's bytes here stops before it acknowledges anything.
    await this.verifyUnchanged();
  }

  close(): Promise<void> {
    return this.#fs.close(this.#fd);
  }
}

/**
 * Put two heads into place whole: for a new log, and for one whose slots are signed for the first time. Durable when it
 * resolves; until the rename the file is what it was.
 */
export async function replaceHeads(
  fs: FileSystem,
  file: string,
  heads: readonly HeadFields[],
  signer: Pick<Signer, "sign">,
): Promise<void> {
  const bytes = Buffer.alloc(2 * SLOT_BYTES);
  for (const head of heads) formatSlot(head, signer).copy(bytes, (head.generation % 2) * SLOT_BYTES);
  await writeDurable(fs, file, bytes);
}

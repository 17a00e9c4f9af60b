// SPDX-License-Identifier: Apache-2.0
import { constants } from "node:fs";
import { fdatasync, writeAll } from "./disk.js";
import { LogError } from "./error.js";
import type { FileSystem } from "./fs.js";
import { sha256Hex } from "./hash.js";

/** One slot fills one page: writing one never touches the bytes of the other. */
export const SLOT_BYTES = 4096;

/** A signed head as stored: the note, when it was signed, and a number that grows with each write. */
export interface StoredHead {
  generation: number;
  /** ms since 1970. */
  time: number;
  note: string;
}

export interface HeadSlots {
  /** The newest readable head. */
  newest?: StoredHead;
  /** The one before it, where both slots are readable. */
  previous?: StoredHead;
  /** Slots that are neither empty nor readable. */
  damaged: number;
}

function checksum(fields: string, note: Uint8Array): string {
  return sha256Hex(Buffer.concat([Buffer.from(`${fields}\n`), note]));
}

/** `telltale-head/1 <generation> <time> <bytes> <sha256>`, newline, the note, zeros. */
export function formatSlot(head: StoredHead): Buffer {
  const note = Buffer.from(head.note);
  const fields = `telltale-head/1 ${head.generation} ${head.time} ${note.length}`;
  const bytes = Buffer.concat([Buffer.from(`${fields} ${checksum(fields, note)}\n`), note]);
  if (bytes.length > SLOT_BYTES) throw new LogError("bad_name", "the signed head does not fit its slot");
  return Buffer.concat([bytes, Buffer.alloc(SLOT_BYTES - bytes.length)]);
}

const HEADER = /^(telltale-head\/1 ([1-9][0-9]{0,15}) ([0-9]{1,16}) ([1-9][0-9]{0,3})) ([0-9a-f]{64})$/;

/** A slot's head, "empty" where nothing was ever written, "damaged" for everything else. */
export function parseSlot(slot: Buffer): StoredHead | "empty" | "damaged" {
  if (slot.every((byte) => byte === 0)) return "empty";
  const newline = slot.subarray(0, 200).indexOf(10);
  const match = HEADER.exec(slot.toString("latin1", 0, Math.max(0, newline)));
  if (match === null) return "damaged";
  const [, fields = "", generation, time, bytes, sum] = match;
  const end = newline + 1 + Number(bytes);
  const note = slot.subarray(newline + 1, end);
  // Every byte of the slot counts: the checksum covers the head, the rest must be zeros.
  if (end > slot.length || checksum(fields, note) !== sum) return "damaged";
  if (!slot.subarray(end).every((byte) => byte === 0)) return "damaged";
  return { generation: Number(generation), time: Number(time), note: note.toString() };
}

/** Both slots of a head file. */
export function parseSlots(bytes: Buffer): HeadSlots {
  const slots = [0, 1].map((i) => parseSlot(bytes.subarray(i * SLOT_BYTES, (i + 1) * SLOT_BYTES)));
  const heads: StoredHead[] = [];
  let damaged = bytes.length > 2 * SLOT_BYTES ? 1 : 0;
  for (const [i, slot] of slots.entries()) {
    if (typeof slot !== "string" && slot.generation % 2 === i) heads.push(slot);
    else if (slot !== "empty") damaged += 1; // unreadable, or copied from the other slot
  }
  heads.sort((a, b) => b.generation - a.generation);
  const [newest, previous] = heads;
  return { damaged, ...(newest && { newest }), ...(previous && { previous }) };
}

/**
 * The newest signed head, in two fixed slots that are written in turn: a write torn by a power cut leaves the
 * other slot. What we last wrote is compared with what is there before each write (compare-and-swap): a second
 * writer or a restored backup underneath us is found before anything else is signed.
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
      const size = Math.min(await fs.size(fd), 2 * SLOT_BYTES + 1);
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
    const now = Buffer.alloc(this.#image.length);
    await this.#fs.read(this.#fd, now, 0);
    if (!now.equals(this.#image)) {
      throw new LogError(
        "head_changed",
        `${this.#path} was changed by somebody else; nothing more is signed`,
      );
    }
  }

  /** Write a head and make it durable. The slot follows from the generation. */
  async write(head: StoredHead): Promise<void> {
    const slot = formatSlot(head);
    const position = (head.generation % 2) * SLOT_BYTES;
    slot.copy(this.#image, position);
    await writeAll(this.#fs, this.#fd, [slot], position);
    await fdatasync(this.#fs, this.#fd);
  }

  close(): Promise<void> {
    return this.#fs.close(this.#fd);
  }
}

// SPDX-License-Identifier: Apache-2.0
import { mkdir, open, rename, stat } from "node:fs/promises";
import path from "node:path";

/** An event that a target refused for good. The event itself stays in the log, under this address. */
export interface DeadLetter {
  /** RFC 3339. */
  readonly at: string;
  readonly target: string;
  readonly address: string;
  readonly id: string;
  readonly action: string;
  readonly reason: string;
}

/** Where dead letters go. */
export interface DeadLetters {
  /** Durable when it resolves. */
  append(target: string, letters: readonly DeadLetter[]): Promise<void>;
  /** The newest letters of a target, newest first. */
  newest(target: string, most: number): Promise<DeadLetter[]>;
}

const MAX_BYTES = 16 * 1024 * 1024;
const REASON_CHARS = 300;
/** Of the end of a file; letters are short. */
const TAIL_BYTES = 256 * 1024;

/**
 * Dead letters as JSON lines in `<dir>/<target>.dead.jsonl`. A file that is full becomes `<target>.dead.1.jsonl`, which
 * takes the place of an older one: at most twice `maxBytes` for each target. Copies of events would outlive retention
 * and erasure, so a letter names the event and does not hold it.
 */
export function createDeadLetters(dir: string, maxBytes: number = MAX_BYTES): DeadLetters {
  return {
    async append(target, letters) {
      if (letters.length === 0) return;
      await mkdir(dir, { recursive: true, mode: 0o700 });
      const file = path.join(dir, `${target}.dead.jsonl`);
      const text = letters.map((each) => `${JSON.stringify(shorten(each))}\n`).join("");
      const bytes = Buffer.from(text);
      const size = await sizeOf(file);
      if (size > 0 && size + bytes.length > maxBytes)
        await rename(file, path.join(dir, `${target}.dead.1.jsonl`));
      const handle = await open(file, "a", 0o600);
      try {
        await handle.writeFile(bytes);
        await handle.datasync();
      } finally {
        await handle.close();
      }
    },
    async newest(target, most) {
      const files = [`${target}.dead.1.jsonl`, `${target}.dead.jsonl`];
      const texts = await Promise.all(files.map((file) => readTail(path.join(dir, file))));
      // The first line of each may be half a line, and a crash may have torn the last one.
      const letters = texts.flatMap((text) => text.split("\n").flatMap(parseLetter));
      return letters.slice(-most).reverse();
    },
  };
}

async function readTail(file: string): Promise<string> {
  const size = await sizeOf(file);
  if (size === 0) return "";
  const handle = await open(file, "r");
  try {
    const length = Math.min(size, TAIL_BYTES);
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(length), 0, length, size - length);
    return buffer.toString("utf8", 0, bytesRead);
  } finally {
    await handle.close();
  }
}

const FIELDS = ["at", "target", "address", "id", "action", "reason"] as const;

function isLetter(value: unknown): value is DeadLetter {
  if (typeof value !== "object" || value === null) return false;
  return FIELDS.every((field) => typeof (value as Record<string, unknown>)[field] === "string");
}

function parseLetter(line: string): DeadLetter[] {
  try {
    const letter: unknown = JSON.parse(line);
    return isLetter(letter) ? [letter] : [];
  } catch {
    return []; // no letter: half a line
  }
}

function shorten(letter: DeadLetter): DeadLetter {
  return letter.reason.length <= REASON_CHARS
    ? letter
    : { ...letter, reason: `${letter.reason.slice(0, REASON_CHARS)}…` };
}

async function sizeOf(file: string): Promise<number> {
  try {
    return (await stat(file)).size;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return 0;
    throw error;
  }
}

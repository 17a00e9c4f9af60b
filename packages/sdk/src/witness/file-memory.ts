// SPDX-License-Identifier: Apache-2.0
import {
  constants,
  readFileSync,
  renameSync,
  rmSync,
  openSync,
  closeSync,
  fstatSync,
  writeFileSync,
} from "node:fs";
import path from "node:path";
import { MerkleError, verifyCheckpoint } from "@telltale/merkle";
import { nodeCrypto } from "@telltale/merkle/node";
import type { Seen } from "./judge.js";
import { parseLogKey } from "./log-key.js";
import type { WitnessMemory } from "./witness.js";

/** What is remembered of one log: enough to check the signature again, so that only the log itself can be quoted. */
interface Entry {
  url: string;
  vkey: string;
  checkpoint: string;
}

const MOST_BYTES = 1024 * 1024;
/** Logs that are remembered, those used last. */
const MOST_ENTRIES = 32;

function isEntry(value: unknown): value is Entry {
  if (typeof value !== "object" || value === null) return false;
  const { url, vkey, checkpoint } = value as Record<string, unknown>;
  return typeof url === "string" && typeof vkey === "string" && typeof checkpoint === "string";
}

/** What a witness has seen, in a file: by address and key of the log. Processes may share it; the largest size stays. */
export class FileMemory implements WitnessMemory {
  readonly #file: string;
  readonly #url: string;
  readonly #onProblem: (why: string, cause: unknown) => void;

  constructor(dir: string, url: string, onProblem: (why: string, cause: unknown) => void) {
    this.#file = path.join(dir, "witness.json");
    this.#url = url;
    this.#onProblem = onProblem;
  }

  #read(): Entry[] {
    let text: string;
    try {
      const fd = openSync(
        this.#file,
        constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0),
      );
      try {
        const { size } = fstatSync(fd);
        if (size > MOST_BYTES) throw new Error("the file is too long");
        text = readFileSync(fd, "utf8");
      } finally {
        closeSync(fd);
      }
      const value = JSON.parse(text) as { version?: unknown; logs?: unknown } | null;
      if (value?.version !== 1 || !Array.isArray(value.logs)) throw new Error("the file has another form");
      return value.logs.filter(isEntry).slice(0, MOST_ENTRIES);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "ENOENT") this.#onProblem("cannot be read", error);
      return [];
    }
  }

  /** What an entry proves; undefined when it proves nothing. */
  #toSeen({ vkey, checkpoint }: Entry): Seen | undefined {
    try {
      const { size, root } = verifyCheckpoint(nodeCrypto, checkpoint, parseLogKey(vkey));
      return { size, root, checkpoint };
    } catch (error) {
      if (!(error instanceof MerkleError)) throw error;
      this.#onProblem("was changed", error);
      return undefined;
    }
  }

  load(vkey: string | undefined): { vkey: string; seen: Seen | undefined } | undefined {
    const entry = this.#read().find(
      (each) => each.url === this.#url && (vkey === undefined || each.vkey === vkey),
    );
    const seen = entry === undefined ? undefined : this.#toSeen(entry);
    return entry === undefined || seen === undefined ? undefined : { vkey: entry.vkey, seen };
  }

  save(vkey: string, seen: Seen): void {
    try {
      const entries = this.#read();
      const isSame = (each: Entry): boolean => each.url === this.#url && each.vkey === vkey;
      const before = entries.find(isSame);
      // Another process of this application has seen more.
      if (before !== undefined && (this.#toSeen(before)?.size ?? -1n) > seen.size) return;
      const mine = { url: this.#url, vkey, checkpoint: seen.checkpoint };
      const logs = [mine, ...entries.filter((each) => !isSame(each))].slice(0, MOST_ENTRIES);
      this.#replace(`${JSON.stringify({ version: 1, logs }, null, 2)}\n`);
    } catch (error) {
      this.#onProblem("cannot be written", error);
    }
  }

  /** Whoever reads sees the old file or the new one. */
  #replace(text: string): void {
    const next = `${this.#file}.${process.pid}`;
    rmSync(next, { force: true });
    writeFileSync(next, text, { mode: 0o600, flag: "wx" });
    renameSync(next, this.#file);
  }
}

// SPDX-License-Identifier: Apache-2.0
import { constants, readFileSync, readlinkSync, rmSync, writeFileSync } from "node:fs";
import { open, stat, utimes } from "node:fs/promises";
import path from "node:path";

/*
 * Who lives. Node has no file locks, so each process that has a spool says in a file who it is: process id, start time of
 * that process, boot of the machine, namespace of process ids. Another process of the same machine and namespace asks the
 * operating system, and a process id that was given away again is not taken for the holder. Anybody else (a container
 * beside this one, another machine on a shared disk) goes by the time of the file, which its holder renews.
 */

/** Milliseconds between two renewals. */
export const RENEW_MS = 15_000;
/** A process that cannot be asked for is dead when it has not renewed its file for so long. */
export const LEASE_MS = 60_000;

const FORM = /^telltale-spool 1 ([1-9][0-9]{0,9}) ([0-9]{0,20}) ([0-9a-f-]{0,36}) ([0-9]{0,20})\n$/;
const MOST_BYTES = 256;

function readText(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return ""; // no such process, or a system without /proc: told by what else there is
  }
}

/** When a process started, in ticks since boot (Linux); empty where that is not known. */
function startOf(pid: number): string {
  const line = readText(`/proc/${pid}/stat`);
  // The command name is in parentheses and may itself contain spaces and parentheses.
  return line === "" ? "" : (line.slice(line.lastIndexOf(")") + 2).split(" ")[19] ?? "");
}

function namespaceOf(): string {
  try {
    return /^pid:\[([0-9]+)\]$/.exec(readlinkSync("/proc/self/ns/pid"))?.[1] ?? "";
  } catch {
    return "";
  }
}

interface Identity {
  pid: number;
  start: string;
  machine: string;
  namespace: string;
}

function ownIdentity(): Identity {
  const machine = readText("/proc/sys/kernel/random/boot_id").trim();
  return { pid: process.pid, start: startOf(process.pid), machine, namespace: namespaceOf() };
}

function parseIdentity(text: string): Identity | undefined {
  const [, pid, start, machine, namespace] = FORM.exec(text) ?? [];
  if (pid === undefined || start === undefined || machine === undefined || namespace === undefined)
    return undefined;
  return { pid: Number(pid), start, machine, namespace };
}

/** This process as a holder of chains in one directory. */
export class Owner {
  readonly id: string;
  readonly #dir: string;
  readonly #self = ownIdentity();

  /** @throws {Error} when its file cannot be written */
  constructor(dir: string, id: string) {
    this.#dir = dir;
    this.id = id;
    this.#write();
  }

  #fileOf(id: string): string {
    return path.join(this.#dir, `${id}.live`);
  }

  #write(): void {
    const { pid, start, machine, namespace } = this.#self;
    const text = `telltale-spool 1 ${pid} ${start} ${machine} ${namespace}\n`;
    writeFileSync(this.#fileOf(this.id), text, { mode: 0o600 });
  }

  /** Says that this process lives. */
  async renew(): Promise<void> {
    const now = new Date();
    try {
      await utimes(this.#fileOf(this.id), now, now);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
      this.#write();
    }
  }

  /** Whether the process of another id may still write to its chains. */
  async isAlive(id: string): Promise<boolean> {
    if (id === this.id) return true;
    let text: string;
    let touched: number;
    try {
      const file = await open(this.#fileOf(id), constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0));
      try {
        const { bytesRead, buffer } = await file.read(Buffer.alloc(MOST_BYTES), 0, MOST_BYTES, 0);
        text = buffer.toString("latin1", 0, bytesRead);
        touched = (await file.stat()).mtimeMs;
      } finally {
        await file.close();
      }
    } catch (error) {
      // Gone: it ended by itself. Not to be read for another reason: nothing of it is touched.
      return (error as NodeJS.ErrnoException).code !== "ENOENT";
    }
    const other = parseIdentity(text);
    if (other !== undefined && this.#canAskFor(other)) return startOf(other.pid) === other.start;
    return (await this.#clock()) - touched <= LEASE_MS;
  }

  #canAskFor({ start, machine, namespace }: Identity): boolean {
    const { machine: ownMachine, namespace: ownNamespace } = this.#self;
    return start !== "" && machine !== "" && machine === ownMachine && namespace === ownNamespace;
  }

  /** The clock of the file system, which may be that of another machine. */
  async #clock(): Promise<number> {
    await this.renew();
    return (await stat(this.#fileOf(this.id))).mtimeMs;
  }

  /** From now on others may take what is left. */
  release(): void {
    rmSync(this.#fileOf(this.id), { force: true });
  }

  /** Removes what a dead process said of itself. */
  bury(id: string): void {
    if (id !== this.id) rmSync(this.#fileOf(id), { force: true });
  }
}

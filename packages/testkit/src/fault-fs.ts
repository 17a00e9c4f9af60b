// SPDX-License-Identifier: Apache-2.0
import { constants } from "node:fs";
import { type FileStat, type FileSystem, nodeFileSystem } from "@telltale/log";

/** How a call fails: it never happened, it happened although an error comes back, or half of it happened. */
export type FaultMode = "lost" | "done" | "half";

/** The calls that change the disk. */
export type FaultCall =
  | "create"
  | "writev"
  | "fdatasync"
  | "fsync"
  | "ftruncate"
  | "rename"
  | "unlink"
  | "mkdir"
  | "rmdir";

/** Fail the call with this number (counted from 0 over all changing calls), with this errno. */
export interface Fault {
  at: number;
  mode: FaultMode;
  errno?: string;
}

function systemError(errno: string, call: FaultCall): NodeJS.ErrnoException {
  return Object.assign(new Error(`${errno}: injected, ${call}`), { code: errno, syscall: call });
}

/**
 * A disk that fails once, at a chosen call. Without a fault it only counts, which tells a test how many places
 * there are. `after` lets a test see the order of the calls.
 */
export class FaultFs implements FileSystem {
  readonly calls: { call: FaultCall; path: string }[] = [];
  readonly #inner: FileSystem;
  readonly #fault: Fault | undefined;
  readonly #names = new Map<number, string>();
  /** The fault has happened. */
  failed = false;

  constructor(fault?: Fault, inner: FileSystem = nodeFileSystem) {
    this.#fault = fault;
    this.#inner = inner;
  }

  /** Counts a call; the fault when it is its turn. */
  #turn(call: FaultCall, path: string): Fault | undefined {
    const number = this.calls.length;
    this.calls.push({ call, path });
    if (this.#fault?.at !== number) return undefined;
    this.failed = true;
    return this.#fault;
  }

  async #run<T>(call: FaultCall, path: string, work: () => Promise<T>): Promise<T> {
    const fault = this.#turn(call, path);
    if (fault === undefined) return work();
    if (fault.mode === "done") await work();
    throw systemError(fault.errno ?? "EIO", call);
  }

  async open(path: string, flags: number, mode: number): Promise<number> {
    const work = (): Promise<number> => this.#inner.open(path, flags, mode);
    const creates = (flags & constants.O_CREAT) !== 0;
    const fd = creates ? await this.#run("create", path, work) : await work();
    this.#names.set(fd, path);
    return fd;
  }

  close(fd: number): Promise<void> {
    return this.#inner.close(fd);
  }

  read(fd: number, buffer: Uint8Array, position: number): Promise<number> {
    return this.#inner.read(fd, buffer, position);
  }

  writev(
    fd: number,
    buffers: readonly Uint8Array[],
    position: number,
    done: (error: NodeJS.ErrnoException | null, written: number) => void,
  ): void {
    const fault = this.#turn("writev", this.#names.get(fd) ?? "");
    if (fault === undefined) return this.#inner.writev(fd, buffers, position, done);
    const error = systemError(fault.errno ?? "EIO", "writev");
    if (fault.mode === "lost") return void setImmediate(() => done(error, 0));
    const whole = Buffer.concat(buffers);
    const part = fault.mode === "half" ? whole.subarray(0, Math.ceil(whole.length / 2)) : whole;
    this.#inner.writev(fd, [part], position, () => done(error, 0));
  }

  fdatasync(fd: number, done: (error: NodeJS.ErrnoException | null) => void): void {
    const fault = this.#turn("fdatasync", this.#names.get(fd) ?? "");
    if (fault === undefined) return this.#inner.fdatasync(fd, done);
    const error = systemError(fault.errno ?? "EIO", "fdatasync");
    if (fault.mode === "done") this.#inner.fdatasync(fd, () => done(error));
    else setImmediate(() => done(error));
  }

  fsync(fd: number): Promise<void> {
    return this.#run("fsync", this.#names.get(fd) ?? "", () => this.#inner.fsync(fd));
  }

  ftruncate(fd: number, length: number): Promise<void> {
    return this.#run("ftruncate", this.#names.get(fd) ?? "", () => this.#inner.ftruncate(fd, length));
  }

  stat(fd: number): Promise<FileStat> {
    return this.#inner.stat(fd);
  }

  rename(from: string, to: string): Promise<void> {
    return this.#run("rename", to, () => this.#inner.rename(from, to));
  }

  unlink(path: string): Promise<void> {
    return this.#run("unlink", path, () => this.#inner.unlink(path));
  }

  mkdir(path: string): Promise<void> {
    return this.#run("mkdir", path, () => this.#inner.mkdir(path));
  }

  rmdir(path: string): Promise<void> {
    return this.#run("rmdir", path, () => this.#inner.rmdir(path));
  }

  list(path: string): Promise<string[]> {
    return this.#inner.list(path);
  }
}

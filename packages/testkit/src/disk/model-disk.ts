// SPDX-License-Identifier: Apache-2.0
import { constants, mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import type { FileStat, FileSystem } from "@telltale/log";
import type { Random } from "../random.js";
import { ModelDirectory, type ModelNode } from "./model-directory.js";
import { type CutStyle, ModelFile } from "./model-file.js";

/** A call that changes the disk: by its number, counted from 0, or by what it is ("fdatasync head/main"). */
type Which = number | ((call: string) => boolean);

/** What happens to a disk. */
export interface DiskPlan {
  /** The power goes in the middle of this call; every later one fails. */
  cutAt?: Which;
  /** This sync, or the first one after the call of this number, fails, and the cache forgets what it could not write. */
  failSyncAt?: Which;
  /** Bytes that all files together may have. */
  capacity?: number;
  /** Chance that a write takes only a part of what it was given. */
  shortWrites?: number;
}

type Done = (error: NodeJS.ErrnoException | null) => void;

function systemError(code: string, syscall: string, where: string): NodeJS.ErrnoException {
  return Object.assign(new Error(`${code}: ${syscall} ${where}`), { code, syscall });
}

/**
 * A disk in memory with a cache that loses what was not synced. What programs see is what they wrote; what is there
 * after a power cut is drawn from everything that the disk was allowed to have written by then: any sectors, of any
 * file, in any order; of names, those whose directory was synced for certain and the others perhaps.
 */
export class ModelDisk implements FileSystem {
  /** Calls that change the disk, in order. */
  readonly calls: string[] = [];
  readonly #base: string;
  readonly #random: Random;
  readonly #root: ModelDirectory;
  readonly #plan: DiskPlan;
  readonly #open = new Map<number, { node: ModelNode; path: string }>();
  #nextFd = 1000;
  #isOff = false;
  #wasCut = false;
  #failedSync: string | undefined;
  #capacity: number;

  /** `base`: the absolute path that is the root of this disk. */
  constructor(base: string, random: Random, plan: DiskPlan = {}, root = new ModelDirectory()) {
    this.#base = path.resolve(base);
    this.#random = random;
    this.#plan = plan;
    this.#root = root;
    this.#capacity = plan.capacity ?? Number.POSITIVE_INFINITY;
  }

  /** No call does anything any more. */
  get isOff(): boolean {
    return this.#isOff;
  }

  /** The power has gone, as planned. */
  get wasCut(): boolean {
    return this.#wasCut;
  }

  /** What could not be synced, as planned. */
  get failedSync(): string | undefined {
    return this.#failedSync;
  }

  /** For the process that has this disk it is over; the cache stays. */
  turnOff(): void {
    this.#isOff = true;
  }

  /** The disk that is there when the power comes back. */
  afterCut(style: CutStyle, plan: DiskPlan = {}): ModelDisk {
    return new ModelDisk(this.#base, this.#random, plan, this.#root.afterCut(this.#random, style));
  }

  /** The same disk, cache and all, for the next process. */
  nextProcess(plan: DiskPlan = {}): ModelDisk {
    return new ModelDisk(this.#base, this.#random, plan, this.#root);
  }

  /** Bytes that all files have. */
  get used(): number {
    return this.#used();
  }

  /** Somebody makes room. */
  freeSpace(): void {
    this.#capacity = Number.POSITIVE_INFINITY;
  }

  /** Write everything that programs see to a real directory. */
  exportTo(target: string, directory = this.#root): void {
    mkdirSync(target, { recursive: true });
    for (const name of directory.names) {
      const node = directory.get(name);
      const file = path.join(target, name);
      if (node instanceof ModelDirectory) this.exportTo(file, node);
      else if (node !== undefined) writeFileSync(file, node.content);
    }
  }

  #find(
    file: string,
    syscall: string,
  ): { parent: ModelDirectory; name: string; node: ModelNode | undefined } {
    const relative = path.relative(this.#base, path.resolve(file));
    if (relative.startsWith("..")) throw systemError("EACCES", syscall, file);
    if (relative === "") return { parent: this.#root, name: "", node: this.#root };
    const names = relative.split(path.sep);
    const name = names.pop() as string;
    let parent = this.#root;
    for (const each of names) {
      const next = parent.get(each);
      if (!(next instanceof ModelDirectory)) throw systemError("ENOENT", syscall, file);
      parent = next;
    }
    return { parent, name, node: parent.get(name) };
  }

  #must(file: string, syscall: string): { parent: ModelDirectory; name: string; node: ModelNode } {
    const { parent, name, node } = this.#find(file, syscall);
    if (node === undefined) throw systemError("ENOENT", syscall, file);
    return { parent, name, node };
  }

  #handle(fd: number, syscall: string): { node: ModelNode; path: string } {
    const handle = this.#open.get(fd);
    if (handle === undefined) throw systemError("EBADF", syscall, `${fd}`);
    return handle;
  }

  #file(fd: number, syscall: string): ModelFile {
    const { node, path: file } = this.#handle(fd, syscall);
    if (node instanceof ModelDirectory) throw systemError("EISDIR", syscall, file);
    return node;
  }

  /** Before a call that reads. */
  #verifyPower(syscall: string): void {
    if (this.#isOff) throw systemError("EIO", syscall, "the power is off");
  }

  /** A call that changes something. Where the power goes in it, its effect is in the cache, and it fails. */
  #change<T>(syscall: string, file: string, work: () => T): T {
    this.#verifyPower(syscall);
    const number = this.calls.length;
    const call = `${syscall} ${path.relative(this.#base, file)}`;
    this.calls.push(call);
    const { cutAt } = this.#plan;
    if (typeof cutAt === "function" ? !cutAt(call) : number !== cutAt) return work();
    // A sync does not come to its end: whatever it had to write may be there or not.
    if (syscall !== "fsync" && syscall !== "fdatasync") work();
    this.#isOff = true;
    this.#wasCut = true;
    throw systemError("EIO", syscall, "the power went");
  }

  #sync(fd: number, syscall: "fsync" | "fdatasync"): void {
    const { node, path: file } = this.#handle(fd, syscall);
    this.#change(syscall, file, () => {
      const { failSyncAt = Number.POSITIVE_INFINITY } = this.#plan;
      const number = this.calls.length - 1;
      const isTurn =
        typeof failSyncAt === "function" ? failSyncAt(this.calls[number] as string) : number >= failSyncAt;
      if (this.#failedSync !== undefined || !isTurn) return node.sync();
      this.#failedSync = path.relative(this.#base, file);
      const keep = this.#random.next();
      node.failSync(this.#random, { keep, keepSize: keep, inOrder: true });
      throw systemError("EIO", syscall, `${file}, as planned`);
    });
  }

  #used(directory = this.#root): number {
    let bytes = 0;
    for (const name of directory.names) {
      const node = directory.get(name);
      bytes += node instanceof ModelDirectory ? this.#used(node) : (node?.size ?? 0);
    }
    return bytes;
  }

  /** How many of these bytes the disk takes now. */
  #admit(file: ModelFile, position: number, length: number): number {
    let admitted = length;
    const { shortWrites = 0 } = this.#plan;
    if (length > 1 && this.#random.next() < shortWrites) admitted = 1 + this.#random.below(length - 1);
    const room = Math.max(0, this.#capacity - this.#used());
    const end = Math.min(position + admitted, Math.max(file.size, position) + room);
    return Math.max(0, end - position);
  }

  async open(file: string, flags: number): Promise<number> {
    await Promise.resolve();
    this.#verifyPower("open");
    const { parent, name, node } = this.#find(file, "open");
    const has = (flag: number): boolean => (flags & flag) !== 0;
    if (node === undefined && !has(constants.O_CREAT)) throw systemError("ENOENT", "open", file);
    if (node !== undefined && has(constants.O_EXCL)) throw systemError("EEXIST", "open", file);
    if (has(constants.O_DIRECTORY) && !(node instanceof ModelDirectory))
      throw systemError("ENOTDIR", "open", file);
    let opened = node;
    if (opened === undefined) {
      const created = new ModelFile();
      this.#change("create", file, () => parent.put(name, created));
      opened = created;
    } else if (opened instanceof ModelFile && has(constants.O_TRUNC) && opened.size > 0) {
      const truncated = opened;
      this.#change("truncate", file, () => truncated.truncate(0));
    }
    const fd = this.#nextFd++;
    this.#open.set(fd, { node: opened, path: file });
    return fd;
  }

  async close(fd: number): Promise<void> {
    await Promise.resolve();
    this.#handle(fd, "close");
    this.#open.delete(fd);
  }

  async read(fd: number, buffer: Uint8Array, position: number): Promise<number> {
    await Promise.resolve();
    this.#verifyPower("read");
    return this.#file(fd, "read").read(buffer, position);
  }

  writev(
    fd: number,
    buffers: readonly Uint8Array[],
    position: number,
    done: (error: NodeJS.ErrnoException | null, written: number) => void,
  ): void {
    queueMicrotask(() => {
      let written = 0;
      try {
        const file = this.#file(fd, "writev");
        const bytes = Buffer.concat(buffers);
        written = this.#change("writev", this.#handle(fd, "writev").path, () => {
          const admitted = this.#admit(file, position, bytes.length);
          if (admitted === 0 && bytes.length > 0) throw systemError("ENOSPC", "writev", "the disk is full");
          file.write(bytes.subarray(0, admitted), position);
          return admitted;
        });
      } catch (error) {
        return done(error as NodeJS.ErrnoException, 0);
      }
      done(null, written);
    });
  }

  fdatasync(fd: number, done: Done): void {
    // Later than reads, as on a disk: what runs beside it gets its turn.
    setImmediate(() => {
      try {
        this.#sync(fd, "fdatasync");
      } catch (error) {
        return done(error as NodeJS.ErrnoException);
      }
      done(null);
    });
  }

  async fsync(fd: number): Promise<void> {
    await Promise.resolve();
    this.#sync(fd, "fsync");
  }

  async ftruncate(fd: number, length: number): Promise<void> {
    await Promise.resolve();
    const file = this.#file(fd, "ftruncate");
    this.#change("ftruncate", this.#handle(fd, "ftruncate").path, () => file.truncate(length));
  }

  async stat(fd: number): Promise<FileStat> {
    await Promise.resolve();
    this.#verifyPower("fstat");
    const { size, links } = this.#file(fd, "fstat");
    return { size, links };
  }

  async rename(from: string, to: string): Promise<void> {
    await Promise.resolve();
    const { parent, name } = this.#must(from, "rename");
    const target = this.#find(to, "rename");
    if (target.parent !== parent) throw systemError("EXDEV", "rename", to);
    this.#change("rename", to, () => parent.rename(name, target.name));
  }

  async unlink(file: string): Promise<void> {
    await Promise.resolve();
    this.#verifyPower("unlink");
    const { parent, name, node } = this.#must(file, "unlink");
    if (node instanceof ModelDirectory) throw systemError("EISDIR", "unlink", file);
    this.#change("unlink", file, () => parent.remove(name));
  }

  async mkdir(file: string): Promise<void> {
    await Promise.resolve();
    this.#verifyPower("mkdir");
    const { parent, name, node } = this.#find(file, "mkdir");
    if (node !== undefined) throw systemError("EEXIST", "mkdir", file);
    this.#change("mkdir", file, () => parent.put(name, new ModelDirectory()));
  }

  async rmdir(file: string): Promise<void> {
    await Promise.resolve();
    this.#verifyPower("rmdir");
    const { parent, name, node } = this.#must(file, "rmdir");
    if (!(node instanceof ModelDirectory)) throw systemError("ENOTDIR", "rmdir", file);
    if (node.names.length > 0) throw systemError("ENOTEMPTY", "rmdir", file);
    this.#change("rmdir", file, () => parent.remove(name));
  }

  async list(file: string): Promise<string[]> {
    await Promise.resolve();
    this.#verifyPower("readdir");
    const { node } = this.#must(file, "readdir");
    if (!(node instanceof ModelDirectory)) throw systemError("ENOTDIR", "readdir", file);
    return node.names;
  }
}

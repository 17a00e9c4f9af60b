// SPDX-License-Identifier: Apache-2.0
import {
  mkdirSync,
  openSync,
  closeSync,
  readFileSync,
  realpathSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { connect, createServer, type Server, type Socket } from "node:net";
import path from "node:path";
import { errnoOf } from "./disk.js";
import { LogError } from "./error.js";

/*
 * One process per directory, and a lock that a kill -9 cannot leave behind. Node has no flock, so the operating
 * system must tell in another way whether the holder is alive. Three layers, each for what the others miss:
 *
 *  1. On Linux an abstract unix socket, named by device and inode of the directory: bound atomically, gone when
 *     the process is gone. Two starters at the same moment cannot both have it.
 *  2. `control.sock` in the directory: a connection that is accepted proves a live server, also in another
 *     container that shares the directory but not the network namespace.
 *  3. `lock` names the holder for people, and decides where there are no abstract sockets: process id, start time
 *     and boot, so that a reused process id is not taken for the holder.
 *
 * Should all three be deceived, the compare-and-swap of the head store stops the second writer before it signs.
 */

interface Held {
  readonly key: string;
  logs: Set<string>;
  release(): Promise<void>;
}

const held = new Map<string, Held>();

function readText(file: string): string | undefined {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return undefined; // absent or unreadable: the other layers decide
  }
}

/** When a process started, in ticks since boot (Linux); undefined when there is no such process or no /proc. */
function startOf(pid: number): string | undefined {
  const stat = readText(`/proc/${pid}/stat`);
  // The command name is in parentheses and may itself contain spaces and parentheses.
  return stat?.slice(stat.lastIndexOf(")") + 2).split(" ")[19];
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return errnoOf(error) === "EPERM";
  }
}

function holderText(): string {
  const boot = readText("/proc/sys/kernel/random/boot_id")?.trim() ?? "";
  return `${process.pid} ${startOf(process.pid) ?? ""} ${boot}\n`;
}

/** The process id in the lock file when that very process is still running. */
function liveHolder(file: string): number | undefined {
  const text = readText(file);
  const match = /^([1-9][0-9]{0,9}) ([0-9]*) ([0-9a-f-]*)\n$/.exec(text ?? "");
  if (match === null) return undefined;
  const [, pidText, start = "", boot = ""] = match;
  const pid = Number(pidText);
  const bootNow = readText("/proc/sys/kernel/random/boot_id")?.trim() ?? "";
  if (pid === process.pid || boot !== bootNow || !isAlive(pid)) return undefined;
  return start === (startOf(pid) ?? "") ? pid : undefined;
}

function listen(server: Server, address: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen({ path: address, exclusive: true }, () => {
      server.off("error", reject);
      server.unref();
      resolve();
    });
  });
}

function closeServer(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
  });
}

function answers(address: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(address);
    socket.once("connect", () => {
      socket.destroy();
      resolve(true);
    });
    socket.once("error", () => resolve(false));
  });
}

function locked(dataDir: string, holder: number | undefined): LogError {
  const who = holder === undefined ? "another process" : `process ${holder}`;
  return new LogError("locked", `${dataDir} is in use by ${who}; one server per directory`);
}

/** A unix socket address has at most 107 bytes; a longer path is reached through an open directory. */
function shortAddress(directory: string): { address: string; done: () => void } {
  const address = path.join(directory, "control.sock");
  if (Buffer.byteLength(address) <= 100) return { address, done: () => undefined };
  const fd = openSync(directory, "r");
  return { address: `/proc/self/fd/${fd}/control.sock`, done: () => closeSync(fd) };
}

async function acquire(directory: string, onControl?: (socket: Socket) => void): Promise<Held> {
  const { dev, ino } = statSync(directory);
  const lockFile = path.join(directory, "lock");
  const servers: Server[] = [];
  const guard = createServer((socket) => socket.destroy());
  if (process.platform === "linux") {
    try {
      await listen(guard, `\0telltale:${dev}:${ino}`);
      servers.push(guard);
    } catch (error) {
      if (errnoOf(error) === "EADDRINUSE") throw locked(directory, liveHolder(lockFile));
      throw error;
    }
  }
  const { address, done } = shortAddress(directory);
  try {
    const holder = liveHolder(lockFile);
    if (holder !== undefined || (await answers(address))) throw locked(directory, holder);
    rmSync(path.join(directory, "control.sock"), { force: true }); // nobody listens: left by a kill -9
    const control = createServer((socket) =>
      onControl === undefined ? socket.destroy() : onControl(socket),
    );
    await listen(control, address);
    servers.push(control);
    writeFileSync(lockFile, holderText(), { mode: 0o600 });
  } catch (error) {
    done();
    await Promise.all(servers.map(closeServer));
    throw error;
  }
  return {
    key: `${dev}:${ino}`,
    logs: new Set(),
    release: async () => {
      rmSync(lockFile, { force: true });
      // The guard goes last: until then nobody can have made files of these names anew. Closing removes control.sock.
      for (const server of servers.reverse()) await closeServer(server);
      done();
    },
  };
}

/** Holds the directory for one log of it. */
export interface DirectoryLock {
  release(): Promise<void>;
}

let turn: Promise<unknown> = Promise.resolve();

/** Taking and freeing happen one after another; each caller gets its own error. */
function inTurn<T>(work: () => Promise<T>): Promise<T> {
  const result = turn.then(work);
  turn = result.catch(() => undefined);
  return result;
}

/** Take the directory for the log `name`; `locked` when another process, or this one, already has it. */
export function lockDirectory(
  dataDir: string,
  name: string,
  onControl?: (socket: Socket) => void,
): Promise<DirectoryLock> {
  return inTurn(() => lockNow(dataDir, name, onControl));
}

async function lockNow(
  dataDir: string,
  name: string,
  onControl?: (socket: Socket) => void,
): Promise<DirectoryLock> {
  mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  const directory = realpathSync(dataDir);
  const { dev, ino } = statSync(directory);
  const key = `${dev}:${ino}`;
  let lock = held.get(key);
  if (lock?.logs.has(name))
    throw new LogError("locked", `the log ${name} in ${directory} is already open here`);
  if (lock === undefined) {
    lock = await acquire(directory, onControl);
    held.set(key, lock);
  }
  const mine = lock;
  mine.logs.add(name);
  return {
    release: () =>
      inTurn(async () => {
        if (!mine.logs.delete(name) || mine.logs.size > 0) return;
        held.delete(key);
        await mine.release();
      }),
  };
}

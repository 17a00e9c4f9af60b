// SPDX-License-Identifier: Apache-2.0
import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { tempDir, type TempDir } from "@telltale/testkit";
import { createDeadLetters, type DeadLetter } from "../../src/follow/forward/dead-letters.js";
import { Forwarder, type ForwarderOptions } from "../../src/follow/forward/forwarder.js";
import { createPauses } from "../../src/follow/forward/pauses.js";
import type { Target } from "../../src/follow/forward/target.js";
import { FollowerRunner } from "../../src/follow/runner.js";
import type { Cursor } from "../../src/state/cursors.js";
import { FollowedLog } from "./sealed.js";

/** Cursors in memory, which survive a forwarder. */
class Cursors {
  readonly saved = new Map<string, Cursor>();
  get(follower: string, log = "main"): Promise<Cursor | undefined> {
    return Promise.resolve(this.saved.get(`${follower} ${log}`));
  }
  put(cursor: Omit<Cursor, "log"> & { log?: string }): Promise<void> {
    const { log = "main" } = cursor;
    this.saved.set(`${cursor.follower} ${log}`, { ...cursor, log });
    return Promise.resolve();
  }
}

/** A forwarder on a runner, with everything real but the log and the cursors. */
export class Rig {
  readonly dir: TempDir = tempDir("forward");
  readonly log: FollowedLog;
  readonly cursors = new Cursors();
  forwarder!: Forwarder;
  runner!: FollowerRunner;
  readonly errors: Error[] = [];

  constructor(events: number) {
    this.log = new FollowedLog(events);
  }

  async start(target: Target, over: Partial<ForwarderOptions> = {}): Promise<Forwarder> {
    this.forwarder = new Forwarder({
      target,
      batch: { events: 7, bytes: 1_000_000, waitMs: 0 },
      log: this.log,
      cursors: this.cursors,
      deadLetters: createDeadLetters(this.dir.path),
      pauses: createPauses(this.dir.path),
      waits: { firstMs: 5, maxMs: 20, stoppedMs: 20 },
      ...over,
    });
    this.runner = new FollowerRunner({
      log: this.log,
      logName: "main",
      retryMs: 5,
      onError: (_, error) => this.errors.push(error),
      onAhead() {},
    });
    await this.runner.start([this.forwarder]);
    return this.forwarder;
  }

  async stop(): Promise<void> {
    this.forwarder.stop();
    await this.runner.close();
  }

  letters(target: string): DeadLetter[] {
    const file = path.join(this.dir.path, `${target}.dead.jsonl`);
    if (!existsSync(file)) return [];
    const lines = readFileSync(file, "utf8").trimEnd().split("\n");
    return lines.map((line) => JSON.parse(line) as DeadLetter);
  }
}

/** Waits until it holds, for at most five seconds. */
export async function until(holds: () => boolean, what: string): Promise<void> {
  const end = Date.now() + 5000;
  while (!holds()) {
    if (Date.now() > end) throw new Error(`waited in vain: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 3));
  }
}

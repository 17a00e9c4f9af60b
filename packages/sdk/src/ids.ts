// SPDX-License-Identifier: Apache-2.0
import { randomBytes, randomFillSync } from "node:crypto";
import { uuidV7 } from "@telltale/event";

const pool = Buffer.alloc(10 * 256);
let used = pool.length;

/** A UUIDv7 of now. Random bytes are drawn in bulk: one system call for 256 ids. */
export function makeId(): string {
  if (used === pool.length) {
    randomFillSync(pool);
    used = 0;
  }
  used += 10;
  return uuidV7(Date.now(), pool.subarray(used - 10, used));
}

/** Names one chain of events: one start of a process and one lane. 32 hex digits, 128 random bits. */
export function makeBoot(): string {
  return randomBytes(16).toString("hex");
}

// SPDX-License-Identifier: Apache-2.0
// The events that the benchmarks of the log append.
import { createHash } from "node:crypto";
import { splitLines } from "../dist/index.js";

export const BATCH = 1000;
export const LINE = 480;

/** A batch of lines that differ and compress like events do; `first` is the number of its first event. */
export function makeLines(first) {
  const lines = [];
  for (let i = first; i < first + BATCH; i++) {
    const id = createHash("sha256").update(`${i}`).digest("hex");
    const head = `{"received":"2026-11-22T10:00:00.${`${i % 1000}`.padStart(3, "0")}Z","via":"k1","v":1,"id":"${id.slice(0, 32)}","action":"authn_login_fail","outcome":"failure","client":{"ip":"203.0.113.${i % 250}"},"actor":{"id":"user-${i % 5000}"},"message":"`;
    lines.push(`${head}${"User login attempt refused. ".repeat(20).slice(0, LINE - head.length - 3)}"}\n`);
  }
  return splitLines(Buffer.from(lines.join("")));
}

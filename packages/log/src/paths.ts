// SPDX-License-Identifier: Apache-2.0
import path from "node:path";
import { LogError } from "./error.js";

/** Where everything of one log lies. */
export interface LogPaths {
  data: string;
  format: string;
  log: string;
  segments: string;
  /** What tile paths (`tile/…`) are relative to. */
  tileRoot: string;
  checkpoints: string;
  /** Checkpoints that a timestamp authority vouches for, with its tokens; absent when none is asked. */
  timestamps: string;
  /** The newest checkpoint that enough witnesses cosigned; absent before the first. */
  witnessed: string;
  /** Which ranges of events were pruned; absent when none were. */
  pruned: string;
  /** Which keys the log had; absent while there was only one. */
  keyHistory: string;
  head: string;
  key: string;
  vkey: string;
  /** A key that is being introduced; absent otherwise. */
  nextKey: string;
}

/**
 * Paths of a log. The name is restricted so that it is one path component and never a way out of the directory. `headDir`: where
 * the head store lies instead of in the data, so that whoever can put an old copy of the data back cannot put back the head.
 */
export function logPaths(dataDir: string, name = "main", headDir?: string): LogPaths {
  if (!/^[a-z0-9][a-z0-9_-]{0,62}$/.test(name)) {
    throw new LogError("bad_name", "a log's name has 1 to 63 of a-z, 0-9, - and _");
  }
  const data = path.resolve(dataDir);
  const log = path.join(data, "log", name);
  return {
    data,
    format: path.join(data, "format"),
    log,
    segments: path.join(log, "segment"),
    tileRoot: log,
    checkpoints: path.join(log, "checkpoints"),
    timestamps: path.join(log, "timestamps"),
    witnessed: path.join(log, "witnessed"),
    pruned: path.join(log, "pruned"),
    keyHistory: path.join(log, "keys"),
    head: path.join(headDir === undefined ? path.join(data, "head") : path.resolve(headDir), name),
    key: path.join(data, "keys", `${name}.key`),
    vkey: path.join(data, "keys", `${name}.vkey`),
    nextKey: path.join(data, "keys", `${name}.next.key`),
  };
}

const NAME = /^([0-9]{20})\.ndjson(\.zst|\.zst\.idx)?$/;

/** The file name of the segment that begins at this index. */
export function segmentName(first: number): string {
  return `${first.toString().padStart(20, "0")}.ndjson`;
}

/** First index and kind of a file in segment/, or undefined for anything that is not a segment's. */
export function parseSegmentName(name: string): { first: number; kind: "plain" | "zst" | "idx" } | undefined {
  const match = NAME.exec(name);
  const first = Number(match?.[1]);
  if (match === null || !Number.isSafeInteger(first)) return undefined;
  return { first, kind: match[2] === undefined ? "plain" : match[2] === ".zst" ? "zst" : "idx" };
}

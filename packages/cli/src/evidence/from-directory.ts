// SPDX-License-Identifier: Apache-2.0
import { existsSync } from "node:fs";
import { join } from "node:path";
import type { SecurityEvent } from "@telltale/event";
import { isMirror, LogError, makeEvidence, readDirectoryEvidence, readMirrorEvidence } from "@telltale/log";
import { MerkleError, type WitnessPolicy } from "@telltale/merkle";
import type { Selection } from "@telltale/merkle/evidence";
import { compileFilter, parseQuery, QueryError } from "@telltale/query";
import { CliFailure, systemCode } from "../failure.js";
import type { CliIo } from "../io.js";

export interface FromDirectory {
  dataDir: string;
  log: string;
  vkey?: string;
  policy?: WitnessPolicy;
  selection: Selection;
  limit: number;
  /** Where it may put what was selected while it writes. */
  spool: string;
  by: string;
  onProgress: (progress: { done: number; total: number }, what: "reading" | "writing") => void;
}

/** Events that fit the query and were received in the range of time. Throws CliFailure `usage` with the place in the query. */
function toFilter({ selection }: FromDirectory, now: number): (index: number, line: Buffer) => boolean {
  const { query = "", from, to, index: only } = selection;
  if (only !== undefined) return (index) => index === only;
  const [after, before] = [from, to].map((text) => (text === undefined ? undefined : Date.parse(text)));
  const matches = compile(query, now);
  return (_, line) => {
    let event: SecurityEvent;
    try {
      event = JSON.parse(line.toString("utf8")) as SecurityEvent;
    } catch {
      return query.trim() === "" && from === undefined && to === undefined; // only the whole log holds what is no event
    }
    const received = Date.parse(event.received);
    if (after !== undefined && !(received >= after)) return false;
    if (before !== undefined && !(received < before)) return false;
    return matches(event);
  };
}

function compile(query: string, now: number): (event: SecurityEvent) => boolean {
  if (query.trim() === "") return () => true;
  try {
    return compileFilter(parseQuery(query), { now });
  } catch (error) {
    if (!(error instanceof QueryError)) throw error;
    throw new CliFailure("usage", error.message, undefined, { position: error.position, cause: error });
  }
}

function toFailure(error: unknown): unknown {
  if (error instanceof LogError || error instanceof MerkleError)
    return new CliFailure(
      "failed",
      `no evidence can be made: ${error.message}`,
      "Run telltale verify on this directory",
      {
        cause: error,
      },
    );
  if (systemCode(error) === "EEXIST")
    return new CliFailure("cannotWrite", "an earlier attempt left files beside the output");
  return error;
}

/** A bundle out of a data directory, without its server. CliFailure `noInput`, `failed`, `unverifiable`, `usage`. */
export async function* evidenceFromDirectory(io: CliIo, options: FromDirectory): AsyncGenerator<Uint8Array> {
  const { dataDir, log, selection, limit, onProgress } = options;
  const ofMirror = isMirror(dataDir);
  if (!ofMirror && !existsSync(join(dataDir, "log", log)))
    throw new CliFailure(
      "noInput",
      `there is no log "${log}" in ${dataDir}`,
      "Name the directory of a server or of a mirror with --data",
    );
  const isWanted = toFilter(options, io.now());
  const found = await (ofMirror ? readMirrorEvidence : readDirectoryEvidence)({
    dataDir,
    name: log,
    ...(options.vkey !== undefined && { vkey: options.vkey }),
    ...(options.policy !== undefined && { policy: options.policy }),
    limit,
    spool: options.spool,
    isWanted(index, line) {
      if (io.signal.aborted) throw new CliFailure("interrupted", "stopped");
      return isWanted(index, line);
    },
    onProgress: (progress) => onProgress(progress, "reading"),
  }).catch((error: unknown) => {
    throw toFailure(error);
  });
  try {
    if (io.signal.aborted) throw new CliFailure("interrupted", "stopped");
    if (found.source === undefined) {
      const code = found.verdict.verdict === "tampered" ? "failed" : "unverifiable";
      throw new CliFailure(code, `no evidence can be made of this log: ${found.verdict.message}`);
    }
    if (found.indices.length === 0)
      throw new CliFailure("noInput", "nothing was found: there is no evidence to export");
    yield* await makeEvidence(
      found.source,
      {
        log,
        selection,
        indices: found.indices,
        missing: [],
        limited: found.limited,
        complete: true,
        made: new Date(io.now()).toISOString(),
        by: options.by,
      },
      { signal: io.signal, onProgress: (progress) => onProgress(progress, "writing") },
    );
  } catch (error) {
    if (io.signal.aborted) throw new CliFailure("interrupted", "stopped");
    throw toFailure(error);
  } finally {
    found.close();
  }
}

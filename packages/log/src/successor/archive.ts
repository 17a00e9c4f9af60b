// SPDX-License-Identifier: Apache-2.0
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { errnoOf } from "../disk.js";
import { LogError } from "../error.js";
import { nodeFileSystem } from "../fs.js";
import { hashLeaves } from "../hash.js";
import { scanZst } from "../scan.js";
import type { Verdict } from "../types.js";
import { loadCodec } from "../zstd/codec.js";

const SEGMENT = /^([0-9]{20})\.ndjson\.zst$/;
const MAX_MANIFEST = 64 * 1024;

/** The segments of one log in an archive, in the order of the index. */
function listSegments(dir: string): { first: number; file: string }[] {
  let names: string[];
  try {
    names = readdirSync(dir);
  } catch (error) {
    if (["ENOENT", "ENOTDIR"].includes(errnoOf(error))) return [];
    throw error;
  }
  return names
    .flatMap((name) => {
      const first = SEGMENT.exec(name)?.[1];
      return first === undefined ? [] : [{ first: Number(first), file: path.join(dir, name) }];
    })
    .sort((a, b) => a.first - b.first);
}

/** True for the folder of one log in an archive (`TELLTALE_ARCHIVE`): segments, each with a manifest beside it. */
export function isArchive(dir: string): boolean {
  return listSegments(dir).length > 0;
}

/** The checkpoints that the manifests bear: what was signed when each segment was archived. Nothing is verified here. */
export function archivedCheckpoints(dir: string): string[] {
  return listSegments(dir).flatMap(({ file }) => {
    try {
      const bytes = readFileSync(`${file}.json`);
      if (bytes.length > MAX_MANIFEST) return [];
      const { checkpoint } = JSON.parse(bytes.toString("utf8")) as { checkpoint?: unknown };
      return typeof checkpoint === "string" ? [checkpoint] : [];
    } catch (error) {
      if (error instanceof SyntaxError || errnoOf(error) !== "") return []; // the segments count, not what stands beside them
      throw error;
    }
  });
}

/** The leaf hashes of the archived events from index 0 on, up to the first that is missing or cannot be read. */
export async function readArchive(
  dir: string,
  take: (leaves: Buffer, firstLine: Buffer | undefined, lines: Uint8Array) => void,
): Promise<Verdict> {
  const codec = await loadCodec();
  const findings: string[] = [];
  let next = 0;
  for (const { first, file } of listSegments(dir)) {
    if (first !== next) {
      findings.push(`the events ${next} to ${first - 1} are not in the archive`);
      break;
    }
    try {
      await scanZst(nodeFileSystem, codec, file, (lines) => {
        const line = next === 0 ? Buffer.from(lines.bytes.subarray(0, (lines.ends[0] ?? 1) - 1)) : undefined;
        take(hashLeaves(lines), line, lines.bytes);
        next += lines.count;
      });
    } catch (error) {
      if (!(error instanceof LogError)) throw error;
      findings.push(`${path.basename(file)} is damaged at event ${next}`);
      break;
    }
  }
  const message =
    findings[0] ?? `the archive has ${next} events from the beginning on; it signs nothing itself`;
  return { verdict: "unverifiable", size: next, checked: next, message, findings };
}

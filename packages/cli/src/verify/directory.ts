// SPDX-License-Identifier: Apache-2.0
import { existsSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import type { MirrorSide, TimestampAuthority, VerifyLogOptions } from "@telltale/log";
import type { Context } from "../context.js";
import { readEvidence } from "../evidence-option.js";
import { CliFailure, systemCode } from "../failure.js";
import type { Against } from "../mirror/compare.js";
import { toHeadDir } from "../options.js";
import { readTrust } from "../witness-trust.js";
import { nothing, type Outcome, type VerifyOptions } from "./options.js";

async function openAgainst(dir: string): Promise<MirrorSide | Against> {
  const [{ isMirror }, { openMirrorSide }] = await Promise.all([
    import("@telltale/log"),
    import("../mirror/compare.js"),
  ]);
  if (!isMirror(dir)) throw new CliFailure("noInput", `--against ${dir} is not a mirror`);
  return openMirrorSide(dir);
}

/** The directory of a mirror, by itself or against another one. */
async function checkMirror(
  dir: string,
  mirror: MirrorSide | undefined,
  options: Pick<VerifyLogOptions, "vkey" | "witness" | "onProgress">,
): Promise<Outcome> {
  const { DirectorySource, nodeFileSystem, verifyMirror } = await import("@telltale/log");
  const verdict = await verifyMirror({ dir, ...options });
  if (mirror === undefined || verdict.size === 0) return { verdict };
  const { compareTrees } = await import("../mirror/compare.js");
  return {
    verdict,
    against: await compareTrees(mirror, new DirectorySource(nodeFileSystem, join(dir, "tlog"))),
  };
}

/** The certificates of --tsa-ca. Throws CliFailure. */
async function readAuthorities(file: string): Promise<readonly TimestampAuthority[]> {
  const { DerError, parseAuthorities } = await import("@telltale/log");
  try {
    return parseAuthorities(readFileSync(file, "utf8"));
  } catch (error) {
    if (!(error instanceof DerError) && systemCode(error) === undefined) throw error;
    throw new CliFailure("noInput", `--tsa-ca: ${(error as Error).message}`, undefined, { cause: error });
  }
}

async function checkDirectory(
  options: VerifyOptions,
  dir: string,
  mirror: MirrorSide | undefined,
  { io }: Context,
): Promise<Outcome> {
  const [{ isMirror, verifyLog }, { createProgress }, { formatCount }] = await Promise.all([
    import("@telltale/log"),
    import("../ui/progress.js"),
    import("../ui/units.js"),
  ]);
  const progress = createProgress(io, "verifying");
  const shared = {
    ...(options.vkey === undefined ? {} : { vkey: options.vkey }),
    onProgress: ({ checked, size }: { checked: number; size: number }) =>
      progress.update(checked, size, `${formatCount(checked)} of ${formatCount(size)} events`),
  };
  const headDir = toHeadDir(options, io);
  const trust = await readTrust(options, io.now());
  const whole = {
    ...shared,
    dataDir: dir,
    name: options.log,
    ...(headDir !== undefined && { headDir }),
    requireWitness: options.requireWitness === true,
    ...trust,
    evidence: (options.evidence ?? []).map(readEvidence),
    ...(options.tsaCa !== undefined && { timestampAuthorities: await readAuthorities(options.tsaCa) }),
  };
  try {
    if (isMirror(dir) && options.evidence !== undefined)
      throw new CliFailure(
        "usage",
        "--evidence is for the log of a server: name its directory or its address",
      );
    if (isMirror(dir)) return await checkMirror(dir, mirror, { ...shared, ...trust });
    if (!existsSync(join(dir, "log", options.log))) {
      return nothing(`there is no log "${options.log}" in ${dir}: name the server's directory with --data`);
    }
    if (mirror === undefined) return { verdict: await verifyLog(whole) };
    const { compareDirectory, withWitness } = await import("../mirror/compare.js");
    return withWitness(await compareDirectory(mirror, whole));
  } finally {
    progress.clear();
  }
}

async function checkServer(options: VerifyOptions, mirror: MirrorSide, { io }: Context): Promise<Outcome> {
  const [{ createClient }, { HttpSource }, { compareTrees }] = await Promise.all([
    import("../client/client.js"),
    import("../mirror/http-source.js"),
    import("../mirror/compare.js"),
  ]);
  const source = new HttpSource(io, createClient(io, options, "read"));
  return { against: await compareTrees(mirror, source) };
}

async function knows({ state }: MirrorSide, vkey: string): Promise<boolean> {
  const { formatVkey } = await import("@telltale/merkle");
  return state.logKeys.some(({ key }) => formatVkey(key) === vkey);
}

/** A directory by itself or against a mirror; a server's trees against a mirror. */
export async function verifyDirectory(
  options: VerifyOptions,
  dir: string,
  context: Context,
): Promise<Outcome> {
  // The mirror first: then a log that is growing can only be ahead of it.
  const mirror = options.against === undefined ? undefined : await openAgainst(resolve(options.against));
  if (mirror !== undefined && "mirror" in mirror) return { against: mirror };
  if (mirror !== undefined && options.vkey !== undefined && !(await knows(mirror, options.vkey))) {
    const { otherLog } = await import("../mirror/compare.js");
    return { against: otherLog(mirror, "and --vkey is none of the keys that it knows") };
  }
  if (options.url !== undefined && mirror !== undefined) return checkServer(options, mirror, context);
  return checkDirectory(options, dir, mirror, context);
}

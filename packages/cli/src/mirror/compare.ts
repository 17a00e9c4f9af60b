// SPDX-License-Identifier: Apache-2.0
import { readFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import {
  type Comparison,
  compareSource,
  EventComparer,
  fetchKeys,
  LogError,
  MirrorSide,
  type MirrorSource,
  readMirror,
  toKeys,
  type Verdict,
  verifyLog,
  type VerifyLogOptions,
} from "@telltale/log";
import { formatVkey, MerkleError, parseNote, type TreeHead, verifyCheckpointBy } from "@telltale/merkle";
import { nodeCrypto } from "@telltale/merkle/node";
import { CliFailure, systemCode } from "../failure.js";

/** What a comparison with a mirror says: how the two stand to each other, or why nothing could be compared. */
export type Against =
  | ({ mirror: string; origin: string } & Comparison)
  | { mirror: string; problem: "other_log" | "mirror_damaged"; message: string };

/** Open the mirror to compare with. CliFailure `noInput` where there is none; `mirror_damaged` is an answer. */
export async function openMirrorSide(dir: string): Promise<MirrorSide | Against> {
  try {
    return await MirrorSide.open(await readMirror(dir));
  } catch (error) {
    if (error instanceof LogError && error.code === "no_log") throw new CliFailure("noInput", error.message);
    return toDamaged(dir, error);
  }
}

function toDamaged(mirror: string, error: unknown): Against {
  if (!(error instanceof LogError || error instanceof MerkleError || systemCode(error) !== undefined))
    throw error;
  const message = `the mirror cannot be compared with: ${(error as Error).message}`;
  return { mirror, problem: "mirror_damaged", message };
}

/** The mirror and the other side have different keys. */
export function otherLog(mirror: MirrorSide, what: string): Against {
  const { name } = mirror.state.logKey;
  return {
    mirror: mirror.state.paths.dir,
    problem: "other_log",
    message: `the mirror is of another log, or the log has another key now: it holds ${name}, ${what}`,
  };
}

/** The key beside a log, as its server wrote it. */
function readKeyBeside(dataDir: string, log: string): string | undefined {
  try {
    return readFileSync(join(dataDir, "keys", `${log}.vkey`), "utf8").trimEnd();
  } catch (error) {
    if (systemCode(error) === undefined) throw error;
    return undefined; // the signatures decide
  }
}

/** Whether the key beside the log is one that the mirror knows, or one that follows from it by the history beside the log. */
async function isSameLog(
  { state }: MirrorSide,
  beside: string,
  { dataDir, name }: { dataDir: string; name: string },
): Promise<boolean> {
  if (state.logKeys.some(({ key }) => formatVkey(key) === beside)) return true;
  const source = { keys: () => readFile(join(dataDir, "log", name, "keys")).catch(() => undefined) };
  const proven = await fetchKeys(source, state.logKey, state.logKeys);
  return proven?.history.keys.some(({ key }) => formatVkey(key) === beside) ?? false;
}

/** Verify a data directory, and compare its events with a mirror's on the way. The mirror's key is the one to verify with. */
export async function compareDirectory(
  mirror: MirrorSide,
  options: VerifyLogOptions & { name: string },
): Promise<{ verdict: Verdict; against: Against }> {
  const beside = readKeyBeside(options.dataDir, options.name);
  if (beside !== undefined && !(await isSameLog(mirror, beside, options))) {
    const against = otherLog(mirror, `and the key beside this log is ${beside.slice(0, 400)}`);
    return { verdict: await verifyLog(options), against };
  }
  const comparer = new EventComparer(mirror);
  const verdict = await verifyLog({ vkey: mirror.state.pin.vkey, ...options, onEvents: comparer.take });
  const { dir } = mirror.state.paths;
  try {
    const compared = await comparer.finish(verdict.size);
    return { verdict, against: { mirror: dir, origin: mirror.state.logKey.name, ...compared } };
  } catch (error) {
    return { verdict, against: toDamaged(dir, error) };
  }
}

/** A mirror that holds all of it vouches for a log too: what it cosigned is more than the server's own word. */
export function withWitness(both: { verdict: Verdict; against: Against }): {
  verdict: Verdict;
  against: Against;
} {
  const { verdict, against } = both;
  const isVouched = "relation" in against && against.relation.kind === "same";
  if (verdict.verdict !== "unwitnessed" || !isVouched) return both;
  const own = "but only this server vouches";
  const message = verdict.message.includes(own)
    ? verdict.message.replace(own, "and the mirror vouches")
    : `${verdict.message}; the mirror vouches for the head`;
  return { verdict: { ...verdict, verdict: "intact", message }, against };
}

function describeSigner(note: Buffer): string {
  try {
    const [origin = ""] = parseNote(note).text.split("\n");
    return `and the other side offers ${origin.slice(0, 300)}`;
  } catch {
    return "and the other side offers something else";
  }
}

/** By a key that the mirror knows, or by one that follows from it. Throws MerkleError. */
async function verifyOffered({ state }: MirrorSide, source: MirrorSource, note: Buffer): Promise<TreeHead> {
  try {
    return verifyCheckpointBy(nodeCrypto, note, state.logKeys);
  } catch (error) {
    const proven =
      error instanceof MerkleError ? await fetchKeys(source, state.logKey, state.logKeys) : undefined;
    if (proven === undefined) throw error;
    return verifyCheckpointBy(nodeCrypto, note, toKeys(state.logKey, proven));
  }
}

/** Compare the signed trees of a source, a server or another mirror, with a mirror's. CliFailure when it cannot be read. */
export async function compareTrees(mirror: MirrorSide, source: MirrorSource): Promise<Against> {
  const { dir } = mirror.state.paths;
  const note = await source.checkpoint();
  let head: TreeHead;
  try {
    head = await verifyOffered(mirror, source, note);
  } catch (error) {
    if (!(error instanceof MerkleError)) throw error;
    return otherLog(mirror, describeSigner(note));
  }
  try {
    const compared = await compareSource(mirror, source, head);
    return { mirror: dir, origin: mirror.state.logKey.name, ...compared };
  } catch (error) {
    if (!(error instanceof MerkleError)) throw error;
    throw new CliFailure(
      "unverifiable",
      `the other side serves hash tiles that are not those that it signed: ${error.message}`,
    );
  }
}

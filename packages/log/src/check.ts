// SPDX-License-Identifier: Apache-2.0
import { equalBytes, type KeyRange, TILE_WIDTH, type TreeHead } from "@telltale/merkle";
import { type Claims, isAbsent, readClaims, readRecord } from "./check/claims.js";
import { KeyEvents, readText } from "./check/keys.js";
import { type PublishedRecord, readPublished } from "./check/published.js";
import { type Replay, replayEvents, type Waypoint } from "./check/replay.js";
import type { TileMismatch } from "./check/tiles.js";
import { describeCut, parseAllOutside } from "./check/outside.js";
import { findNoPlainFile } from "./check/plain.js";
import {
  findUnwitnessed,
  judgeWitnessed,
  readWitnessedFile,
  type WitnessedClaim,
} from "./check/witnessed.js";
import { LogError } from "./error.js";
import { type LogPaths, logPaths } from "./paths.js";
import { describeExtent } from "./check/words.js";
import { findGapInCertificate, parseCertificate } from "./prune/certificate.js";
import { describeRanges, type IndexRange, sameRanges } from "./prune/ranges.js";
import type { PruneRecord } from "./prune/record.js";
import { readTimestamps, type TimestampedHead } from "./timestamp/store.js";
import type { Verdict, VerifyLogOptions } from "./types.js";

/** Findings are for people: beyond this many, only their number is of interest. */
const MAX_FINDINGS = 100;

/** What was found of one log by itself. */
export interface CheckedLog {
  verdict: Verdict;
  /** The first line, without its newline; undefined when there is none, or it was pruned. */
  firstLine?: Buffer;
}

class Report {
  readonly findings: string[] = [];
  /** Events below this are proven by a signed checkpoint whose root we computed from the events. */
  provenTo = 0;

  add(finding: string): void {
    if (this.findings.length < MAX_FINDINGS) this.findings.push(finding);
    else if (this.findings.length === MAX_FINDINGS) this.findings.push("and more");
  }
}

function toWaypoint(report: Report, head: TreeHead, what: string): Waypoint {
  return {
    size: Number(head.size),
    onRoot: (root) => {
      if (equalBytes(root, head.root)) report.provenTo = Math.max(report.provenTo, Number(head.size));
      else report.add(`the first ${head.size} events do not have the root that ${what} signed`);
    },
  };
}

/** A signed root, and in whose name a difference is told. */
interface SignedHead {
  head: TreeHead;
  by: string;
}

/** Every signed root there is, in the order of size: the published ones, and those of the head store and of witnesses. */
function* waypoints(
  report: Report,
  published: Iterable<PublishedRecord>,
  heads: readonly SignedHead[],
): Generator<Waypoint> {
  const rest = [...heads];
  const limit = heads.at(-1)?.head.size;
  let before: TreeHead | undefined;
  for (const record of published) {
    if ("problem" in record) {
      report.add(record.problem);
      continue;
    }
    const { head, number } = record;
    if (before !== undefined && head.size < before.size)
      report.add(`published checkpoint ${number} goes back in size`);
    else if (limit !== undefined && head.size > limit)
      report.add(`published checkpoint ${number} is ahead of the head: an old head was put back`);
    else {
      while (rest[0] !== undefined && rest[0].head.size < head.size) {
        const { head: first, by } = rest.shift() as SignedHead;
        yield toWaypoint(report, first, by);
      }
      yield toWaypoint(report, head, `published checkpoint ${number}`);
      before = head;
    }
  }
  for (const { head, by } of rest) yield toWaypoint(report, head, by);
}

/** A changed event also changes the hashes above it: those say less, and only count where nothing below them differs. */
function mostExact(mismatches: readonly TileMismatch[]): TileMismatch[] {
  return mismatches.filter(
    (one) =>
      !mismatches.some(
        (other) =>
          other.level < one.level &&
          other.event >= one.event &&
          other.event < one.event + TILE_WIDTH ** one.level,
      ),
  );
}

/** The first event that is not as it was signed, as exactly as tiles and checkpoints allow. */
function findFirstBad(report: Report, replay: Replay, size: number): number | undefined {
  const { brokenAt, side, tiles } = replay;
  if (report.provenTo >= size) {
    // All events are what was signed: it is a side file that was changed.
    const events = [...tiles.mismatches, ...side].map(({ event }) => event);
    return events.length === 0 ? undefined : Math.min(...events);
  }
  // A difference below what is proven is a damaged tile, not a changed event.
  const events = mostExact(tiles.mismatches)
    .map(({ event }) => event)
    .filter((event) => event >= report.provenTo);
  if (brokenAt !== undefined) events.push(brokenAt.event);
  return Math.max(report.provenTo, events.length === 0 ? 0 : Math.min(...events));
}

function describeReplay(report: Report, replay: Replay): void {
  for (const { path, event, problem } of replay.tiles.mismatches)
    report.add(`${path} ${problem}, from event ${event} on`);
  for (const { message } of replay.side) report.add(message);
  if (replay.brokenAt !== undefined)
    report.add(`event ${replay.brokenAt.event} cannot be read: ${replay.brokenAt.message}`);
}

/** Every hole needs a certificate in the kept log: with only a record beside it, anybody who can delete could excuse it. */
function checkPruned(record: PruneRecord | undefined, replay: Replay, size: number): void {
  const [hole] = record?.ranges ?? [];
  if (record === undefined || hole === undefined) return;
  const gap =
    (record.ranges.at(-1)?.next ?? 0) > size
      ? "more is recorded as pruned than the log ever had"
      : findGapInCertificate(record, replay.found && parseCertificate(replay.found));
  if (gap !== undefined) {
    replay.side.push({
      event: hole.first,
      message: `${gap}: nobody certified that these events may be missing`,
    });
  }
}

interface Reached {
  size: number;
  checked: number;
  /** Lines that were hashed and pruned ones together. */
  reached: number;
  firstBad?: number;
  record?: PruneRecord;
  hasHead: boolean;
}

function describePruned({ certificate, ranges }: PruneRecord): string {
  return `; the events ${describeRanges(ranges)} were pruned under the certificate at ${certificate}, their hashes are kept`;
}

function conclude(report: Report, at: Reached, unwitnessed?: string): Verdict {
  const { findings, provenTo } = report;
  const { size, checked, reached, firstBad, record } = at;
  const pruned: IndexRange[] = record?.ranges ?? [];
  const base = { size, checked, provenTo, findings, ...(pruned.length > 0 && { pruned }) };
  if (findings.length === 0 && size === 0) {
    return { ...base, verdict: "unverifiable", message: "the log is empty: there was nothing to check" };
  }
  if (findings.length === 0 && checked > 0 && reached === size && provenTo === size) {
    const what = record === undefined ? `all ${size} events` : `all ${checked} kept events of ${size}`;
    const gone = record === undefined ? "" : describePruned(record);
    return {
      ...base,
      verdict: unwitnessed === undefined ? "intact" : "unwitnessed",
      message: `${what} are as they were signed${unwitnessed === undefined ? "" : `, but ${unwitnessed}`}${gone}`,
    };
  }
  const what = findings[0] ?? "not every event was reached";
  const extent = describeExtent({ size, provenTo, reached, firstBad, hasHead: at.hasHead });
  const message = `something was changed: ${what}. ${extent}`;
  return { ...base, verdict: "tampered", message, ...(firstBad !== undefined && { firstBad }) };
}

function unverifiable(message: string, findings: string[] = [message]): Verdict {
  return { verdict: "unverifiable", size: 0, checked: 0, message, findings };
}

/** Nothing was read: not even whether the rest is in order can be told without it. */
function notPlain(file: string): Verdict {
  return { ...unverifiable(`${file} is no plain file: somebody put it there`), verdict: "tampered" };
}

/** The heads that the events have to lead to, in the order of size. */
function signedHeads(
  report: Report,
  {
    previous,
    newest,
    changes,
    witnessed,
    timestamps,
    outside,
  }: Pick<Claims, "previous" | "newest" | "changes"> & {
    witnessed: WitnessedClaim | undefined;
    outside: readonly TreeHead[];
    timestamps: readonly TimestampedHead[];
  },
): SignedHead[] {
  const own = [previous, newest].filter((head) => head !== undefined);
  const heads: SignedHead[] = own.map((head) => ({ head, by: "the head store" }));
  const limit = newest?.size ?? -1n;
  for (const { head } of changes) if (head.size <= limit) heads.push({ head, by: "the old and the new key" });
  for (const { head } of timestamps) {
    if (head.size <= limit) heads.push({ head, by: "the log in a timestamped checkpoint" });
    else
      report.add(
        `${head.size} events were timestamped, the log has ${limit}: its end was cut off, or an old copy put back`,
      );
  }
  for (const head of outside) {
    if (head.size <= limit) heads.push({ head, by: "the evidence shows that the log" });
    else report.add(describeCut(head.size, newest?.size ?? 0n));
  }
  if (witnessed?.problem !== undefined) report.add(witnessed.problem);
  const { head } = witnessed ?? {};
  if (head !== undefined && newest !== undefined && head.size > newest.size) {
    report.add(
      `${head.size} events were witnessed, the log has ${newest.size}: its end was cut off, or an old copy put back`,
    );
  } else if (head !== undefined && newest !== undefined) heads.push({ head, by: "the witnesses" });
  return heads.sort((a, b) => Number(a.head.size - b.head.size));
}

/** Why nobody but the server vouches for the log, as far as that was asked; undefined when somebody does. */
function whyUnwitnessed(
  { requireWitness, witness }: VerifyLogOptions,
  claim: WitnessedClaim | undefined,
  size: number,
): string | undefined {
  if (witness !== undefined && claim !== undefined) return findUnwitnessed(claim, size, witness);
  return requireWitness === true ? "only this server vouches for the head" : undefined;
}

/** Where the head is gone: the longest tree that was published, if any. */
function newestPublished(records: Iterable<PublishedRecord>): TreeHead | undefined {
  let newest: TreeHead | undefined;
  for (const record of records)
    if ("head" in record && (newest === undefined || record.head.size > newest.size)) newest = record.head;
  return newest;
}

async function checkEvents(
  paths: LogPaths,
  claims: Claims,
  keys: readonly KeyRange[],
  options: VerifyLogOptions,
  witnessed: WitnessedClaim | undefined,
): Promise<CheckedLog> {
  const report = new Report();
  for (const finding of claims.findings) report.add(finding);
  const { newest, previous, record, changes } = claims;
  if (newest === undefined) {
    report.add("there is no signed head that verifies, so nothing says how long the log was");
  }
  const { name = "main", timestampAuthorities, evidence = [] } = options;
  const outside = parseAllOutside(evidence, keys);
  const { timestamps, problems } = readTimestamps(paths.data, name, keys, timestampAuthorities);
  for (const problem of problems) report.add(problem);
  const heads = signedHeads(report, { previous, newest, changes, witnessed, timestamps, outside });
  const published = (): Iterable<PublishedRecord> =>
    readPublished(paths.checkpoints, claims.publishedBytes, keys);
  const longest = newest ?? newestPublished(published());
  const size = Number(longest?.size ?? 0n);
  const keyEvents = new KeyEvents({ keys, changes });
  let firstLine: Buffer | undefined;
  const replay = await replayEvents({
    segments: paths.segments,
    tileRoot: paths.tileRoot,
    size,
    pruned: record?.ranges ?? [],
    ...(record && { wanted: record.certificate }),
    waypoints: waypoints(report, published(), heads),
    ...(options.onProgress && { onProgress: options.onProgress }),
    onEvents: (first, leaves, lines) => {
      if (first === 0) firstLine = lines && Buffer.from(lines.bytes.subarray(0, (lines.ends[0] ?? 1) - 1));
      keyEvents.take(first, lines);
      options.onEvents?.(first, leaves, lines);
    },
  });
  for (const event of keyEvents.unknown) {
    const message = `event ${event} changed the log's key, and the key history says nothing of it: it was removed`;
    replay.side.push({ event, message });
  }
  checkPruned(record, replay, size);
  describeReplay(report, replay);
  const firstBad = longest === undefined ? undefined : findFirstBad(report, replay, size);
  const at: Reached = {
    size,
    checked: replay.checked,
    reached: replay.edge.size,
    ...(firstBad !== undefined && { firstBad }),
    ...(record && { record }),
    hasHead: newest !== undefined,
  };
  const verdict = conclude(report, at, whyUnwitnessed(options, witnessed, size));
  const latest = timestamps.at(-1);
  const timestamped = latest && describeTimestamp(latest);
  return { verdict: { ...verdict, ...(timestamped && { timestamped }) }, ...(firstLine && { firstLine }) };
}

function describeTimestamp({ head, time, authority, isTrusted }: TimestampedHead): Verdict["timestamped"] {
  return { size: Number(head.size), time: new Date(time).toISOString(), authority, trusted: isTrusted };
}

/** True when the log's key was changed while we looked: then the key that we had was an old one. */
function hasChangedKeySince(paths: LogPaths, before: string | undefined): boolean {
  return readText(paths.keyHistory) !== before || readText(paths.nextKey) !== undefined;
}

/** True when something was pruned while we looked: then what seemed to be missing may be gone by right. */
function hasPrunedSince(paths: LogPaths, before: PruneRecord | undefined): boolean {
  try {
    return !sameRanges(readRecord(paths)?.ranges ?? [], before?.ranges ?? []);
  } catch (error) {
    if (error instanceof LogError) return false; // damaged: the verdict that we have says so, or will next time
    throw error;
  }
}

/**
 * Re-verify everything from the bytes of the events: signatures, every leaf, every tile, the head, the published
 * checkpoints. Stored hashes are compared, never believed. Never throws, whatever the directory holds; may be
 * called while a server is running, and then speaks of the newest head when it started.
 */
export async function checkLog(options: VerifyLogOptions): Promise<CheckedLog> {
  try {
    const paths = logPaths(options.dataDir, options.name, options.headDir);
    const hindrance = findNoPlainFile(paths);
    if (hindrance !== undefined) return { verdict: notPlain(hindrance) };
    if (isAbsent(paths)) return { verdict: unverifiable(`there is no log in ${paths.log}`) };
    for (let attempt = 1; ; attempt++) {
      // First: while a server runs, what is witnessed is never ahead of a head that is read after it.
      const bytes = options.witness && readWitnessedFile(paths);
      const history = readText(paths.keyHistory);
      const claims = readClaims(paths, options.vkey);
      if (claims.keys === undefined)
        return { verdict: unverifiable("there is no usable verifier key", claims.findings) };
      const witnessed = options.witness && judgeWitnessed(bytes, claims.keys, options.witness);
      const { verdict, firstLine } = await checkEvents(paths, claims, claims.keys, options, witnessed);
      const isFinal = verdict.verdict === "intact" || verdict.verdict === "unwitnessed" || attempt >= 5;
      if (!isFinal && (hasPrunedSince(paths, claims.record) || hasChangedKeySince(paths, history))) continue;
      return { verdict, ...(firstLine && { firstLine }) };
    }
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    const code = error instanceof LogError ? ` (${error.code})` : "";
    return { verdict: unverifiable(`the log could not be checked${code}: ${reason}`) };
  }
}

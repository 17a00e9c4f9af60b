// SPDX-License-Identifier: Apache-2.0
import type { ChainKind } from "./finding.js";
import type { RecentTags, TagSpan } from "./recent-tags.js";

/** Gaps and forks of one boot that are remembered; the oldest go first. */
export const MAX_GAPS = 32;
const MAX_BRANCHES = 8;

/** Numbers that have not come, and what the events around them say of them. */
export interface Gap {
  from: number;
  to: number;
  /** Tag of the event before. */
  before?: string | undefined;
  /** What the event behind says of the last of these. */
  after?: string | undefined;
}

/** A second process that goes on with the numbers of this boot. */
interface Branch {
  seq: number;
  tag: string;
}

/** What a chain must remember to go on; a snapshot of it is JSON. */
export interface ChainState {
  head: number;
  /** Tag of the event `head`; absent where its bytes were not seen. */
  tag?: string | undefined;
  gaps: Gap[];
  branches: Branch[];
  /** Up to this number it is not known what has come. */
  unsure: number;
  /** How many numbers were passed over and have not come since. */
  missing: number;
}

/** A chain of which nothing has come. */
export function newChainState(): ChainState {
  return { head: 0, gaps: [], branches: [], unsure: 0, missing: 0 };
}

/** A run as a chain sees it. */
export interface Links {
  from: number;
  count: number;
  prev?: string;
  tag?: string;
  isStart?: boolean;
  /** Read from the log, where it was compared before. */
  isSealed?: true;
}

/** What became of each event of a run: sealed, dropped because the same bytes are sealed, or sealed as the second of its id. */
export type Fate = "sealed" | "dropped" | "conflict";

export interface Step {
  run: Links;
  /** Undefined: all were sealed. */
  fate?: ((offset: number) => Fate) | undefined;
  /** Tags of the run's events, empty where there are none. */
  tags: Uint32Array;
}

export type Tell = (kind: ChainKind, from: number, to: number, certain: boolean) => void;

/** Consecutive events of a run that are all new, all missing ones, or all old ones. */
interface Piece {
  from: number;
  to: number;
  /** Tags of its events, empty where there are none. */
  tags: Uint32Array;
  /** What its first event says of the one before; undefined where the run itself has compared the two. */
  prev: string | undefined;
  /** The tag of its last event, where the run says it. */
  tag: string | undefined;
  /** Its first event says nothing of the one before it that could be compared. */
  isUnlinked: boolean;
}

/** Whose events those of a run are, up to a place in it; one that was told of is known. */
type Whose = "own" | "another's" | "a known other's";

/**
 * One chain: the numbers of one boot, in the order in which they were sealed. Everything that is out of order is told once
 * and with its numbers; nothing here depends on time or chance, so the same events give the same findings.
 */
export class Chain {
  readonly #recent: RecentTags;
  readonly #spans: TagSpan[] = [];
  readonly #state: ChainState;

  constructor(recent: RecentTags, state: ChainState = newChainState()) {
    this.#recent = recent;
    this.#state = state;
  }

  get state(): Readonly<ChainState> {
    return this.#state;
  }

  take(step: Step, tell: Tell): void {
    const { run, fate } = step;
    let whose: Whose = "own";
    for (let i = 0; i < run.count; ) {
      const n = run.from + i;
      if (fate?.(i) === "dropped") {
        // These bytes are in the log. That they are new to this chain only means that it was forgotten.
        if (n > this.#state.head) this.#advance(n, i === run.count - 1 ? run.tag : undefined);
        whose = "own";
        i++;
        continue;
      }
      const gap = this.#state.gaps.find((each) => n >= each.from && n <= each.to);
      const isAhead = n > this.#state.head;
      const piece = cut(step, i, isAhead ? Number.POSITIVE_INFINITY : (gap?.to ?? this.#endOfOld(n)));
      if (isAhead) whose = this.#ahead(piece, run, whose, tell);
      else if (gap === undefined) whose = this.#again(piece, step, whose, tell);
      else this.#late(piece, gap, run, whose, tell);
      i += piece.to - piece.from + 1;
    }
  }

  /** Numbers that nobody has seen. */
  #ahead(piece: Piece, { isStart }: Links, whose: Whose, tell: Tell): Whose {
    const { from, to, prev, tag } = piece;
    const state = this.#state;
    if (whose !== "own") {
      if (whose === "another's") tell("fork", from, to, true);
      this.#addBranch(to, tag);
      return whose;
    }
    const isNext = from === state.head + 1;
    const isOwn = isNext && prev !== undefined && prev === state.tag;
    if (!isOwn && this.#goesOnBranch(piece)) return "a known other's";
    if (!isNext) this.#passOver(from, prev, tell);
    if (piece.isUnlinked || (from === 1 && isStart === false)) tell("broken", from, from, true);
    else if (isNext && prev !== undefined && state.tag !== undefined && !isOwn)
      tell("broken", state.head, state.head, true);
    this.#advance(to, tag);
    this.#remember(from, piece.tags);
    return "own";
  }

  #passOver(next: number, after: string | undefined, tell: Tell): void {
    const { head, tag, gaps, unsure } = this.#state;
    const isCertain = next - 1 > unsure;
    tell("gap", head + 1, next - 1, isCertain);
    // What may have come before must not pass for missing when it comes again.
    if (!isCertain) return;
    gaps.push({ from: head + 1, to: next - 1, before: tag, after });
    this.#state.missing += next - 1 - head;
    this.#boundGaps();
  }

  #boundGaps(): void {
    const { gaps } = this.#state;
    if (gaps.length > MAX_GAPS) this.#state.unsure = Math.max(this.#state.unsure, gaps.shift()!.to);
  }

  /** Numbers that are missing. */
  #late(piece: Piece, gap: Gap, { isSealed }: Links, whose: Whose, tell: Tell): void {
    const { from, to, prev, tag, isUnlinked, tags } = piece;
    if (whose === "a known other's") return;
    const isBegin =
      from !== gap.from || prev === undefined || gap.before === undefined || prev === gap.before;
    const isEnd = to !== gap.to || tag === undefined || gap.after === undefined || tag === gap.after;
    // The event behind vouches for these, so it is the one before them that is not what it should be.
    const isProven = to === gap.to && tag !== undefined && tag === gap.after;
    if (whose !== "own" || isUnlinked || !isEnd || !(isBegin || isProven)) {
      tell(whose === "own" ? "broken" : "fork", from, to, true);
      return;
    }
    if (!isBegin) tell("broken", from - 1, from - 1, true);
    // Where no tag could be made, that it fits is only the word of the numbers.
    tell("reordered", from, to, isSealed === true || (tags[0] ?? 0) !== 0);
    this.#state.missing -= to - from + 1;
    const left: Gap = { from: gap.from, to: from - 1, before: gap.before, after: prev };
    const right: Gap = { from: to + 1, to: gap.to, before: tag, after: gap.after };
    const { gaps } = this.#state;
    gaps.splice(gaps.indexOf(gap), 1, ...[left, right].filter((each) => each.from <= each.to));
    this.#boundGaps();
    this.#remember(from, tags);
  }

  /** Numbers that had come. */
  #again(piece: Piece, { fate, run }: Step, whose: Whose, tell: Tell): Whose {
    if (whose === "a known other's") {
      this.#addBranch(piece.to, piece.tag);
      return whose;
    }
    if (this.#goesOnBranch(piece)) return "a known other's";
    const { unsure } = this.#state;
    let kind: ChainKind = "replay";
    let since = piece.from;
    for (let n = piece.from; n <= piece.to; n++) {
      const known = this.#recent.find(this.#spans, n);
      const tag = piece.tags[n - piece.from] ?? 0;
      const isCompared = known !== 0 && tag !== 0;
      const isOther = isCompared ? known !== tag : fate?.(n - run.from) === "conflict";
      const next: ChainKind = isOther ? "fork" : "replay";
      if (n > since && next !== kind) {
        tell(kind, since, n - 1, n - 1 > unsure);
        since = n;
      }
      kind = next;
    }
    tell(kind, since, piece.to, piece.to > unsure);
    if (kind !== "fork") return "own";
    this.#addBranch(piece.to, piece.tag);
    return "another's";
  }

  /** The last old number from `n` on before a missing one. */
  #endOfOld(n: number): number {
    let end = this.#state.head;
    for (const { from } of this.#state.gaps) if (from > n) end = Math.min(end, from - 1);
    return end;
  }

  /** Another process that was told of goes on: that is not told again with each of its events. */
  #goesOnBranch({ from, prev, to, tag }: Piece): boolean {
    if (prev === undefined) return false;
    const { branches } = this.#state;
    const at = branches.findIndex((each) => each.seq === from - 1 && each.tag === prev);
    if (at === -1) return false;
    branches.splice(at, 1);
    this.#addBranch(to, tag);
    return true;
  }

  #addBranch(seq: number, tag: string | undefined): void {
    if (tag === undefined) return;
    const { branches } = this.#state;
    branches.push({ seq, tag });
    if (branches.length > MAX_BRANCHES) branches.shift();
  }

  #remember(from: number, tags: Uint32Array): void {
    if (tags.length > 0) this.#recent.add(this.#spans, from, tags);
  }

  #advance(head: number, tag: string | undefined): void {
    this.#state.head = head;
    this.#state.tag = tag;
  }
}

/** The piece that begins at an offset and ends before the number after `last`, before a dropped event, or with the run. */
function cut({ run, fate, tags }: Step, offset: number, last: number): Piece {
  let end = offset + 1;
  while (end < run.count && run.from + end <= last && fate?.(end) !== "dropped") end++;
  return {
    from: run.from + offset,
    to: run.from + end - 1,
    tags: tags.subarray(offset, end),
    prev: offset === 0 ? run.prev : undefined,
    tag: end === run.count ? run.tag : undefined,
    isUnlinked: offset === 0 && run.prev === undefined,
  };
}

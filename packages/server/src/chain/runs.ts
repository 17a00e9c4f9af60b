// SPDX-License-Identifier: Apache-2.0
import type { SecurityEvent, SentEvent } from "@telltale/event";
import type { ChainKey } from "./chain-key.js";
import type { Ratchets } from "./ratchets.js";

/** Consecutive numbers of one boot in consecutive lines of one body, each linked to the one before. */
export interface ChainRun {
  via: string;
  boot: string;
  app: string;
  instance?: string;
  /** Server clock of the body, RFC 3339. */
  received: string;
  /** Line of the first event. */
  line: number;
  count: number;
  /** Number of the first event. */
  from: number;
  /** What the first event says of the one before it; undefined when that is no tag. */
  prev?: string;
  /** The tag of the last event; undefined when no key was in reach: then nothing inside was compared either. */
  tag?: string;
  /** It was read from the log; what could be compared was compared when it was sealed. */
  isSealed?: true;
  /** Of a run that begins with 1: whether it begins as the chain of this key and boot has to. */
  isStart?: boolean;
  /** Interval of the newest heartbeat in it. */
  heartbeatMs?: number;
  /** The source said that it stops, and nothing behind that. */
  stopped?: true;
}

/** What preparation knows about chains in the lines that it made. */
export interface Chained {
  runs: ChainRun[];
  /** The first 32 bits of each line's tag, 0 where it has none. */
  tags: Uint32Array;
}

const BOOT = /^[A-Za-z0-9_-]{26,64}$/;
const TAG = /^[0-9a-f]{32}$/;
const NAME_CHARS = 128;

/** Where an event stands in the request. */
export interface SourceRange {
  body: Uint8Array;
  start: number;
  end: number;
}

/** Who sent what is added. */
export interface RunSender {
  via: string;
  received: string;
  /** Undefined: the key is gone or the body came another way; then only numbers are compared. */
  key: ChainKey | undefined;
}

/**
 * Finds the chains in a body and checks their links, over the bytes as they came: before anything is hidden in them. What
 * holds is handed on as runs, so that a body of a thousand linked events costs the main thread one comparison.
 */
export class RunBuilder {
  readonly #ratchets: Ratchets;
  readonly #lines: number;
  #runs: ChainRun[] = [];
  #tags: Uint32Array | undefined;
  #sender: RunSender | undefined;
  #last: ChainRun | undefined;

  /** `lines`: how many events there can be. */
  constructor(ratchets: Ratchets, lines: number) {
    this.#ratchets = ratchets;
    this.#lines = lines;
    ratchets.begin(lines);
  }

  begin(sender: RunSender): void {
    this.#sender = sender;
    this.#last = undefined;
  }

  /** `sent` is the event as parsed, `event` what became of it in `line`. */
  add(line: number, sent: unknown, event: SentEvent, range: SourceRange): void {
    const link = toLink(sent);
    if (link !== undefined && isSource(this.#sender!.via)) this.#append(line, link, event, range);
  }

  #append(line: number, { boot, seq, prev }: Link, event: SentEvent, range: SourceRange): void {
    const tag = this.#tagOf(line, boot, seq, range);
    let run = this.#last;
    const goesOn =
      run !== undefined &&
      run.boot === boot &&
      run.from + run.count === seq &&
      run.line + run.count === line &&
      prev !== undefined &&
      (run.tag === undefined ? tag === undefined : tag !== undefined && run.tag === prev);
    if (run === undefined || !goesOn) run = this.#start(line, boot, seq, prev, event);
    run.count++;
    if (tag !== undefined) run.tag = tag;
    addSigns(run, event);
  }

  #tagOf(line: number, boot: string, seq: number, { body, start, end }: SourceRange): string | undefined {
    const { via, key } = this.#sender!;
    if (key === undefined) return undefined;
    this.#ratchets.enter(via, boot, key);
    const tag = this.#ratchets.tag(seq, key, body, start, end);
    if (tag === undefined) return undefined;
    this.#tags ??= new Uint32Array(this.#lines);
    this.#tags[line] = Number.parseInt(tag.slice(0, 8), 16) || 1;
    return tag;
  }

  #start(line: number, boot: string, seq: number, prev: string | undefined, event: SentEvent): ChainRun {
    const { via, received, key } = this.#sender!;
    const run: ChainRun = { via, boot, ...namesOf(event), received, line, count: 0, from: seq };
    if (prev !== undefined) run.prev = prev;
    if (seq === 1 && key !== undefined) run.isStart = prev !== undefined && this.#ratchets.isStart(prev, key);
    this.#runs.push(run);
    this.#last = run;
    return run;
  }

  /** Undefined when no event was part of a chain. */
  finish(): Chained | undefined {
    this.#ratchets.leave();
    if (this.#runs.length === 0) return undefined;
    return { runs: this.#runs, tags: this.#tags ?? new Uint32Array(0) };
  }
}

/** Imported history is no source: it carries the links that another key made, in whatever order. */
function isSource(via: string): boolean {
  return !via.startsWith("backfill_");
}

/** What an event says of its place in a chain. */
interface Link {
  boot: string;
  seq: number;
  prev: string | undefined;
}

/** Undefined for what is no event of a chain, whatever it holds instead. */
function toLink(event: unknown): Link | undefined {
  const source = (event as { source?: unknown } | null)?.source as Partial<
    Record<keyof Link, unknown>
  > | null;
  const boot = source?.boot;
  if (typeof boot !== "string" || boot.length < 26 || !BOOT.test(boot)) return undefined;
  const { seq, prev } = source!;
  if (typeof seq !== "number" || !Number.isSafeInteger(seq) || seq < 1) return undefined;
  return { boot, seq, prev: typeof prev === "string" && TAG.test(prev) ? prev : undefined };
}

function namesOf({ source }: SentEvent): Pick<ChainRun, "app" | "instance"> {
  const app = source.app.slice(0, NAME_CHARS);
  return source.instance === undefined ? { app } : { app, instance: source.instance.slice(0, NAME_CHARS) };
}

/** Signs of life that the source sends as events of its chain. */
function addSigns(run: ChainRun, { action, data }: SentEvent): void {
  if (run.stopped === true) delete run.stopped;
  if (action === "source_heartbeat") {
    const every = data?.everyMs;
    if (typeof every === "number" && every > 0) run.heartbeatMs = every;
  } else if (action === "source_stopped") run.stopped = true;
}

/** The run of one sealed line; undefined when it is no part of a chain. */
export function toRun(sealed: unknown): ChainRun | undefined {
  const link = toLink(sealed);
  const event = sealed as SecurityEvent;
  if (link === undefined || !isSource(event.via)) return undefined;
  const { via, received } = event;
  const run: ChainRun = {
    via,
    boot: link.boot,
    ...namesOf(event),
    received,
    line: 0,
    count: 1,
    from: link.seq,
    isSealed: true,
  };
  if (link.prev !== undefined) run.prev = link.prev;
  addSigns(run, event);
  return run;
}

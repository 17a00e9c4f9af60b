// SPDX-License-Identifier: Apache-2.0
import { createHash, hash as digest, randomFillSync } from "node:crypto";
import { isAscii, isUtf8 } from "node:buffer";
import { EventError, LIMITS, isCanonical, uuidV7 } from "@telltale/event";
import type { Protector } from "@telltale/protect";
import type { RuleSet } from "@telltale/sigma";
import type { ChainKey } from "../chain/chain-key.js";
import type { Ratchets } from "../chain/ratchets.js";
import { type Chained, RunBuilder } from "../chain/runs.js";
import type { ErrorCode } from "../errors.js";
import type { CredentialFound, CredentialWatch } from "../protect/thread/credential-watch.js";
import type { Needs } from "../protect/thread/needs.js";
import type { ThreadKeys } from "../protect/thread/thread-keys.js";
import type { Split } from "./ingest/split.js";
import { normalize } from "./normalize/normalize.js";
import type { KeyLineWatch } from "./protect/key-lines.js";
import { protectEvent, protectedJson } from "./protect/protect.js";
import type { Fingerprint } from "./seal/fingerprint.js";
import type { NormalEvent, ProtectedEvent, Sender } from "./stages.js";

export interface Rejected {
  line: number;
  code: ErrorCode;
  message: string;
}

/** Why nothing of a body was kept. */
export type Refusal = Omit<Rejected, "line">;

/** How many refused lines an answer names one by one; the rest is only counted. */
export const MAX_REJECTED_LISTED = 1000;

/** What one body became: its lines are those behind the share before it. */
export interface Share {
  /** Id of the key that sent the body. */
  via: string;
  /** Offset just after its last line. */
  end: number;
  rejected: Rejected[];
  rejectedCount: number;
  /** How many events claimed what their key may not. */
  claimed: number;
  /** How many lines kept their source's bytes. */
  kept: number;
  /** True when the body was one event and no list. */
  lone: boolean;
  /** Present when the body had no readable structure. */
  refused?: Refusal;
}

/** Lines of one or more bodies, ready to be sealed, in flat memory that can be handed between threads without copying. */
export interface Prepared {
  /** Sealed lines, each ended by a newline. */
  bytes: Buffer;
  /** Offset just after the newline of each line. */
  ends: Uint32Array;
  count: number;
  /** 32 bytes a line: SHA-256(0x00 ‖ line), RFC 6962 section 2.1. */
  leafHashes: Buffer;
  /** Four words a line: the event's id. */
  ids: Uint32Array;
  /** Two words a line: fingerprint of the source's bytes behind their first brace. */
  prints: Uint32Array;
  /** Two words a line: fingerprint of the sealed bytes behind the server's own fields; equal to `prints` when kept. */
  sealedPrints: Uint32Array;
  /** Pairs (line offset, rule index) of the rule set named by `ruleSet`. */
  hints: Uint32Array;
  ruleSet: string;
  /** Absent when no line is part of a source's chain. */
  chained?: Chained;
  /** Credentials that stood in the events, for sure; absent when there were none. */
  credentials?: readonly CredentialFound[];
  /** Present when keys were missing: nothing of this may be sealed. The bodies have to be prepared again with them. */
  needs?: Needs;
  /** One for each body, in order. */
  shares: Share[];
}

/** A body whose events were found, and who sent it. */
export interface SplitBody {
  body: Buffer;
  split: Split;
  sender: Sender;
  /** Of the key that sent it, see `SentBody`. */
  chainKey?: ChainKey | undefined;
}

export interface PrepareTools {
  protector: Protector;
  rules: RuleSet;
  ruleSet: string;
  fingerprint: Fingerprint;
  ratchets: Ratchets;
  /** Keys of the protector; absent where it has none. */
  keys?: ThreadKeys;
  /** What the protector tells of credentials; absent where nobody asks. */
  credentials?: CredentialWatch;
  /** Follows private keys across events; absent where they do not come from outside. */
  keyLines?: KeyLineWatch;
}

const NEWLINE = 0x0a;
const encodeUtf8 = new TextEncoder();

/** Everything between bytes and the log: parse once, normalize, protect, match, hash. Never throws. */
export function prepare(bodies: readonly SplitBody[], tools: PrepareTools): Prepared {
  let events = 0;
  let bytes = 0;
  for (const { body, split } of bodies) {
    events += split.starts.length;
    bytes += body.length;
  }
  const builder = new LineBuilder(events, bytes, tools);
  for (const each of bodies) addBody(builder, each);
  return builder.finish();
}

function addBody(builder: LineBuilder, { body, split, sender, chainKey }: SplitBody): void {
  builder.begin(sender, split.lone, chainKey);
  const ascii = isAscii(body);
  const valid = ascii || isUtf8(body);
  for (let i = 0; i < split.starts.length; i++) {
    const start = split.starts[i]!;
    const end = split.ends[i]!;
    const line = split.lines[i]!;
    if (end - start > LIMITS.eventBytes) {
      builder.reject(
        line,
        "event_too_large",
        `the event has ${end - start} bytes; at most ${LIMITS.eventBytes} are allowed`,
      );
      continue;
    }
    let parsed: unknown;
    try {
      // latin1 decoding is the fast path and is only right for ASCII.
      parsed = JSON.parse(ascii ? body.toString("latin1", start, end) : body.toString("utf8", start, end));
    } catch {
      builder.reject(line, "not_json", "the event is not valid JSON");
      continue;
    }
    const canonical = valid && isCanonical(body, start, end);
    builder.add(parsed, line, { body, start, end, canonical });
  }
}

/**
 * Lines for events that the server itself makes: reserved actions are allowed, everything else is the same. The events
 * are copied first, because secrets are hidden in place and whoever made them may go on using what they hold.
 */
export function prepareInternal(events: readonly unknown[], sender: Sender, tools: PrepareTools): Prepared {
  const builder = new LineBuilder(events.length, 0, tools);
  builder.begin(sender, false);
  for (const [i, event] of events.entries()) builder.add(structuredClone(event), i + 1, undefined, true);
  return builder.finish();
}

interface SourceBytes {
  body: Buffer;
  start: number;
  end: number;
  canonical: boolean;
}

/** Room for the server's own fields in front of each line, to begin with. */
const PREFIX_ROOM = 96;

class LineBuilder {
  readonly #tools: PrepareTools;
  #prefix = "";
  #sender: Sender | undefined;
  #buffer: Buffer;
  // One byte is free before the first line: each leaf hash needs a zero byte before its line, see #hashLeaf.
  #at = 1;
  readonly #ends: Uint32Array;
  readonly #leafHashes: Buffer;
  readonly #ids: Uint32Array;
  readonly #prints: Uint32Array;
  readonly #sealedPrints: Uint32Array;
  readonly #hints: number[] = [];
  readonly #chains: RunBuilder;
  readonly #shares: Share[] = [];
  #share: Share | undefined;
  #count = 0;
  /** A subject is not known here: what follows is only asked for its subjects, too. */
  #isMissing = false;

  constructor(events: number, bytes: number, tools: PrepareTools) {
    this.#tools = tools;
    this.#buffer = Buffer.allocUnsafeSlow(1 + bytes + events * PREFIX_ROOM + 256);
    this.#ends = new Uint32Array(events);
    this.#leafHashes = Buffer.allocUnsafeSlow(events * 32);
    this.#ids = new Uint32Array(events * 4);
    this.#prints = new Uint32Array(events * 2);
    this.#sealedPrints = new Uint32Array(events * 2);
    this.#chains = new RunBuilder(tools.ratchets, events);
    tools.keyLines?.begin();
  }

  /** What is added from here on belongs to another body. */
  begin(sender: Sender, lone: boolean, chainKey?: ChainKey): void {
    const { via } = sender;
    if (this.#sender !== sender) {
      const tenant = sender.tenant === undefined ? "" : `,"tenant":${JSON.stringify(sender.tenant)}`;
      this.#prefix = `{"received":"${sender.received}","via":"${via}"${tenant},`;
      this.#sender = sender;
    }
    this.#share = { via, end: this.#count, rejected: [], rejectedCount: 0, claimed: 0, kept: 0, lone };
    this.#shares.push(this.#share);
    this.#chains.begin({ via, received: sender.received, key: chainKey });
  }

  reject(line: number, code: ErrorCode, message: string): void {
    const share = this.#share!;
    share.rejectedCount++;
    if (share.rejected.length < MAX_REJECTED_LISTED) share.rejected.push({ line, code, message });
  }

  add(parsed: unknown, line: number, source: SourceBytes | undefined, internal = false): void {
    const share = this.#share!;
    let event: ProtectedEvent;
    let keep: boolean;
    try {
      const normal = internal
        ? { event: parsed as NormalEvent, changed: true, claimed: false }
        : normalize(parsed, this.#sender!, this.#makeId);
      if (this.#isLacking(normal.event)) return;
      const safe = this.#protect(normal.event);
      event = safe.event;
      keep = source?.canonical === true && !normal.changed && !safe.changed;
      if (normal.claimed) share.claimed++;
    } catch (error) {
      if (!(error instanceof EventError)) throw error;
      this.reject(line, error.code, error.message);
      return;
    }
    const room = LIMITS.sealedBytes - this.#prefix.length;
    if (keep && source!.end - source!.start <= room) {
      this.#write(source!.body, source!.start + 1, source!.end, true);
      share.kept++;
    } else {
      const json = encodeUtf8.encode(protectedJson(event, this.#tools.protector.policy, room));
      this.#write(json, 1, json.length, false);
    }
    this.#printSource(keep ? undefined : source);
    toIdWords(event.id, this.#ids, this.#count * 4);
    if (source !== undefined) this.#chains.add(this.#count, parsed, event, source);
    this.#match(event);
    share.end = ++this.#count;
  }

  /** Whether subjects are missing, in this event or one before. Only a policy with aliases has any. */
  #isLacking(event: NormalEvent): boolean {
    const { protector, keys } = this.#tools;
    const sender = this.#sender!;
    const missing = protector.missingSubjects(event as unknown as Record<string, unknown>, sender);
    if (missing.length > 0 && keys !== undefined) {
      keys.want(sender.tenant, missing);
      this.#isMissing = true;
    }
    return this.#isMissing;
  }

  #protect(event: NormalEvent): ReturnType<typeof protectEvent> {
    const { protector, credentials, keyLines } = this.#tools;
    const sender = this.#sender!;
    credentials?.at(this.#count, event.source.app, sender);
    return protectEvent(event, protector, sender, keyLines);
  }

  finish(): Prepared {
    const count = this.#count;
    const chained = this.#chains.finish();
    const needs = this.#tools.keys?.takeNeeds();
    if (needs !== undefined) this.#tools.keyLines?.takeBack();
    const credentials = this.#tools.credentials?.take();
    return {
      bytes: this.#buffer.subarray(1, this.#at),
      ends: this.#ends.subarray(0, count),
      count,
      leafHashes: this.#leafHashes.subarray(0, count * 32),
      ids: this.#ids.subarray(0, count * 4),
      prints: this.#prints.subarray(0, count * 2),
      sealedPrints: this.#sealedPrints.subarray(0, count * 2),
      hints: Uint32Array.from(this.#hints),
      ruleSet: this.#tools.ruleSet,
      ...(chained === undefined ? {} : { chained }),
      ...(credentials === undefined || needs !== undefined ? {} : { credentials }),
      ...(needs === undefined ? {} : { needs }),
      shares: this.#shares,
    };
  }

  #makeId = (): string => {
    const random = new Uint8Array(10);
    randomFillSync(random);
    return uuidV7(Date.parse(this.#sender!.received), random);
  };

  #write(bytes: Uint8Array, from: number, to: number, asSent: boolean): void {
    const start = this.#at;
    const needed = start + this.#prefix.length + (to - from) + 1;
    if (needed > this.#buffer.length) {
      const larger = Buffer.allocUnsafeSlow(needed * 2);
      this.#buffer.copy(larger, 0, 0, start);
      this.#buffer = larger;
    }
    const tail = start + this.#buffer.write(this.#prefix, start, "latin1");
    this.#buffer.set(bytes.subarray(from, to), tail);
    const end = tail + (to - from);
    this.#hashLeaf(start, end);
    this.#buffer[end] = NEWLINE;
    this.#at = end + 1;
    // Offsets are counted from the first line, one byte behind the buffer's start.
    this.#ends[this.#count] = end;
    const { fingerprint } = this.#tools;
    if (asSent) fingerprint.write(this.#buffer, tail, end, this.#sealedPrints, this.#count);
    else fingerprint.writeSealed(this.#buffer, tail, end, this.#sealedPrints, this.#count);
  }

  /** `source`: the bytes that came, where they are not the ones that are sealed. */
  #printSource(source: SourceBytes | undefined): void {
    const line = this.#count;
    if (source !== undefined) {
      this.#tools.fingerprint.write(source.body, source.start + 1, source.end, this.#prints, line);
      return;
    }
    this.#prints[2 * line] = this.#sealedPrints[2 * line]!;
    this.#prints[2 * line + 1] = this.#sealedPrints[2 * line + 1]!;
  }

  /** The byte before the line (a newline already written, or the spare first byte) stands in for RFC 6962's 0x00. */
  #hashLeaf(start: number, end: number): void {
    const before = this.#buffer[start - 1]!;
    this.#buffer[start - 1] = 0;
    const leaf = digest("sha256", this.#buffer.subarray(start - 1, end), "binary");
    this.#buffer[start - 1] = before;
    this.#leafHashes.write(leaf, this.#count * 32, "latin1");
  }

  #match(event: ProtectedEvent): void {
    const { rules } = this.#tools;
    if (rules.rules.length === 0) return;
    // Rules speak of the event as it is sealed. Its line is written already; the object ends here.
    const { received, via, tenant } = this.#sender!;
    const sealed = Object.assign(event, tenant === undefined ? { received, via } : { received, via, tenant });
    for (const rule of rules.match(sealed)) this.#hints.push(this.#count, rule);
  }
}

/** Writes an id as four words: the bits of a UUID, the first 16 bytes of a SHA-256 for any other string. */
export function toIdWords(id: string, words: Uint32Array, at: number): void {
  if (id.length === 36) {
    const a = hexWord(id, 0);
    const b = hexWord(`${id.slice(9, 13)}${id.slice(14, 18)}`, 0);
    const c = hexWord(`${id.slice(19, 23)}${id.slice(24, 28)}`, 0);
    const d = hexWord(id, 28);
    if (a >= 0 && b >= 0 && c >= 0 && d >= 0) {
      words[at] = a;
      words[at + 1] = b;
      words[at + 2] = c;
      words[at + 3] = d;
      return;
    }
  }
  const hashed = createHash("sha256").update(id).digest();
  for (let word = 0; word < 4; word++) words[at + word] = hashed.readUInt32BE(word * 4);
}

function hexWord(text: string, from: number): number {
  let value = 0;
  for (let at = from; at < from + 8; at++) {
    const code = text.charCodeAt(at);
    const digit =
      code >= 48 && code <= 57
        ? code - 48
        : code >= 97 && code <= 102
          ? code - 87
          : code >= 65 && code <= 70
            ? code - 55
            : -1;
    if (digit < 0) return -1;
    value = value * 16 + digit;
  }
  return value;
}

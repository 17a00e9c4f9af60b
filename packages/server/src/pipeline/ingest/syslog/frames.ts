// SPDX-License-Identifier: Apache-2.0

/** Longer messages are cut: RFC 5424 asks receivers for 2 KiB, an event may have 60 KiB. */
export const MAX_MESSAGE_BYTES = 48 * 1024;

const LINE_FEED = 0x0a;
const SPACE = 0x20;
const ZERO = 0x30;
const NINE = 0x39;
const MAX_DIGITS = 7;

/**
 * Cuts the bytes of one TCP connection into messages, as RFC 6587 describes: octet counting (`LEN SP MSG`) when a message
 * begins with a digit, else lines. Holds at most one message of the largest size; what is beyond is thrown away.
 */
export class FrameReader {
  #held: Buffer = Buffer.alloc(0);
  /** Bytes of a counted message, or of a line, that are still to be thrown away. */
  #skipCounted = 0;
  #skipLine = false;
  /** Messages that were cut because they were too long. */
  cut = 0;

  push(chunk: Buffer): Buffer[] {
    const bytes = this.#held.length === 0 ? chunk : Buffer.concat([this.#held, chunk]);
    const messages: Buffer[] = [];
    let at = 0;
    for (;;) {
      at = this.#skip(bytes, at);
      const next = at >= bytes.length ? undefined : this.#next(bytes, at);
      if (next === undefined) break;
      if (next.message.length > 0) messages.push(next.message);
      at = next.end;
    }
    // A copy: a small rest must not keep a large chunk alive.
    this.#held = Buffer.from(bytes.subarray(at));
    return messages;
  }

  /** What a sender left without an end when it closed the connection. */
  end(): Buffer[] {
    const rest = this.#held;
    this.#held = Buffer.alloc(0);
    return rest.length === 0 || isDigit(rest[0]!) ? [] : [rest];
  }

  #skip(bytes: Buffer, from: number): number {
    let at = from;
    if (this.#skipCounted > 0) {
      const skipped = Math.min(this.#skipCounted, bytes.length - at);
      this.#skipCounted -= skipped;
      at += skipped;
    }
    if (this.#skipLine) {
      const end = bytes.indexOf(LINE_FEED, at);
      this.#skipLine = end === -1;
      at = end === -1 ? bytes.length : end + 1;
    }
    while (at < bytes.length && bytes[at] === LINE_FEED) at++;
    return at;
  }

  #next(bytes: Buffer, at: number): { message: Buffer; end: number } | undefined {
    return isDigit(bytes[at]!) ? this.#counted(bytes, at) : this.#line(bytes, at);
  }

  #counted(bytes: Buffer, at: number): { message: Buffer; end: number } | undefined {
    let space = at;
    while (space < bytes.length && space - at <= MAX_DIGITS && isDigit(bytes[space]!)) space++;
    if (space === bytes.length && space - at <= MAX_DIGITS) return undefined;
    // No count after all: somebody's line begins with a number.
    if (bytes[space] !== SPACE) return this.#line(bytes, at);
    const length = Number(bytes.toString("latin1", at, space));
    const start = space + 1;
    const kept = Math.min(length, MAX_MESSAGE_BYTES);
    if (bytes.length < start + kept) return undefined;
    if (kept < length) {
      this.cut++;
      this.#skipCounted = length - kept;
    }
    return { message: trimEnd(bytes.subarray(start, start + kept)), end: start + kept };
  }

  #line(bytes: Buffer, at: number): { message: Buffer; end: number } | undefined {
    const end = bytes.indexOf(LINE_FEED, at);
    const length = (end === -1 ? bytes.length : end) - at;
    if (length > MAX_MESSAGE_BYTES) {
      this.cut++;
      this.#skipLine = end === -1;
      const stop = at + MAX_MESSAGE_BYTES;
      return { message: bytes.subarray(at, stop), end: end === -1 ? bytes.length : end + 1 };
    }
    return end === -1 ? undefined : { message: trimEnd(bytes.subarray(at, end)), end: end + 1 };
  }
}

function isDigit(byte: number): boolean {
  return byte >= ZERO && byte <= NINE;
}

/** Without line ends and NULs that some senders put behind a message. */
export function trimEnd(message: Buffer): Buffer {
  let end = message.length;
  while (end > 0 && (message[end - 1] === 0 || message[end - 1] === LINE_FEED || message[end - 1] === 0x0d))
    end--;
  return message.subarray(0, end);
}

// SPDX-License-Identifier: Apache-2.0

/** What is not the DER (X.690) that it should be. */
export class DerError extends Error {
  constructor(message: string) {
    super(message);
    this.name = "DerError";
  }
}

/** One value: its tag, what it holds, and all of its bytes. */
export interface DerValue {
  tag: number;
  content: Buffer;
  whole: Buffer;
}

/** Tags that are used here, class and form included. */
export const TAG = {
  boolean: 0x01,
  integer: 0x02,
  octets: 0x04,
  null: 0x05,
  oid: 0x06,
  generalizedTime: 0x18,
  sequence: 0x30,
  set: 0x31,
  /** Context-specific, constructed. */
  context: (n: number): number => 0xa0 | n,
} as const;

/** The value at the start of these bytes. Definite, shortest lengths only: DER has one form for one value. */
function readValue(bytes: Buffer): DerValue {
  const [tag, first] = bytes;
  if (tag === undefined || first === undefined) throw new DerError("a value is cut");
  if ((tag & 0x1f) === 0x1f) throw new DerError("a tag of several bytes");
  let length = first;
  let at = 2;
  if (first >= 0x80) {
    const count = first & 0x7f;
    if (count === 0 || count > 3 || bytes.length < 2 + count)
      throw new DerError("a length that DER does not have");
    length = bytes.readUIntBE(2, count);
    at += count;
    if (length < (count === 1 ? 0x80 : 2 ** (8 * (count - 1))))
      throw new DerError("a length that is not the shortest");
  }
  if (bytes.length < at + length) throw new DerError("a value is cut");
  return { tag, content: bytes.subarray(at, at + length), whole: bytes.subarray(0, at + length) };
}

/** Reads the values of a SEQUENCE or SET one after another. */
export class DerReader {
  #rest: Buffer;

  constructor(content: Buffer) {
    this.#rest = content;
  }

  /** The one value that these bytes are. */
  static only(bytes: Buffer, tag: number): DerValue {
    const reader = new DerReader(bytes);
    const value = reader.take(tag);
    reader.end();
    return value;
  }

  get isAtEnd(): boolean {
    return this.#rest.length === 0;
  }

  take(tag: number): DerValue {
    const value = readValue(this.#rest);
    if (value.tag !== tag) throw new DerError(`tag ${value.tag} where ${tag} belongs`);
    this.#rest = this.#rest.subarray(value.whole.length);
    return value;
  }

  /** The next value when it has this tag. */
  maybe(tag: number): DerValue | undefined {
    return this.#rest[0] === tag ? this.take(tag) : undefined;
  }

  /** Any value. */
  any(): DerValue {
    const value = readValue(this.#rest);
    this.#rest = this.#rest.subarray(value.whole.length);
    return value;
  }

  /** All that is left, at most `most` values. */
  all(most: number): DerValue[] {
    const values: DerValue[] = [];
    while (!this.isAtEnd) {
      if (values.length >= most) throw new DerError("too many values");
      values.push(this.any());
    }
    return values;
  }

  sequence(): DerReader {
    return new DerReader(this.take(TAG.sequence).content);
  }

  /** A non-negative INTEGER in its shortest form, as bytes without the sign. */
  unsigned(): Buffer {
    const { content } = this.take(TAG.integer);
    const [first = 0x80, second = 0x80] = content;
    if (first >= 0x80 || (first === 0 && content.length > 1 && second < 0x80))
      throw new DerError("an integer that is negative or not the shortest");
    return first === 0 && content.length > 1 ? content.subarray(1) : content;
  }

  /** An OBJECT IDENTIFIER in dotted form. */
  oid(): string {
    return toOid(this.take(TAG.oid).content);
  }

  end(): void {
    if (!this.isAtEnd) throw new DerError("bytes after the end");
  }
}

function toOid(content: Buffer): string {
  if (content.length === 0 || content.length > 32) throw new DerError("no object identifier");
  const arcs: number[] = [];
  let arc = 0;
  let isOpen = false;
  for (const byte of content) {
    if (!isOpen && byte === 0x80) throw new DerError("an arc that is not the shortest");
    arc = arc * 128 + (byte & 0x7f);
    if (!Number.isSafeInteger(arc)) throw new DerError("an arc that is too large");
    isOpen = byte >= 0x80;
    if (isOpen) continue;
    if (arcs.length === 0)
      arcs.push(Math.min(2, Math.floor(arc / 40)), arc - 40 * Math.min(2, Math.floor(arc / 40)));
    else arcs.push(arc);
    arc = 0;
  }
  if (isOpen) throw new DerError("an object identifier is cut");
  return arcs.join(".");
}

/** One value in DER. */
export function encode(tag: number, ...content: readonly Uint8Array[]): Buffer {
  const body = Buffer.concat(content);
  if (body.length < 0x80) return Buffer.concat([Buffer.of(tag, body.length), body]);
  const length =
    body.length < 0x100
      ? Buffer.of(0x81, body.length)
      : Buffer.of(0x82, body.length >> 8, body.length & 0xff);
  if (body.length > 0xffff) throw new DerError("too long");
  return Buffer.concat([Buffer.of(tag), length, body]);
}

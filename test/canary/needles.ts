// SPDX-License-Identifier: Apache-2.0
// Finds many texts in many bytes, each text in every form in which a program may have written it.

export interface Found {
  /** The secret, as it was sent. */
  readonly secret: string;
  /** plain, base64, … */
  readonly form: string;
  /** Where it stands, in bytes. */
  readonly at: number;
}

interface Needle {
  readonly bytes: Buffer;
  readonly secret: string;
  readonly form: string;
}

const SHORTEST = 8;
const SLOTS = 1 << 20;

/** Where the first four bytes of a needle lie in the table. */
function slotOf(bytes: Buffer, at: number): number {
  return Math.imul(bytes.readUInt32LE(at), 0x9e3779b1) >>> 12;
}

/** The forms of a secret that are looked for; a long piece of it (half a private key) counts as the whole. */
function formsOf(secret: string): [string, Buffer][] {
  const bytes = Buffer.from(secret);
  const hex = bytes.toString("hex");
  const every = [...bytes].map((byte) => `%${byte.toString(16).padStart(2, "0")}`).join("");
  const pieces = (secret.match(/[A-Za-z0-9+/_-]{16,}/g) ?? []).filter((piece) => piece !== secret);
  return [
    ["plain", bytes],
    ["in JSON", Buffer.from(JSON.stringify(secret).slice(1, -1))],
    ["in JSON in JSON", Buffer.from(JSON.stringify(JSON.stringify(secret)).slice(3, -3))],
    ["UTF-16", Buffer.from(secret, "utf16le")],
    ["percent-encoded", Buffer.from(encodeURIComponent(secret))],
    ["each byte percent-encoded", Buffer.from(every)],
    ["each byte percent-encoded", Buffer.from(every.toUpperCase())],
    ["hex", Buffer.from(hex)],
    ["hex", Buffer.from(hex.toUpperCase())],
    ["lower case", Buffer.from(secret.toLowerCase())],
    ...base64Forms(bytes).map((form): [string, Buffer] => ["base64", form]),
    ...pieces.map((piece): [string, Buffer] => ["a piece", Buffer.from(piece)]),
  ];
}

/** The characters that base64 gives for these bytes wherever they stand: they may begin at three places of a group. */
function base64Forms(bytes: Buffer): Buffer[] {
  return [0, 1, 2].flatMap((before) => {
    const text = Buffer.concat([Buffer.alloc(before), bytes])
      .toString("base64")
      .replace(/=+$/, "");
    // The first characters hold bits of what stands before, the last one bits of what follows.
    const own = text.slice(before === 0 ? 0 : before + 1, -1);
    return [own, own.replaceAll("+", "-").replaceAll("/", "_")].map((form) => Buffer.from(form));
  });
}

/** A search for all secrets at once: one look at each byte, whatever their number. */
export class Needles {
  readonly #first = new Uint8Array(SLOTS);
  readonly #bySlot = new Map<number, Needle[]>();
  readonly count: number;

  constructor(secrets: Iterable<string>) {
    const seen = new Set<string>();
    for (const secret of secrets) {
      for (const [form, bytes] of formsOf(secret)) {
        const name = bytes.toString("latin1");
        if (bytes.length < SHORTEST || seen.has(name)) continue;
        seen.add(name);
        const slot = slotOf(bytes, 0);
        this.#first[slot] = 1;
        const others = this.#bySlot.get(slot);
        const needle = { bytes, secret, form };
        if (others === undefined) this.#bySlot.set(slot, [needle]);
        else others.push(needle);
      }
    }
    this.count = seen.size;
  }

  /** Everything that stands in these bytes, at most 20. */
  search(hay: Buffer): Found[] {
    const found: Found[] = [];
    for (let at = 0; at + SHORTEST <= hay.length && found.length < 20; at++) {
      const slot = slotOf(hay, at);
      if (this.#first[slot] === 0) continue;
      for (const { bytes, secret, form } of this.#bySlot.get(slot) ?? []) {
        const end = at + bytes.length;
        if (end > hay.length || hay.compare(bytes, 0, bytes.length, at, end) !== 0) continue;
        found.push({ secret, form, at });
      }
    }
    return found;
  }
}

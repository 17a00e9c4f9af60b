// SPDX-License-Identifier: Apache-2.0

/** Sizes of the alphabets that generated secrets are written in: digits, hexadecimal, one case and digits, both cases and digits, base64. */
const DIGITS = 10;
const HEX = 16;
const ONE_CASE = 36;
const BOTH_CASES = 62;
const BASE64 = 65;

/** Beyond this many characters a text is judged by its beginning: the answer is the same, and the work stays bounded. */
const MOST_CHARS = 128;
const THRESHOLD = 0.9;
const SHORTEST = 12;

const counts = new Uint8Array(128);

/** Shannon entropy in bits for a character. `text` is ASCII and at most {@link MOST_CHARS} long. */
function entropyOf(text: string): number {
  counts.fill(0);
  for (let i = 0; i < text.length; i++) counts[text.charCodeAt(i) & 127]!++;
  let sum = 0;
  for (const count of counts) if (count > 0) sum += count * Math.log2(count);
  return Math.log2(text.length) - sum / text.length;
}

const expected = new Map<number, number>();

/** The entropy that a random text of this length over an alphabet of this size has on average: less than the maximum when it is short. */
function expectedEntropy(length: number, alphabet: number): number {
  const key = length * 128 + alphabet;
  const known = expected.get(key);
  if (known !== undefined) return known;
  // How often one character stands in it is binomial: E[H] = log2 n - (alphabet / n) E[k log2 k].
  let sum = 0;
  let probability = (1 - 1 / alphabet) ** length;
  for (let k = 1; k <= length; k++) {
    probability *= (length - k + 1) / k / (alphabet - 1);
    if (k > 1) sum += probability * k * Math.log2(k);
  }
  const found = Math.log2(length) - (alphabet * sum) / length;
  expected.set(key, found);
  return found;
}

function alphabetOf(text: string): number {
  if (/^\d+$/.test(text)) return DIGITS;
  if (/^(?:[0-9a-f]+|[0-9A-F]+)$/.test(text)) return HEX;
  if (/^(?:[0-9a-z]+|[0-9A-Z]+)$/.test(text)) return ONE_CASE;
  return /^[0-9A-Za-z]+$/.test(text) ? BOTH_CASES : BASE64;
}

/** The entropy of a text as a share of what a random text of its length and alphabet has: about 1 for generated secrets. */
export function normalizedEntropy(text: string): number {
  const part = text.length > MOST_CHARS ? text.slice(0, MOST_CHARS) : text;
  return entropyOf(part) / expectedEntropy(part.length, alphabetOf(part));
}

const OPAQUE = /^[A-Za-z0-9+/=_.~-]+$/;

/**
 * Whether a text looks generated: one run of token characters with the entropy of random ones, in which letters and digits, or capitals and
 * small letters, change places more often than words let them.
 */
export function isOpaque(text: string): boolean {
  if (text.length < SHORTEST || !OPAQUE.test(text.length > 1024 ? text.slice(0, 1024) : text)) return false;
  return isMixed(text) && normalizedEntropy(text) >= THRESHOLD;
}

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;
/** MD5, SHA-1, SHA-224 to SHA-512, and the 16 digits of a span: as likely an identifier. */
const DIGEST =
  /^(?:[0-9a-f]{16}|[0-9a-f]{32}|[0-9a-f]{40}|[0-9a-f]{56}|[0-9a-f]{64}|[0-9a-f]{96}|[0-9a-f]{128})$/i;

/** A UUID, or hexadecimal of the length of a digest, trace or span id: of these a name must say more than that it might be a secret. */
export function isIdentifier(text: string): boolean {
  return UUID.test(text) || DIGEST.test(text);
}

/** Whether a value under a name that may be a secret's is one: opaque, and no identifier. */
export function isGenerated(text: string): boolean {
  return text.length >= 16 && isOpaque(text) && !isIdentifier(text);
}

/** A change of kind, small letter to capital to digit, for every so many characters: words and numbers keep theirs for longer. */
const MOST_PER_CHANGE = 5;

function isMixed(text: string): boolean {
  const length = Math.min(text.length, MOST_CHARS);
  let changes = 0;
  let digits = 0;
  let before = 0;
  for (let i = 0; i < length; i++) {
    const code = text.charCodeAt(i);
    const kind = code >= 97 ? 1 : code >= 65 ? 2 : code >= 48 && code <= 57 ? 3 : 4;
    if (kind === 3) digits++;
    // "Name": a capital before small letters is how words begin.
    if (kind !== before && !(before === 2 && kind === 1) && kind !== 4 && before !== 4) changes++;
    before = kind;
  }
  return changes * MOST_PER_CHANGE >= length && (digits > 0 || changes * 4 >= length);
}
